// `npm run test:windows [folder]`: on Windows, the conformance suites of all areas that the system's own DLLs serve. Says
// area by area what was there, and keeps it with the results in a folder: backends.json, tests.json.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, version } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPlatform } from 'winpeer';

if (process.platform === 'win32') await test(resolve(process.argv[2] ?? 'windows-report'));
else {
  console.error(`npm run test:windows is for Windows, whose own DLLs it tests; this is ${process.platform}.`);
  process.exitCode = 1;
}

/** @param {string} folder */
async function test(folder) {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  const platform = createPlatform({ backend: 'auto' });
  const { areas } = await platform.backends();
  await platform.close();

  mkdirSync(folder, { recursive: true });
  const system = { version: version(), release: release(), arch: process.arch, node: process.version };
  writeFileSync(join(folder, 'backends.json'), JSON.stringify({ system, areas }, null, 2));
  const results = join(folder, 'tests.json');
  rmSync(results, { force: true });

  const native = areas.filter(({ backend }) => backend === 'native').map(({ area }) => area);
  if (native.length > 0) {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/windows/vitest.config.ts'];
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const env = { ...process.env, WINPEER_NATIVE_AREAS: native.join() };
    const { status } = spawnSync(process.execPath, [...vitest, ...reporters], { stdio: 'inherit', env });
    process.exitCode = status ?? 1;
  }

  console.log(`${system.version} ${system.release} ${system.arch}, Node.js ${system.node}`);
  for (const { area, backend, reason, detail } of areas) {
    const ran = backend === 'native' ? counts(results, area) : 'no suite ran';
    console.log(`${area.padEnd(14)} ${backend.padEnd(9)} ${reason}: ${detail}; ${ran}`);
  }
  console.log(`report: ${folder}`);
}

/** @param {string} file what vitest wrote @param {string} area */
function counts(file, area) {
  /** @type {{ testResults: { assertionResults: { fullName: string, status: string }[] }[] }} */
  const { testResults } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] };
  const of = testResults.flatMap((it) => it.assertionResults).filter((it) => it.fullName.startsWith(`${area}: `));
  if (of.length === 0) return 'it has no suite yet';
  const passed = of.filter(({ status }) => status === 'passed').length;
  return `${passed} passed, ${of.length - passed} not`;
}
