// What `import 'winpeer'` costs above bare Node.js: whole processes, in turn, so that both see the same machine.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const PAIRS = 31;
const BUDGET_MS = 45;
const cwd = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} program */
function run(program) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return performance.now() - start;
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const BARE = '0';
const WINPEER = "import 'winpeer'";
run(BARE);
run(WINPEER); // Both once unmeasured: what they read is in the system's cache.
const pairs = Array.from({ length: PAIRS }, () => ({ bare: run(BARE), winpeer: run(WINPEER) }));

const difference = median(pairs.map(({ bare, winpeer }) => winpeer - bare));
console.log(`${PAIRS} pairs, Node.js ${process.version}, ${process.platform} ${process.arch}`);
console.log(`bare Node.js      ${median(pairs.map(({ bare }) => bare)).toFixed(1)} ms`);
console.log(`import 'winpeer'  ${median(pairs.map(({ winpeer }) => winpeer)).toFixed(1)} ms`);
console.log(`above bare        ${difference.toFixed(1)} ms (median of the pairs), budget ${BUDGET_MS} ms`);
if (!(difference <= BUDGET_MS)) process.exitCode = 1;
