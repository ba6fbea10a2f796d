// Keeps segments of one block from number `start` on, one after the other, and says each number once it is kept.
import { realCaches } from '#fallback/runtime/cache/caches';

const [location = '', start = ''] = process.argv.slice(2);
const store = await realCaches('/nowhere').open(JSON.parse(location));
for (let n = Number(start) + 1; ; n++) {
  const id = n.toString(16).padStart(64, '0');
  await store.addSegment({ id, length: 1000, blockSize: 1000, tags: [] });
  const kept = await store.addBlock(id, 0, {
    cipher: 'none',
    iv: new Uint8Array(),
    bytes: new Uint8Array(1000).fill(n),
  });
  if (!kept) throw new Error(JSON.stringify(await store.usage()));
  process.stdout.write(`${n}\n`);
}
