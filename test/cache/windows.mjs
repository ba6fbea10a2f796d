// In Windows Node.js: two processes share a cache, one is killed; says what came of it. With a second argument it is the other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { realCaches } from '#fallback/runtime/cache/caches';

const [home = '', role] = process.argv.slice(2);
const id = (/** @type {number} */ n) => n.toString(16).padStart(64, '0');
const LENGTH = 70_000;
const store = await realCaches(home).open({ limit: 1e7 });

/** @param {number} n */
async function keep(n) {
  await store.addSegment({ id: id(n), length: LENGTH, blockSize: LENGTH, tags: [] });
  return store.addBlock(id(n), 0, { cipher: 'none', iv: new Uint8Array(), bytes: new Uint8Array(LENGTH).fill(n) });
}
/** @param {number} n */
async function reads(n) {
  const block = await store.block(id(n), 0);
  return block !== undefined && Buffer.from(block.bytes).equals(new Uint8Array(LENGTH).fill(n));
}
const claims = () => readdirSync(join(home, 'run')).sort();

if (role === 'other') {
  const said = { kept: await keep(2), read: await reads(1) };
  writeFileSync(join(home, 'other.json'), JSON.stringify(said));
  // Until it is killed.
  await setTimeout(600_000);
} else {
  const first = { kept: await keep(1), claims: claims() };
  const { socket } = JSON.parse(readFileSync(join(home, 'run/cache.1/keeper.json'), 'utf8'));
  const other = spawn(process.execPath, [fileURLToPath(import.meta.url), home, 'other'], { stdio: 'ignore' });
  while (!existsSync(join(home, 'other.json'))) await setTimeout(20);
  const theirs = JSON.parse(readFileSync(join(home, 'other.json'), 'utf8'));
  const seen = await reads(2);
  // The other keeps it now, with this one as its client; then that is killed.
  await store.close();
  while (!existsSync(join(home, 'run/cache.2/keeper.json'))) await setTimeout(20);
  const again = await realCaches(home).open();
  const usage = await again.usage();
  const kept = claims();
  other.kill();
  await once(other, 'exit');
  const { blocks, fault = null } = await again.usage();
  await again.close();
  const after = { blocks, fault, claims: claims() };
  console.log(JSON.stringify({ platform: process.platform, first, socket, theirs, seen, usage, kept, after }));
}
