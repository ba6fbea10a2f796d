// The process that retrieval.bench.mjs fetches from: blocks of 64 KB from memory, by bare node:http and by retrieval.
import { createServer } from 'node:http';
import { sealBlock } from '#fallback/distribution/retrieval/block-cipher';
import { RETRIEVAL_LIMITS } from '#fallback/distribution/retrieval/constants';
import { RetrievalServer } from '#fallback/distribution/retrieval/retrieval-server';
import { realClock } from '#fallback/runtime/clock';
import { realHttp } from '#fallback/runtime/http';
import { realInterfaces } from '#fallback/runtime/interfaces';
import { realRandom } from '#fallback/runtime/random';
import { channelTrace } from '#fallback/runtime/trace';
import { Readings } from '#fallback/wire/readings';
import { BLOCK, BLOCKS, blockOf, SECRET, SEGMENTS } from './retrieval-content.mjs';

const HERE = { address: '127.0.0.1', port: 0 };

/** Bare node:http, as short as it can be. */
function bare() {
  const body = blockOf(0);
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-length': body.length });
      response.end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port));
  });
}

/** One segment whose blocks are encrypted for each answer, and one whose blocks go out as they came. */
async function retrieval() {
  const readings = new Readings();
  const blocks = Array.from({ length: BLOCKS }, (_, index) => index);
  const shape = { length: BLOCKS * BLOCK, blockSize: BLOCK, tags: [], created: 0n, blocks };
  const keys = { algorithm: 'sha256', hashOfData: SECRET, secret: SECRET, blockHashes: [] };
  const plain = blocks.map((index) => ({ cipher: 'none', iv: new Uint8Array(), bytes: blockOf(index) }));
  const iv = SECRET.subarray(0, 16);
  const held = new Map([
    [SEGMENTS.plain, { segment: { ...shape, id: SEGMENTS.plain, keys }, blocks: plain }],
    [
      SEGMENTS.sealed,
      {
        segment: { ...shape, id: SEGMENTS.sealed },
        blocks: plain.map(({ bytes }) => sealBlock(bytes, SECRET, 'aes-128', iv, readings)),
      },
    ],
  ]);
  const store = /** @type {import('#lib/backend/contract/cache-store').CacheStore} */ (
    /** @type {unknown} */ ({
      /** @param {string} id */
      segment: async (id) => held.get(id)?.segment,
      /** @param {string} id @param {number} index */
      block: async (id, index) => held.get(id)?.blocks[index],
    })
  );
  const clock = realClock();
  const host = { clock, random: realRandom(), trace: channelTrace() };
  const server = new RetrievalServer({ host, readings, store });
  const http = realHttp(realInterfaces(), clock);
  const listener = await http.serve(HERE, { ...RETRIEVAL_LIMITS, maxConnections: 1000 }, (it) => server.handle(it));
  return listener.local.port;
}

process.on('disconnect', () => process.exit());
process.send?.({ bare: await bare(), retrieval: await retrieval() });
