// Caches until it kills itself: when it begins the operation on files or on the index that it is told by number. Says what
// was acknowledged: `+segment.index` for a block that is kept, `-segment.index` for one that is about to go, `=` when it went.
import { createHook } from 'node:async_hooks';
import { DiskCache } from '#fallback/runtime/cache/disk-cache';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { content } from './killed-content.mjs';

const [home = '', seed = '', operations = ''] = process.argv.slice(2);
let left = Number(operations);
createHook({
  init(_, type) {
    if (!/^(FSREQ|FILEHANDLE|classic_level)/.test(type)) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
}).enable();

const random = new SeededRandom(seed);
const id = (/** @type {number} */ n) => n.toString(16).padStart(64, '0');

const cache = await DiskCache.open(home);
/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

async function keep() {
  const [segment, index] = [random.below(40), random.below(16)];
  await cache.addSegment({ id: id(segment), length: 16 * 4096, blockSize: 4096, tags: [] });
  const kept = await cache.addBlock(id(segment), index, {
    cipher: 'none',
    iv: new Uint8Array(),
    bytes: content(segment, index),
  });
  if (kept) say(`+${segment}.${index}`);
}

async function remove() {
  const [segment, index] = [random.below(40), random.below(16)];
  say(`-${segment}.${index}`);
  await cache.removeBlock(id(segment), index);
}

for (;;) {
  // One that goes is not added at the same time, or nobody could say what must be there.
  await Promise.all(Array.from({ length: 1 + random.below(8) }, keep));
  if (random.below(4) === 0) await remove();
}
