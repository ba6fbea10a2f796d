// What the disk's cache costs above the files of its blocks alone, written and read the same way; and how long a client is
// without a keeper when that is killed. All in turns, so that each sees the same disk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { realCaches } from '#fallback/runtime/cache/caches';
import { DiskCache } from '#fallback/runtime/cache/disk-cache';
import { quantile } from './turns.mjs';

const ROUNDS = 7;
const BLOCK = 65_536;
const BLOCKS = 512;
/** Blocks on their way at once. */
const AT_ONCE = 64;
const WRITE_BUDGET = 0.7;
const READ_BUDGET = 0.5;
const TAKEOVER_BUDGET_MS = 2000;

const folder = await mkdtemp(join(tmpdir(), 'winpeer-bench-'));
const bytes = Buffer.alloc(BLOCK);
for (let at = 0; at < BLOCK; at += 4) bytes.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
const block = { cipher: /** @type {const} */ ('none'), iv: new Uint8Array(), bytes };

/** MB a second of `one`, called for each block, so many at once. @param {(index: number) => Promise<unknown>} one */
async function rate(one) {
  const start = performance.now();
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < BLOCKS; index = next++) await one(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return (BLOCKS * BLOCK) / 1000 / (performance.now() - start);
}

/** @param {number} round */
async function filesAlone(round) {
  const place = join(folder, `files-${round}`);
  await mkdir(place);
  const written = await rate(async (index) => {
    const handle = await open(join(place, String(index)), 'w');
    await handle.writeFile(bytes);
    await handle.datasync();
    await handle.close();
  });
  const read = await rate(async (index) => {
    const handle = await open(join(place, String(index)), 'r');
    await handle.read(new Uint8Array(BLOCK), 0, BLOCK, 0);
    await handle.close();
  });
  return { written, read };
}

/** @param {import('#lib/backend/contract/cache-store').CacheStore} store @param {number} round */
async function cached(store, round) {
  const id = String(round).padStart(64, '0');
  await store.addSegment({ id, length: BLOCKS * BLOCK, blockSize: BLOCK, tags: [] });
  const fail = (/** @type {boolean} */ well) => {
    if (!well) throw new Error('a block was not there');
  };
  const written = await rate(async (index) => fail(await store.addBlock(id, index, block)));
  const read = await rate(async (index) => fail((await store.block(id, index)) !== undefined));
  return { written, read };
}

/** Another process that keeps a cache until it is killed. @param {string} home */
async function keeper(home) {
  const program = `
    import { realCaches } from '#fallback/runtime/cache/caches';
    const store = await realCaches(process.argv[1]).open({ limit: 1e12 });
    console.log(await store.usage());
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, home], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** @typedef {{ written: number, read: number }} Rates */
/** @type {Rates[]} */
const files = [];
/** @type {Rates[]} */
const own = [];
/** @type {Rates[]} */
const shared = [];
/** @type {number[]} */
const takeovers = [];
try {
  const cache = await DiskCache.open(join(folder, 'own'));
  await cache.setLimit(1e12);
  for (let round = 0; round < ROUNDS; round++) {
    const home = join(folder, `shared-${round}`);
    const child = await keeper(home);
    const store = await realCaches(home).open({ limit: 1e12 });
    files.push(await filesAlone(round));
    own.push(await cached(cache, round));
    shared.push(await cached(store, round));
    const start = performance.now();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { blocks } = await store.usage();
    takeovers.push(performance.now() - start);
    if (blocks !== BLOCKS) throw new Error(`${BLOCKS - blocks} blocks were lost with their keeper`);
    await store.close();
  }
  await cache.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

console.log(
  `${ROUNDS} rounds of ${BLOCKS} blocks of 64 KB, ${AT_ONCE} at once, Node.js ${process.version}, ${tmpdir()}`,
);
/** @param {string} title @param {readonly Rates[]} rows */
function line(title, rows) {
  const share = (/** @type {'written' | 'read'} */ what) =>
    quantile(rows.map((row, round) => row[what] / (files[round]?.[what] ?? Number.NaN)));
  const figure = (/** @type {'written' | 'read'} */ what) =>
    `${quantile(rows.map((row) => row[what]))
      .toFixed(0)
      .padStart(5)} MB/s (${(100 * share(what)).toFixed(0)} %)`;
  console.log(`${title.padEnd(28)} kept ${figure('written')}   read ${figure('read')}`);
  return { written: share('written'), read: share('read') };
}
line('files alone, fdatasync', files);
const shares = line('cache of this process', own);
line('cache of another process', shared);
const takeover = quantile(takeovers);
console.log(
  `next answer after kill -9 of the keeper: median ${takeover.toFixed(0)} ms, longest ${Math.max(...takeovers).toFixed(0)} ms`,
);
console.log(`budgets: ${100 * WRITE_BUDGET} % and ${100 * READ_BUDGET} % of files alone, ${TAKEOVER_BUDGET_MS} ms`);
if (!(shares.written >= WRITE_BUDGET && shares.read >= READ_BUDGET && takeover <= TAKEOVER_BUDGET_MS))
  process.exitCode = 1;
