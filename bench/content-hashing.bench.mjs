// Hashing a file for content information, beside a plain loop over the same file, SHA-512 alone, and webtorrent. Budget:
// what stands behind each line, as a share of the line that it names. What two threads of the machine can do at all is
// what SHA-512 does on two. Each is faster than webtorrent as a program gets it: two threads, beside the one of webtorrent.
//
//   node bench/content-hashing.bench.mjs [megabytes]

import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { ContentHashing } from '#fallback/distribution/content-information/index';
import { realClock } from '#fallback/runtime/clock';
import { realThreads } from '#fallback/runtime/threads';
import { Readings } from '#fallback/wire/readings';
import { rival, version } from './rivals.mjs';
import { hash as rawSha512 } from './sha512-thread.mjs';
import { quantile } from './turns.mjs';

const MEGABYTE = 0x10_0000;
const MEGABYTES = Number(process.argv[2] ?? 256);
const ROUNDS = 7;
/** A round counts where two threads that do nothing but SHA-512 had so much more of the machine than one: before, within and behind it. */
const GIVEN = 1.85;
const MOST_ROUNDS = 60;
const BLOCK = 65_536;

const folder = mkdtempSync(join(tmpdir(), 'winpeer-bench-'));
const path = join(folder, 'content');
const buffer = Buffer.alloc(MEGABYTE);
const file = openSync(path, 'w');
for (let i = 0; i < MEGABYTES; i++) writeSync(file, randomFillSync(buffer));
closeSync(file);

const opened = /** @type {ContentHashing[]} */ ([]);

/** @param {number} count @param {boolean} [inTypeScript] */
function hashing(count, inTypeScript = false) {
  const threads = realThreads(count);
  const module = new URL('rolling-thread.mjs', import.meta.url).href;
  const open = inTypeScript ? () => threads.open(module) : threads.open;
  const it = new ContentHashing({ clock: realClock(), threads: { count, open } }, new Readings());
  opened.push(it);
  return it;
}

function loop() {
  const block = Buffer.alloc(BLOCK);
  const fd = openSync(path, 'r');
  const hashes = [];
  while (readSync(fd, block) > 0) hashes.push(createHash('sha256').update(block).digest());
  closeSync(fd);
}

const rawThreads = Array.from({ length: 2 }, () =>
  realThreads().open(new URL('sha512-thread.mjs', import.meta.url).href),
);

function twoRawSha512() {
  return Promise.all(rawThreads.map((it) => it.call('hash', MEGABYTES / rawThreads.length)));
}

/** What webtorrent does with a file before it seeds it. */
const createTorrent = promisify(rival('create-torrent'));
const [one, two, oneTs, twoTs] = [hashing(1), hashing(2), hashing(1, true), hashing(2, true)];

/** @param {ContentHashing} to @param {import('#lib/backend/contract/cache-store').SegmentHash[]} algorithms */
async function push(to, algorithms) {
  const hasher = to.open(algorithms);
  for (let i = 0; i < MEGABYTES; i++) await hasher.add(buffer);
  await hasher.end();
}

/** @typedef {{ name: string, run: () => unknown, budgets?: readonly (readonly [share: number | undefined, of: string])[] }} Line */

/** Lines that are compared stand together: what slows the machine comes and goes within a round. @type {Line[]} */
const LINES = [
  { name: 'webtorrent', run: () => createTorrent(path) },
  { name: 'SHA-256, loop', run: loop },
  {
    name: '1.0, one thread',
    run: () => one.hashFile(path, ['sha256']),
    budgets: [
      [0.9, 'SHA-256, loop'],
      [1, 'webtorrent'],
    ],
  },
  { name: '1.0, two threads', run: () => two.hashFile(path, ['sha256']), budgets: [[1.7, 'SHA-256, loop']] },
  { name: 'SHA-512', run: () => rawSha512(MEGABYTES) },
  { name: 'SHA-512, two threads', run: twoRawSha512, budgets: [[undefined, 'SHA-512']] },
  {
    name: '2.0, one thread',
    run: () => one.hashFile(path, ['sha512-256']),
    budgets: [
      [0.5, 'SHA-512'],
      [undefined, 'webtorrent'],
    ],
  },
  {
    name: '2.0, two threads',
    run: () => two.hashFile(path, ['sha512-256']),
    budgets: [
      [1.7, '2.0, one thread'],
      [1, 'webtorrent'],
    ],
  },
  {
    name: '2.0 in TypeScript',
    run: () => oneTs.hashFile(path, ['sha512-256']),
    budgets: [[0.25, 'SHA-512']],
  },
  {
    name: '2.0 in TypeScript, two',
    run: () => twoTs.hashFile(path, ['sha512-256']),
    budgets: [[1.7, '2.0 in TypeScript']],
  },
  { name: '1.0, added, two threads', run: () => push(two, ['sha256']) },
  { name: '2.0, added, two threads', run: () => push(two, ['sha512-256']) },
  { name: 'both, added, two threads', run: () => push(two, ['sha256', 'sha512-256']) },
];

/** Megabytes a second, round by round. @type {Map<string, number[]>} */
const figures = new Map(LINES.map(({ name }) => [name, []]));
const CONTROL = LINES.filter(({ name }) => name.startsWith('SHA-512'));
const gaveTwoThreads = (/** @type {Map<string, number>} */ rates) =>
  Number(rates.get('SHA-512, two threads')) >= GIVEN * Number(rates.get('SHA-512'));
await measure(LINES); // The first compiles it.
let rounds = 0;
for (let counted = 0; counted < ROUNDS && rounds < MOST_ROUNDS; rounds++) {
  if (!gaveTwoThreads(await measure(CONTROL))) continue;
  const rates = await measure(LINES);
  if (!gaveTwoThreads(rates) || !gaveTwoThreads(await measure(CONTROL))) continue;
  counted++;
  for (const [name, rate] of rates) figures.get(name)?.push(rate);
}
await Promise.all([...opened, ...rawThreads].map((it) => it.close()));
rmSync(folder, { recursive: true });

/** @param {readonly Line[]} lines */
async function measure(lines) {
  const rates = new Map();
  for (const { name, run } of lines) {
    const start = performance.now();
    await run();
    rates.set(name, (MEGABYTES * MEGABYTE) / 1e3 / (performance.now() - start));
  }
  return rates;
}

const counted = figures.get('SHA-512')?.length ?? 0;
if (counted < ROUNDS) process.exitCode = 1;
console.log(
  `${MEGABYTES} MB, Node.js ${process.version}; medians of ${counted} rounds in turn, of ${rounds}: in the others`,
);
console.log(`the machine gave SHA-512 on two threads less than ${GIVEN} x`);
console.log(`webtorrent ${version('webtorrent')}\n`);
console.log(`${''.padEnd(26)}${'MB/s'.padStart(6)}`);
for (const { name, budgets = [] } of LINES) {
  const own = figures.get(name) ?? [];
  const shares = budgets.map(([least, of]) => {
    // Of a round's own figures: what slows the machine slows both.
    const share = quantile(own.map((rate, round) => rate / Number(figures.get(of)?.[round])));
    const figure = `${share.toFixed(2)} x ${of}`;
    if (least === undefined) return figure;
    const kept = share >= least;
    if (!kept) process.exitCode = 1;
    return `${figure} (${kept ? '' : 'too slow, '}budget ${least})`;
  });
  console.log(`${name.padEnd(26)}${quantile(own).toFixed(0).padStart(6)}  ${shares.join(', ')}`);
}
