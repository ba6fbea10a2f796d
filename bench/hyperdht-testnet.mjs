// A network of hyperdht nodes on 127.0.0.1, each with a socket of its own and announced under a topic of its own.
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { rival } from './rivals.mjs';

/** Nodes that announce at a time. */
const ANNOUNCING = 16;

/** @param {number} size @returns {Promise<import('./resolve-network.mjs').Network>} */
export async function hyperdhtTestnet(size) {
  const DHT = rival('hyperdht');
  const testnet = await rival('hyperdht/testnet')(size);
  for (let index = 0; index < size; index += ANNOUNCING) {
    const some = testnet.nodes.slice(index, index + ANNOUNCING);
    await Promise.all(
      some.map((/** @type {any} */ node, /** @type {number} */ of) =>
        node.announce(topic(index + of), DHT.keyPair(), []).finished(),
      ),
    );
  }

  return {
    async find(asking, wanted) {
      const start = performance.now();
      const query = testnet.nodes[asking].lookup(topic(wanted));
      let first = Number.NaN;
      for await (const { peers } of query) {
        if (peers.length > 0 && Number.isNaN(first)) first = performance.now() - start;
      }
      const end = performance.now() - start;
      return { found: !Number.isNaN(first), held: false, first, end, messages: query.successes + query.errors };
    },
    close: () => testnet.destroy(),
  };
}

/** @param {number} index */
function topic(index) {
  return createHash('sha256').update(`bench-${index}`).digest();
}
