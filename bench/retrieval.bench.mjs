// How fast blocks of 64 KB come from another process on this machine: by retrieval as they are in the cache, and by
// retrieval with AES-128 on both sides and each block's hash checked; beside POSTs of bare node:http with bodies of 64 KB,
// and webtorrent. All take turns in one run. Budgets: 70 % and 60 % of bare node:http; faster than webtorrent.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { openBlock } from '#fallback/distribution/retrieval/block-cipher';
import { RetrievalClient } from '#fallback/distribution/retrieval/retrieval-client';
import { realClock } from '#fallback/runtime/clock';
import { realHttp } from '#fallback/runtime/http';
import { realInterfaces } from '#fallback/runtime/interfaces';
import { realRandom } from '#fallback/runtime/random';
import { channelTrace } from '#fallback/runtime/trace';
import { Readings } from '#fallback/wire/readings';
import { BLOCK, BLOCKS, blockOf, SECRET, SEGMENTS } from './retrieval-content.mjs';
import { version } from './rivals.mjs';
import { quantile } from './turns.mjs';

const ROUNDS = 7;
const AT_ONCE = 8;
/** Of the content, in one turn. */
const TIMES = 6;
const ADDRESS = '127.0.0.1';
const TOTAL = TIMES * BLOCKS * BLOCK;

const hash = (/** @type {Uint8Array} */ bytes) => createHash('sha256').update(bytes).digest();
const HASHES = Array.from({ length: BLOCKS }, (_, index) => hash(blockOf(index)));

/** @param {string} file @param {readonly string[]} given */
const start = (file, ...given) => fork(fileURLToPath(new URL(file, import.meta.url)), given);
const peer = start('retrieval-peer.mjs');
const [ports] = await once(peer, 'message');
const seeder = start('torrent-peer.mjs', 'seed');
const [seeded] = await once(seeder, 'message');
const leecher = start('torrent-peer.mjs', 'leech');

/** Runs `fetch` for each block of the content, some at once. @param {(index: number) => Promise<number>} fetch */
async function all(fetch) {
  let next = 0;
  let bytes = 0;
  const lane = async () => {
    while (next < TIMES * BLOCKS) {
      const length = await fetch(next++ % BLOCKS);
      bytes += length;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (bytes !== TOTAL) throw new Error(`${bytes} bytes came, not ${TOTAL}`);
}

const agent = new Agent({ keepAlive: true });
const question = Buffer.alloc(68);

/** @returns {Promise<number>} */
function bare() {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': question.length };
    const asked = request({ host: ADDRESS, port: ports.bare, method: 'POST', path: '/', agent, headers }, (answer) => {
      /** @type {Buffer[]} */
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve(Buffer.concat(chunks).length));
    });
    asked.on('error', reject);
    asked.end(question);
  });
}

const clock = realClock();
const host = { clock, random: realRandom(), trace: channelTrace(), http: realHttp(realInterfaces(), clock) };
const client = new RetrievalClient({ host, readings: new Readings(), requestMs: 60_000 });
const server = { address: ADDRESS, port: ports.retrieval };
const ids = { plain: Buffer.from(SEGMENTS.plain, 'hex'), sealed: Buffer.from(SEGMENTS.sealed, 'hex') };

/** @param {number} index */
async function asItIs(index) {
  const block = await client.block(server, ids.sealed, index);
  return block?.bytes.length === BLOCK + 16 ? BLOCK : 0;
}

/** @param {number} index */
async function checked(index) {
  const block = await client.block(server, ids.plain, index);
  const bytes = block && openBlock(block, SECRET, BLOCK);
  return bytes && hash(bytes).equals(/** @type {Buffer} */ (HASHES[index])) ? BLOCK : 0;
}

/** The content TIMES times, each by a torrent that starts from nothing. */
async function torrents() {
  for (let n = 0; n < TIMES; n++) {
    leecher.send(seeded);
    const [length] = await once(leecher, 'message');
    if (length !== BLOCKS * BLOCK) throw new Error(`${length} bytes came`);
  }
}

const CANDIDATES = {
  'bare node:http': () => all(bare),
  'retrieval, as it is': () => all(asItIs),
  'retrieval, AES-128 and hash': () => all(checked),
  webtorrent: torrents,
};
/** Megabytes a second of each round. @type {Record<string, number[]>} */
const rates = Object.fromEntries(Object.keys(CANDIDATES).map((name) => [name, []]));
for (const run of Object.values(CANDIDATES)) await run(); // Compiles it.
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(CANDIDATES)) {
    const began = performance.now();
    await run();
    rates[name]?.push(TOTAL / 1000 / (performance.now() - began));
  }
}
for (const child of [peer, seeder, leecher]) child.disconnect();

const of = (/** @type {string} */ name) => quantile(rates[name] ?? []);
console.log(`${ROUNDS} rounds in turn, ${AT_ONCE} requests at once, ${TOTAL / 1e6} MB each`);
console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}, webtorrent ${version('webtorrent')}`);
for (const name of Object.keys(CANDIDATES)) {
  const share = (100 * of(name)) / of('bare node:http');
  console.log(`${name.padEnd(30)}${of(name).toFixed(0).padStart(6)} MB/s${share.toFixed(0).padStart(6)} %`);
}
const kept = [
  of('retrieval, as it is') >= 0.7 * of('bare node:http'),
  of('retrieval, AES-128 and hash') >= 0.6 * of('bare node:http'),
  of('retrieval, AES-128 and hash') > of('webtorrent'),
];
if (kept.includes(false)) process.exitCode = 1;
