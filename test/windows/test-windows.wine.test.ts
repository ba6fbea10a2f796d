import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { windowsPath } from '../native/stage.ts';
import { Windows } from '../native/wine.ts';
import { suite } from '../needs.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/test-windows.mjs');

test.skipIf(process.platform === 'win32')('npm run test:windows says that it is for Windows', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^npm run test:windows is for Windows, .*; this is \w+\.\n$/);
});

suite('npm run test:windows on a Windows without the DLLs', ['wine'], () => {
  test('says so, area by area, and keeps it', async () => {
    using windows = new Windows();
    const { folder } = windows.stage();
    const { status, stdout, stderr } = await windows.node([windowsPath(SCRIPT), windowsPath(join(folder, 'report'))]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^identity +fallback +(dll|addon)-missing: .*; no suite ran$/m);
    expect(readdirSync(join(folder, 'report'))).toEqual(['backends.json']);
    const { system, areas } = JSON.parse(readFileSync(join(folder, 'report', 'backends.json'), 'utf8'));
    expect(system).toMatchObject({ arch: 'x64', node: expect.stringMatching(/^v\d/) });
    expect(areas).toHaveLength(12);
  }, 120_000);
});
