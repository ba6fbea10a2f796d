// How much memory a process needs more when it hashes 4 GB for both versions of content information, from a file and
// from bytes that are added: the growth of its greatest resident set, threads and all. Budget: 64 MB.
//
//   node bench/content-memory.bench.mjs [gigabytes]

import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { ContentHashing } from '#fallback/distribution/content-information/index';
import { realClock } from '#fallback/runtime/clock';
import { realThreads } from '#fallback/runtime/threads';
import { Readings } from '#fallback/wire/readings';

const MEGABYTE = 0x10_0000;
const BUDGET = 64;
const ALGORITHMS = /** @type {const} */ (['sha256', 'sha512-256']);

/** @type {Readonly<Record<string, (hashing: ContentHashing, path: string, gigabytes: number) => Promise<unknown>>>} */
const WAYS = {
  file: (hashing, path) => hashing.hashFile(path, ALGORITHMS),
  async added(hashing, _path, gigabytes) {
    const hasher = hashing.open(ALGORITHMS);
    const bytes = randomFillSync(Buffer.alloc(MEGABYTE));
    for (let i = 0; i < 1024 * gigabytes; i++) {
      bytes.writeUInt32LE(i); // No two megabytes are the same.
      await hasher.add(bytes);
    }
    return await hasher.end();
  },
};

const [first, ...rest] = process.argv.slice(2);
if (first !== undefined && first in WAYS) await measure(first, String(rest[0]), Number(rest[1]));
else runAll(Number(first ?? 4));

/** @param {string} name @param {string} path @param {number} gigabytes */
async function measure(name, path, gigabytes) {
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const hashing = new ContentHashing({ clock: realClock(), threads: realThreads() }, new Readings());
  await WAYS[name]?.(hashing, path, gigabytes);
  const growth = Math.round((process.resourceUsage().maxRSS - before) / 1024);
  const rate = (gigabytes * 1024 * MEGABYTE) / 1e3 / (performance.now() - start);
  const kept = growth <= BUDGET;
  console.log(
    `${name.padEnd(6)} ${gigabytes} GB, ${rate.toFixed(0)} MB/s: ${growth} MB more${kept ? '' : ', too much'}`,
  );
  process.exit(kept ? 0 : 1);
}

/** @param {number} gigabytes */
function runAll(gigabytes) {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-bench-'));
  const path = join(folder, 'content');
  // Random megabytes among zeros that take no room on the disk.
  const file = openSync(path, 'w');
  for (let i = 0; i < 32 * gigabytes; i++) {
    writeSync(file, randomFillSync(Buffer.alloc(MEGABYTE)), 0, MEGABYTE, 32 * i * MEGABYTE);
  }
  closeSync(file);
  truncateSync(path, gigabytes * 1024 * MEGABYTE);
  for (const name of Object.keys(WAYS)) {
    const args = [fileURLToPath(import.meta.url), name, path, String(gigabytes)];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
  rmSync(folder, { recursive: true });
}
