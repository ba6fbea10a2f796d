// Keeps more in a cache than the disk of its home has room for, fills the rest of the disk, and says what comes of it.
import { appendFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { realCaches } from '#fallback/runtime/cache/caches';

const LENGTH = 131_072;
const BLOCKS = 300;
const home = process.argv[2] ?? '';
const store = await realCaches(home).open({ limit: 1e9 });
const id = (/** @type {number} */ n) => n.toString(16).padStart(64, '0');
const bytes = (/** @type {number} */ n) => new Uint8Array(LENGTH).fill(n);
const free = () => statfsSync(home).bavail * statfsSync(home).bsize;

const keep = async (/** @type {number} */ n) => {
  await store.addSegment({ id: id(n), length: LENGTH, blockSize: LENGTH, tags: [] });
  return store.addBlock(id(n), 0, { cipher: 'none', iv: new Uint8Array(), bytes: bytes(n) });
};
/** Undefined for a miss. */
const reads = async (/** @type {number} */ n) => {
  const block = await store.block(id(n), 0);
  return block && Buffer.from(block.bytes).equals(bytes(n));
};

let kept = 0;
for (let n = 1; n <= BLOCKS; n++) kept += (await keep(n)) ? 1 : 0;
const left = free();

/** As much of it as there is room for. */
const fill = () => {
  try {
    for (;;) appendFileSync(join(home, 'others'), new Uint8Array(4096));
  } catch {}
};
// What it gives way itself, for its index, others take as well.
let full = { rounds: 0, kept: true, read: /** @type {boolean | undefined} */ (true) };
while (full.kept && full.rounds < 100) {
  fill();
  const round = full.rounds + 1;
  full = { rounds: round, kept: await keep(BLOCKS + round), read: await reads(BLOCKS) };
}
const { fault: why } = await store.usage();
rmSync(join(home, 'others'));
const again = (await keep(2 * BLOCKS)) || (await keep(2 * BLOCKS + 1));

let wrong = 0;
for (let n = 1; n <= BLOCKS + full.rounds; n++) wrong += (await reads(n)) === false ? 1 : 0;
const { fault = null } = await store.usage();
console.log(JSON.stringify({ kept, left, full, why, again, wrong, fault }));
await store.close();
