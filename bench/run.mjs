// `npm run bench`: every *.bench.mjs of this folder, one at a time so that none disturbs another; with arguments those
// whose names contain one of them. What follows the names is the benches' own: `npm run bench pnrp-scale -- 100`. A bench
// whose budget is not kept ends with 1, and so does this.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);
const isName = (/** @type {string} */ word) => /^[a-z]/.test(word);
const end = given.findIndex((word) => !isName(word));
const asked = end < 0 ? given : given.slice(0, end);
const passed = given.slice(asked.length);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.bench.mjs'))
  .filter((name) => asked.length === 0 || asked.some((part) => name.includes(part)))
  .sort();

if (names.length === 0) {
  console.error(`no bench is called ${asked.join(' or ')}`);
  process.exitCode = 1;
}
for (const name of names) {
  console.log(`== ${name}`);
  const file = fileURLToPath(new URL(name, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...passed], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
