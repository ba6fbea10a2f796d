import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { suite } from '../needs.ts';
import {
  DYNAMIC_BASE,
  HIGH_ENTROPY_VA,
  MACHINE_AMD64,
  NX_COMPAT,
  type PortableExecutable,
  readPortableExecutable,
} from './portable-executable.ts';

const COMPILER = 'x86_64-w64-mingw32-g++-posix';

const sources = readdirSync('native', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.(cc|h)$/.test(path))
  .sort();

test('Visual Studio compiles every source but the one that is for mingw-w64', () => {
  const listed = [...readFileSync('native/winpeer.gypi', 'utf8').matchAll(/'([\w/-]+\.(?:cc|h))'/g)].map(
    ([, it]) => it,
  );
  expect(listed.sort()).toEqual(sources.filter((it) => it !== 'runtime/delay-load.cc'));
});

suite('the addon, compiled with mingw-w64', ['cmake'], () => {
  let addon: PortableExecutable;
  beforeAll(() => {
    execFileSync(process.execPath, ['scripts/cross-build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] });
    addon = readPortableExecutable(readFileSync('prebuilds/win32-x64/winpeer.node'));
  }, 300_000);

  test('imports KERNEL32 and the C run-time, and nothing else', () => {
    expect(addon.machine).toBe(MACHINE_AMD64);
    expect([...addon.imports].sort()).toEqual(['kernel32.dll', 'msvcrt.dll']);
  });

  test('bears being moved, and runs no data', () => {
    for (const flag of [DYNAMIC_BASE, NX_COMPAT, HIGH_ENTROPY_VA]) expect(addon.characteristics & flag).toBe(flag);
  });

  test.each(['-m64', '-m32'])('%s: structures and functions are declared as in mingw-w64’s own headers', (bits) => {
    const checked = readdirSync('test/native/layout').map((it) => join('test/native/layout', it));
    expect(() => compile(bits, ['-fsyntax-only', ...checked])).not.toThrow();
  });

  test('compiles for 32 bits too', () => {
    const all = sources.filter((it) => it.endsWith('.cc')).map((it) => join('native', it));
    const defines = ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS', 'UNICODE', 'WIN32_LEAN_AND_MEAN', 'NOMINMAX'];
    const folders = ['node_modules/node-addon-api', 'node_modules/node-api-headers/include'];
    const options = [...defines.map((it) => `-D${it}`), ...folders.flatMap((it) => ['-isystem', it])];
    // What each source includes is read once: that is most of the work.
    const once = mkdtempSync(join(tmpdir(), 'winpeer-headers-'));
    onTestFinished(() => rmSync(once, { recursive: true }));
    const header = join(once, 'once.h');
    writeFileSync(header, '#include <napi.h>\n#include <windows.h>\n');
    compile('-m32', ['-x', 'c++-header', header, '-o', `${header}.gch`], options);
    expect(() => compile('-m32', ['-fsyntax-only', '-include', header, ...all], options)).not.toThrow();
  }, 120_000);
});

/** No program comes of it: the compiler of 64-bit ones has no libraries for those of 32 bits, but checks them. */
function compile(bits: string, files: readonly string[], options: readonly string[] = []): void {
  const always = ['-std=c++20', '-D_WIN32_WINNT=0x0601', '-Wall', '-Wextra', '-Werror', '-Wno-cast-function-type'];
  execFileSync(COMPILER, [bits, ...always, ...options, ...files], { stdio: 'pipe' });
}
