import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { windowsPath } from '../native/stage.ts';
import { Windows } from '../native/wine.ts';
import { suite } from '../needs.ts';

const SCRIPT = windowsPath(join(import.meta.dirname, 'windows.mjs'));

suite('a cache in Windows Node.js', ['wine'], () => {
  test('is shared over a named pipe, and goes on when its keeper is killed', async () => {
    using windows = new Windows();
    const home = mkdtempSync(join(tmpdir(), 'winpeer-cache-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const { status, stdout, stderr } = await windows.node([SCRIPT, windowsPath(home)]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      platform: 'win32',
      first: { kept: true, claims: ['cache.1'] },
      socket: expect.stringMatching(/^\\\\\.\\pipe\\winpeer-[0-9a-f]{32}$/),
      theirs: { kept: true, read: true },
      seen: true,
      usage: { segments: 2, blocks: 2, bytes: 2 * (4096 + 73_728), limit: 1e7 },
      kept: ['cache.2'],
      after: { blocks: 2, fault: null, claims: ['cache.3'] },
    });
  }, 300_000);
});
