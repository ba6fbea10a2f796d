// `npm run build:native:cross`: the addon for 64-bit Windows, built with mingw-w64 on another system, in the place where
// the package looks for it. For tests under Wine; releases are built with Visual Studio.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from 'proper-lockfile';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const folder = join('build', 'mingw-w64-x86_64');
const toolchain = join('cmake', 'mingw-w64-x86_64.cmake');
const prebuilds = join('prebuilds', 'win32-x64');
for (const made of [folder, prebuilds]) mkdirSync(made, { recursive: true });

// Several test files may want it at the same time.
const release = await lock(folder, { retries: { forever: true, minTimeout: 100, maxTimeout: 1000 } });
try {
  cmake(
    '--no-warn-unused-cli',
    '-S',
    '.',
    '-B',
    folder,
    `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`,
    '-DCMAKE_BUILD_TYPE=Release',
  );
  cmake('--build', folder, '--parallel', '2');
  const built = join(prebuilds, 'winpeer.node');
  copyFileSync(join(folder, 'winpeer.node'), `${built}.new`);
  renameSync(`${built}.new`, built);
} finally {
  await release();
}

/** @param {readonly string[]} args */
function cmake(...args) {
  const { status, error } = spawnSync('cmake', args, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`cmake ended with ${status}`);
}
