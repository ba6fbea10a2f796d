import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { realCaches } from '#fallback/runtime/cache/caches';

const home = '/tmp/keeper/cpu';
rmSync(home, { recursive: true, force: true });
const child = spawn(
  process.execPath,
  [
    '--input-type=module',
    '-e',
    `import { realCaches } from '#fallback/runtime/cache/caches'; const s=await realCaches('${home}').open({limit:1e12}); await s.usage(); let l=process.cpuUsage(); console.log('r'); process.stdin.on('data',()=>{const c=process.cpuUsage(l); l=process.cpuUsage(); console.log(JSON.stringify(c))})`,
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
await once(child.stdout, 'data');
const s = await realCaches(home).open({ limit: 1e12 });
const N = 512,
  B = 65536,
  id = '0'.repeat(64);
const bytes = new Uint8Array(B).fill(3);
const kc = async () => {
  child.stdin.write('x');
  const [d] = await once(child.stdout, 'data');
  const c = JSON.parse(d);
  return c.user + c.system;
};
await s.addSegment({ id, length: N * B, blockSize: B, tags: [] });
async function lanes(f) {
  let n = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let i = n++; i < N; i = n++) await f(i);
    }),
  );
}
for (const [name, f] of [
  ['write', (i) => s.addBlock(id, i, { cipher: 'none', iv: new Uint8Array(), bytes })],
  ['read', (i) => s.block(id, i)],
  ['read', (i) => s.block(id, i)],
  ['read', (i) => s.block(id, i)],
]) {
  await kc();
  const l = process.cpuUsage();
  const t = performance.now();
  await lanes(f);
  const c = process.cpuUsage(l);
  const ms = performance.now() - t;
  console.log(
    name,
    'client us/op',
    ((c.user + c.system) / N).toFixed(0),
    'keeper us/op',
    ((await kc()) / N).toFixed(0),
    'MB/s',
    ((N * B) / 1000 / ms).toFixed(0),
  );
}
child.kill('SIGKILL');
await s.close();
