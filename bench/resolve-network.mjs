// The process in which one network of pnrp-resolve.bench.mjs lives: `node resolve-network.mjs <which> <nodes>`, forked.
// It answers each [asking, wanted] with what the search took, measured here, without the way between the processes.
import { hyperdhtTestnet } from './hyperdht-testnet.mjs';
import { pnrpCloud } from './pnrp-cloud.mjs';

/**
 * @typedef {object} Search
 * @property {boolean} found
 * @property {boolean} held The asking node knew the address before.
 * @property {number} first Milliseconds until the first result.
 * @property {number} end Milliseconds until the end of the search.
 * @property {number} messages What the asking node sent.
 */
/** @typedef {{ find(asking: number, wanted: number): Promise<Search>, close(): Promise<void> }} Network */

const [which, nodes] = process.argv.slice(2);
const network = await (which === 'winpeer' ? pnrpCloud : hyperdhtTestnet)(Number(nodes));
process.on('message', async (/** @type {[number, number]} */ [asking, wanted]) => {
  process.send?.(await network.find(asking, wanted));
});
process.on('disconnect', () => network.close().finally(() => process.exit()));
process.send?.('ready');
