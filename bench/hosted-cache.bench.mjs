// A hosted cache with 200 clients at once, each on a connection of its own: all have to be answered. They ask for blocks
// of 64 KB, which it reads from its disk and encrypts, beside bare node:http that gives as many bytes from memory; then each
// offers a segment, which it fetches back. Budget: no request without its answer, no offer that was not fetched.
//
//   node bench/hosted-cache.bench.mjs [clients] [requests each]

import { fork } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { offerMessage, PATHS } from '#fallback/distribution/hosted-cache/messages';
import { PATH, RETRIEVAL_LIMITS } from '#fallback/distribution/retrieval/constants';
import { decodeResponse, encodeRequest, headedAs } from '#fallback/distribution/retrieval/messages';
import { RetrievalServer } from '#fallback/distribution/retrieval/retrieval-server';
import { createHost } from '#fallback/runtime/host';
import { encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { BLOCK, BLOCKS, ID } from './hosted-cache-load.mjs';
import { quantile } from './turns.mjs';

const CLIENTS = Number(process.argv[2] ?? 200);
const REQUESTS = Number(process.argv[3] ?? 10);
const ROUNDS = 7;
const READINGS = new Readings();

/** @param {'cache' | 'bare'} kind */
async function start(kind) {
  const child = fork(fileURLToPath(new URL('hosted-cache-server.mjs', import.meta.url)), [kind]);
  const [{ port }] = await once(child, 'message');
  return { child, port: Number(port) };
}

/** Of client n; only Linux has all of 127/8 for its own. */
const addressOf = (/** @type {number} */ n) =>
  process.platform === 'linux' ? `127.1.${n >> 8}.${(n & 0xff) + 1}` : '127.0.0.1';
const agents = Array.from(
  { length: CLIENTS },
  (_, n) => new Agent({ keepAlive: true, maxSockets: 1, localAddress: addressOf(n) }),
);

/** @param {number} n @param {number} port @param {string} path @param {Uint8Array} body @returns {Promise<Buffer>} */
function post(n, port, path, body) {
  return new Promise((resolve, reject) => {
    const agent = agents[n];
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      response
        .on('data', (part) => parts.push(part))
        .on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(parts));
          else reject(new Error(`HTTP status ${response.statusCode}`));
        });
      response.on('error', reject);
    });
    asked.on('error', (error) => {
      // While others take their turn the server may have ended the kept connection, which any client of HTTP minds.
      const isStale = asked.reusedSocket && /** @type {NodeJS.ErrnoException} */ (error).code === 'ECONNRESET';
      resolve(isStale ? post(n, port, path, body) : Promise.reject(error));
    });
    asked.end(body);
  });
}

/** @param {number} index */
const getBlock = (index) =>
  encodeRequest({
    type: 'MSG_GETBLKS',
    ...headedAs('MSG_GETBLKS', 1),
    segmentId: ID,
    ranges: [{ index, count: 1 }],
    vrfData: new Uint8Array(),
  });

let unanswered = 0;

