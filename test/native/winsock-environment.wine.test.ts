import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { winsockDouble } from './doubles/build.ts';
import { held, windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ADDON = windowsPath(join(ROOT, 'prebuilds', 'win32-x64', 'winpeer.node'));
const MAIN = windowsPath(join(ROOT, 'dist', 'lib', 'cli', 'main.js'));
const SCRIPT = windowsPath(join(import.meta.dirname, 'winsock-environment.mjs'));
const WAITING = { WSALookupServiceNextW: { waits: true }, WSANSPIoctl: { signal: false } };

suite('calls of Winsock that wait, in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  let double: string;
  beforeAll(() => {
    windows = new Windows();
    double = windowsPath(winsockDouble());
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  describe.each([20, 22] as const)('%i', (node) => {
    /** What a part of winsock-environment.mjs prints, and what the double took meanwhile. */
    async function played(part: string, status = 0) {
      const stage = windows.stage(WAITING);
      const args = ['--expose-gc', SCRIPT, part, ADDON, double];
      const ended = await windows.node(args, { env: stage.env, node });
      expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status, stderr: '' });
      const calls = stage.calls();
      expect(calls.flatMap(({ faults }) => faults)).toEqual([]);
      const times = (name: string) => calls.filter((it) => it.function === name).length;
      return { result: ended.stdout && JSON.parse(ended.stdout), calls, times };
    }

    test('a worker that ends leaves neither lookup nor start behind', async () => {
      const { result, calls, times } = await played('terminated');
      expect(result).toBe(1);
      expect([times('WSALookupServiceNextW'), times('WSANSPIoctl')]).toEqual([1, 1]);
      expect([times('WSAStartup'), times('WSACleanup')]).toEqual([1, 1]);
      expect(calls.at(-1)?.function).toBe('WSACleanup');
      expect(held(calls)).toEqual([]);
    });

    test('a process may end', async () => {
      const { calls } = await played('exit', 7);
      expect(calls.find((it) => it.function === 'WSALookupServiceNextW')).toMatchObject({ returns: null });
    });

    test('a lookup that is collected ends, and cancels what waits', async () => {
      const { result, calls } = await played('collected');
      expect(result).toEqual([10_111, 10_111, 10_111, 10_111]);
      expect(held(calls)).toEqual([]);
    });

    test('a call that is abandoned is rejected at once', async () => {
      const { result, calls } = await played('abandoned');
      expect(result).toEqual([true, 'enough']);
      expect(held(calls)).toEqual([]);
    });

    test('wrong use is an error, and reaches Windows never', async () => {
      const { result, calls } = await played('wrong use');
      const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
      const closed = { name: 'Error', hresult: 0x80070006 };
      expect(result).toEqual({
        'no argument': type,
        'no query set': type,
        'a text for a query set': type,
        'an empty query set': type,
        'a text with NUL': type,
        'a text for addresses': type,
        'an address of 5 bytes': type,
        'a number for a blob': type,
        'a scope that is none': type,
        'no flags': type,
        'a handle of another kind': type,
        'a closed handle': closed,
        'a handle closed twice': closed,
      });
      expect(new Set(calls.map((it) => it.function))).toEqual(new Set(['WSAStartup', 'WSACleanup']));
    });
  });

  test('`winpeer backends` says what serves the PNRP name space, and why', async () => {
    const winsockWith = async (...loaded: string[]) => {
      const { stdout } = await windows.node([...loaded, MAIN, '--json', 'backends'], { env: windows.stage().env });
      return JSON.parse(stdout).areas.find((it: { area: string }) => it.area === 'winsock');
    };
    expect(await winsockWith('--require', double)).toMatchObject({ backend: 'native', reason: 'available' });
    // Wine's own Winsock has no such provider.
    expect(await winsockWith()).toMatchObject({ backend: 'fallback', reason: 'service-not-available' });
  });
});
