// `npm run build:native:cross`: the addon for 64-bit Windows, built with mingw-w64 on another system, in the place where
// the package looks for it. For tests under Wine; releases are built with Visual Studio.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const folder = join('build', 'mingw-w64-x86_64');
const toolchain = join('cmake', 'mingw-w64-x86_64.cmake');

cmake('-S', '.', '-B', folder, `-DCMAKE_TOOLCHAIN_FILE=${toolchain}`, '-DCMAKE_BUILD_TYPE=Release');
cmake('--build', folder, '--parallel', '2');
const prebuilds = join('prebuilds', 'win32-x64');
mkdirSync(prebuilds, { recursive: true });
copyFileSync(join(folder, 'winpeer.node'), join(prebuilds, 'winpeer.node'));

/** @param {readonly string[]} args */
function cmake(...args) {
  const { status, error } = spawnSync('cmake', args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
