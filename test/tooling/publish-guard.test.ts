import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { addonFault, prebuildFaults } from '../../scripts/check/addon.mjs';
import { releaseFaults } from '../../scripts/check/release.mjs';
import { suite } from '../needs.ts';

const MACHINES = { x64: 0x8664, ia32: 0x14c, arm64: 0xaa64 };

/** The headers of a DLL, and what its compiler is called. */
function dll(machine: number, compiler: string, characteristics = 0x4000): Buffer {
  const file = Buffer.alloc(0x200);
  file.writeUInt32LE(0x80, 0x3c);
  file.write('PE\0\0', 0x80, 'latin1');
  file.writeUInt16LE(machine, 0x84);
  file.writeUInt16LE(characteristics, 0x84 + 90);
  file.write(compiler, 0x180, 'latin1');
  return file;
}

describe('an addon', () => {
  test.each(Object.entries(MACHINES))('of Visual Studio is released, for %s', (arch, machine) => {
    expect(addonFault(dll(machine, 'MSVC 194435207'), arch)).toBeUndefined();
  });

  test.each([
    ['of GCC', dll(MACHINES.x64, 'GCC 12-posix'), 'was built with GCC 12-posix, not with Visual Studio'],
    ['of clang', dll(MACHINES.x64, 'clang 19.1.5'), 'was built with clang 19.1.5, not with Visual Studio'],
    ['of nobody', dll(MACHINES.x64, ''), 'was built with a compiler that it does not name, not with Visual Studio'],
    ['without control flow guard', dll(MACHINES.x64, 'MSVC 194435207', 0), 'was built without control flow guard'],
    ['for another processor', dll(MACHINES.ia32, 'MSVC 194435207'), 'is not for x64'],
    ['that is cut off', dll(MACHINES.x64, '').subarray(0, 0xd0), 'is no DLL'],
    ['that is empty', Buffer.alloc(0), 'is no DLL'],
  ])('%s is not', (_title, file, fault) => {
    expect(addonFault(file, 'x64')).toBe(fault);
  });
});

test('a release has one for each processor', () => {
  const prebuilds = mkdtempSync(join(tmpdir(), 'winpeer-prebuilds-'));
  onTestFinished(() => rmSync(prebuilds, { recursive: true }));
  expect(prebuildFaults(prebuilds)).toHaveLength(3);
  for (const [arch, machine] of Object.entries(MACHINES)) {
    mkdirSync(join(prebuilds, `win32-${arch}`));
    writeFileSync(join(prebuilds, `win32-${arch}`, 'winpeer.node'), dll(machine, 'MSVC 194435207'));
  }
  expect(prebuildFaults(prebuilds)).toEqual([]);
});

test('a release has the version of its tag, and a repository', () => {
  const repository = { url: 'git+https://example.com/winpeer.git' };
  const tag = (name: string) => ({ GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: name });
  expect(releaseFaults({ version: '1.2.3', repository }, tag('v1.2.3'))).toEqual([]);
  expect(releaseFaults({ version: '1.2.3', repository }, {})).toEqual([]);
  const [otherTag, nowhere] = releaseFaults({ version: '0.1.0' }, tag('v1.2.3'));
  expect(otherTag).toBe('the tag is v1.2.3, and package.json says 0.1.0');
  expect(nowhere).toContain('names no repository');
});

test('npm publish asks first', () => {
  expect(manifest.scripts.prepublishOnly).toBe('node scripts/publish-guard.mjs');
});

suite('the addon that mingw-w64 built', ['addon'], () => {
  test('is refused by its compiler', () => {
    const file = readFileSync('prebuilds/win32-x64/winpeer.node');
    expect(addonFault(file, 'x64')).toMatch(/^was built with GCC \d[\w.-]*, not with Visual Studio$/);
  });
});