/** All clients at once, one request behind the other. @param {number} port @param {(bytes: Buffer) => boolean} isRight */
async function read(port, isRight) {
  /** @type {number[]} */
  const waits = [];
  const began = performance.now();
  await Promise.all(
    agents.map(async (_, n) => {
      for (let i = 0; i < REQUESTS; i++) {
        const since = performance.now();
        const answer = await post(n, port, PATH, getBlock((n * 37 + i * 11) % BLOCKS)).catch(() => Buffer.alloc(0));
        waits.push(performance.now() - since);
        if (!isRight(answer)) unanswered += 1;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  return { waits, rate: (waits.length * BLOCK) / seconds / 1e6 };
}

const isBlock = (/** @type {Buffer} */ bytes) => {
  const answer = bytes.length > 0 ? decodeResponse(bytes) : undefined;
  return answer?.type === 'MSG_BLK' && answer.block.length === BLOCK + 16;
};

const [cache, bare] = [await start('cache'), await start('bare')];
const runs = [
  { name: 'hosted cache, from disk, AES-128', port: cache.port, isRight: isBlock },
  { name: 'bare node:http, from memory', port: bare.port, isRight: (/** @type {Buffer} */ it) => it.length > BLOCK },
].map((it) => ({ ...it, waits: /** @type {number[]} */ ([]), rates: /** @type {number[]} */ ([]) }));
for (const { port, isRight } of runs) await read(port, isRight);
for (let round = 0; round < ROUNDS; round++) {
  for (const run of runs) {
    const { waits, rate } = await read(run.port, run.isRight);
    run.waits.push(...waits);
    run.rates.push(rate);
  }
}
console.log(`${CLIENTS} clients at once                answers     MB/s   p50 ms   p99 ms   max ms`);
for (const { name, waits, rates } of runs) {
  const figures = [quantile(rates), quantile(waits), quantile(waits, 0.99), Math.max(...waits)];
  console.log(
    `${name.padEnd(34)} ${String(waits.length).padStart(8)} ${figures.map((it) => it.toFixed(1).padStart(8)).join(' ')}`,
  );
}
const share = quantile(runs[0]?.rates ?? []) / quantile(runs[1]?.rates ?? []);
console.log(`the hosted cache gives ${(100 * share).toFixed(0)} % of what bare node:http does`);

// Each client offers a segment of its own, and serves it where the offer came from.
const host = createHost({ home: '/nonexistent' });
const segments = agents.map(() => randomFillSync(new Uint8Array(BLOCK)));
const idOf = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest();
const held = new Map(segments.map((bytes) => [idOf(bytes).toString('hex'), bytes]));
/** @type {import('../lib/backend/contract/cache-store.js').CacheStore} */
const own = /** @type {never} */ ({
  segment: async (/** @type {string} */ id) => ({
    id,
    length: BLOCK,
    blockSize: BLOCK,
    tags: [],
    created: 0n,
    blocks: [0],
  }),
  block: async (/** @type {string} */ id) => ({ cipher: 'none', iv: new Uint8Array(), bytes: held.get(id) }),
});
const retrieval = new RetrievalServer({ host, readings: READINGS, store: own, maxClients: 16_384 });
const listener = await host.http.serve(
  { address: '0.0.0.0', port: 0 },
  { ...RETRIEVAL_LIMITS, maxConnections: 16_384 },
  (it) => retrieval.handle(it),
);
const began = performance.now();
const offers = await Promise.all(
  segments.map(async (bytes, n) => {
    const since = performance.now();
    const offered = {
      blockSize: BLOCK,
      segmentSize: BLOCK,
      contentTag: Buffer.alloc(16),
      hashAlgorithm: 4,
      segmentId: idOf(bytes),
    };
    const message = encode(offerMessage(READINGS), {
      type: 'BATCHED_OFFER',
      port: listener.local.port,
      segments: [offered],
    });
    const answer = await post(n, cache.port, PATHS[2], message).catch(() => Buffer.alloc(0));
    if (answer.toString('hex') !== '0000000100') unanswered += 1;
    return performance.now() - since;
  }),
);
/** @returns {Promise<Record<string, number>>} */
async function pulls() {
  cache.child.send('stats');
  const [{ stats }] = await once(cache.child, 'message');
  return stats.pulls;
}
let done = await pulls();
const ended = () => Object.values(done).reduce((sum, it) => sum + it, 0);
while (ended() < CLIENTS && performance.now() - began < 60_000) done = await pulls();
const ms = performance.now() - began;
console.log(
  `offers: ${offers.length} answered, p50 ${quantile(offers).toFixed(1)} ms, p99 ${quantile(offers, 0.99).toFixed(1)} ms; ` +
    `${done.complete ?? 0} segments fetched back within ${ms.toFixed(0)} ms`,
);
if (unanswered > 0) console.log(`${unanswered} were not answered`);
if (unanswered > 0 || done.complete !== CLIENTS) process.exitCode = 1;

await listener.close();
for (const agent of agents) agent.destroy();
for (const { child } of [cache, bare]) child.disconnect();
