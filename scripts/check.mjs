// `npm run check`: everything about the package that can be judged without running it. Each step prints one line; a
// step that fails prints what is wrong, and the others still run.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { hostPorts } from './check/host-ports.mjs';
import { importDirections } from './check/imports.mjs';
import { lockfileFaults } from './check/lockfile.mjs';
import { moduleState } from './check/module-state.mjs';
import { readingFaults } from './check/readings.mjs';
import { paths, sources } from './check/source.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** What is wrong, empty when nothing is. @typedef {() => string | Promise<string>} Step */

/** @type {Readonly<Record<string, Step>>} */
const STEPS = {
  build: () => {
    // What deleted sources left behind would hide imports of them.
    rmSync('dist', { recursive: true, force: true });
    return run('tsc -b tsconfig.build.json');
  },
  'types of tests, benches and scripts': () => run('tsc -p tsconfig.json'),
  'lint and format': () => run('biome check --error-on-warnings .'),
  'format of C++': () => {
    const files = [...paths(['native'], '.cc'), ...paths(['native'], '.h')].join(' ');
    // No package has it for every system, and each version breaks lines otherwise: Debian 12's judges, where it is.
    const isThere = execute('clang-format --version').stdout.includes(' version 14.');
    return isThere ? run(`clang-format --dry-run --Werror ${files}`) : '';
  },
  'no module state': () => rule(moduleState),
  'import directions': () => rule(importDirections),
  'engines stand on host ports': () => rule(hostPorts),
  'generated files': () =>
    paths(['scripts'], '.mjs')
      .filter((path) => path.startsWith('scripts/generate-'))
      .map((path) => run(`node ${path} --check`))
      .join(''),
  'lock file': () => lockfileFaults(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages).join('\n'),
  readings: async () => {
    const { READINGS } = await import('#fallback/wire/readings');
    return listed(readingFaults(sources('lib', 'fallback'), READINGS, titles()));
  },
  'unused files, exports and dependencies': () => run('knip --no-progress'),
  'package: publint': () => run('publint --strict'),
  // winpeer is ESM only: Node.js 20.19 and later load ES modules with require() too, so that a require() resolves to
  // one is intended. The profile leaves out resolution before `exports`, which no supported Node.js uses.
  'package: types': () => run('attw --pack . --profile node16 --ignore-rules cjs-resolves-to-esm'),
};

let failed = 0;
for (const [name, step] of Object.entries(STEPS)) {
  const start = performance.now();
  const wrong = await Promise.resolve()
    .then(step)
    .catch((error) => String(error));
  if (wrong) failed++;
  console.log(`${wrong ? 'FAILED' : 'ok    '} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (wrong) console.log(wrong.replace(/^/gm, '       '));
}
console.log(failed ? `${failed} of ${Object.keys(STEPS).length} checks failed` : 'all checks passed');
process.exitCode = failed ? 1 : 0;

/** @param {string} command */
function execute(command) {
  const PATH = join('node_modules', '.bin') + delimiter + process.env.PATH;
  // The list of all tests is longer than the megabyte that Node.js would take.
  const options = /** @type {const} */ ({ shell: true, encoding: 'utf8', maxBuffer: Number.POSITIVE_INFINITY });
  return spawnSync(command, { ...options, env: { ...process.env, PATH, NO_COLOR: '1' } });
}

/** @param {string} command */
function run(command) {
  const { status, stdout, stderr } = execute(command);
  return status === 0 ? '' : `${stdout}${stderr}`.trim() || `${command} ended with ${status}`;
}

/** @param {(source: import('./check/source.mjs').Source) => import('./check/source.mjs').Fault[]} check */
function rule(check) {
  return listed(sources('lib', 'fallback').flatMap(check));
}

/** @param {readonly import('./check/source.mjs').Fault[]} faults */
function listed(faults) {
  return faults.map(({ path, line, message }) => `${path}:${line}: ${message}`).join('\n');
}

/** The full titles of all tests, those of `test.each` included. @returns {string[]} */
function titles() {
  const { status, stdout, stderr } = execute('vitest list --json');
  if (status !== 0) throw new Error(`vitest list: ${stderr}${stdout}`);
  return JSON.parse(stdout.slice(stdout.indexOf('['))).map((/** @type {{ name: string }} */ { name }) => name);
}
