import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { held, type Script, windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ADDON = windowsPath(join(ROOT, 'prebuilds', 'win32-x64', 'winpeer.node'));
const MAIN = windowsPath(join(ROOT, 'dist', 'lib', 'cli', 'main.js'));
const SCRIPT = windowsPath(join(import.meta.dirname, 'environment.mjs'));

const GATED = { until: 'gate' };

suite('the addon in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
  }, 120_000);
  afterAll(() => windows[Symbol.dispose]());

  describe.each([20, 22] as const)('%i', (node) => {
    /** What a part of environment.mjs prints, and what the doubles took meanwhile. */
    async function played(part: string, script: Script, status = 0) {
      const stage = windows.stage(script);
      const args = ['--expose-gc', SCRIPT, part, ADDON];
      const ended = await windows.node(args, { env: stage.env, node });
      expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status, stderr: '' });
      const calls = stage.calls();
      expect(calls.flatMap(({ faults }) => faults)).toEqual([]);
      return { result: ended.stdout && JSON.parse(ended.stdout), calls, names: calls.map((it) => it.function) };
    }

    test('wrong use is an error, and reaches Windows never', async () => {
      const { result, calls, names } = await played('wrong use', {});
      const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
      const closed = { name: 'Error', hresult: 0x80070006 };
      expect(result).toEqual({
        'no argument': type,
        'a number for a text': type,
        'null for a text': type,
        'a text with NUL': type,
        'a number for a handle': type,
        'an object for a handle': type,
        'a promise for a handle': type,
        'a copy of a handle': type,
        'an heir of a handle': type,
        'no listener': type,
        'a session that is none': type,
        'a text for addresses': type,
        'an address of 5 bytes': type,
        'a port of 17 bits': type,
        'a port of 17 bits in an address': type,
        'a name with NUL': type,
        'a text for a payload': type,
        'a word for whether': type,
        'a handle of another kind': type,
        'a handle of another area': type,
        'a closed handle': closed,
        'a handle closed twice': closed,
        'a negative count': type,
        'a broken count': type,
        'a text for bytes': type,
        'words for bytes': type,
        // As no bytes at all, which CryptoAPI takes for no key.
        'detached bytes': { name: 'Error', hresult: expect.any(Number) },
        'a promise of nobody’s': 'none',
      });
      expect(names.filter((it) => /Delete|XML|Count|Next|Register|Resolve/.test(it))).toEqual([]);
      expect(held(calls)).toEqual([]);
    });

    test('an abandoned call is rejected at once; what it brings is freed, and one that has not begun never does', async () => {
      const { result, calls, names } = await played('abandoned', {
        PeerIdentityGetDefault: GATED,
        PeerEnumIdentities: GATED,
        PeerGetItemCount: GATED,
      });
      expect(result).toEqual({ reasons: Array(4).fill([true, false]), settled: [0, 1, 2, 3] });
      expect(names).not.toContain('PeerGetNextItem');
      expect(held(calls)).toEqual([]);
    });

    test('a worker that ends in mid-call leaves nothing behind', async () => {
      const { result, calls, names } = await played('terminated', {
        PeerIdentityGetDefault: GATED,
        PeerEnumIdentities: GATED,
        PeerGetItemCount: GATED,
      });
      expect(result).toBe(1);
      expect(names).not.toContain('PeerGetNextItem');
      expect(held(calls)).toEqual([]);
    });

    test('a process may end with open handles and in mid-call', async () => {
      const { calls } = await played('exit', { PeerIdentityGetDefault: GATED }, 7);
      expect(calls.at(-1)).toMatchObject({ function: 'PeerIdentityGetDefault', returns: null });
    });

    const SEARCHES = { PeerPnrpStartResolve: [{ phResolve: [{ pwzPeerName: '0.a' }] }, { signal: 'gate' }] };

    test('a worker that ends in the middle of searches leaves nothing behind, and shuts down last', async () => {
      const { result, calls, names } = await played('searching', SEARCHES);
      expect(result).toBe(1);
      expect(names.at(-1)).toBe('PeerPnrpShutdown');
      expect(names.filter((it) => /EndResolve|Unregister/.test(it))).toHaveLength(3);
      expect(held(calls)).toEqual([]);
    });

    test('a process may end in the middle of searches', async () => {
      await played('exit in a search', SEARCHES, 7);
    });

    test('a search that nobody holds lets the process end', async () => {
      const { result, names } = await played('unheld search', { PeerPnrpStartResolve: { signal: false } });
      expect(result).toBe('left');
      expect(names.slice(0, 2)).toEqual(['PeerPnrpStartup', 'PeerPnrpStartResolve']);
    });

    test('an abandoned search is ended', async () => {
      const { result, calls, names } = await played('abandoned search', { PeerPnrpStartResolve: GATED });
      expect(result).toEqual({ status: 'rejected', reason: 'reason' });
      expect(names.filter((it) => it === 'PeerPnrpEndResolve')).toHaveLength(1);
      expect(held(calls)).toEqual([]);
    });

    test('a listener that throws harms no other', async () => {
      const { result } = await played('throwing listener', {});
      expect(result).toEqual(['of the listener', 0x80634003]);
    });

    test('a handle that is collected is closed', async () => {
      const { calls } = await played('collected', {});
      expect(held(calls)).toEqual([]);
    });

    test('calls have 32 threads, none of them libuv’s', async () => {
      const { result, calls } = await played('threads', { PeerIdentityGetDefault: GATED });
      expect(result).toBe(100);
      const threads = calls.filter((it) => it.function === 'PeerIdentityGetDefault').map((it) => it.thread);
      expect(new Set(threads).size).toBe(32);
      expect(held(calls)).toEqual([]);
    });

    test('calls on one handle keep their order', async () => {
      const names = Array.from({ length: 40 }, (_, at) => `${at}`);
      const { result, calls } = await played('order', {
        PeerEnumGroups: { phPeerEnum: names.map((name) => ({ pwzPeerName: name })) },
      });
      expect(result).toEqual(names);
      expect(calls.at(-1)?.function).toMatch(/PeerEndEnumeration|PeerFreeData/);
      expect(held(calls)).toEqual([]);
    });
  });

  test('loads in a program of another name', async () => {
    const app = join(windows.stage().folder, 'app.exe');
    copyFileSync(join(import.meta.dirname, 'windows/node_modules/node-22/bin/node.exe'), app);
    const { status, stdout } = await windows.run(app, ['-p', 'require(process.argv[1]).compiler', ADDON]);
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: expect.stringMatching(/^GCC \d+/) });
  });

  test('`winpeer backends` says what serves identities, and why', async () => {
    const identityIn = async (place: Windows) => {
      const { stdout } = await place.node([MAIN, '--json', 'backends'], { env: place.stage().env });
      return JSON.parse(stdout).areas.find((it: { area: string }) => it.area === 'identity');
    };
    expect(await identityIn(windows)).toMatchObject({
      backend: 'native',
      reason: 'available',
      detail: expect.stringContaining('GCC'),
    });
    using bare = new Windows();
    expect(await identityIn(bare)).toMatchObject({ backend: 'fallback', reason: 'dll-missing' });
  });

  test('`winpeer backends` says that a home was last used with the other backend', async () => {
    const stage = windows.stage();
    const home = ['--home', windowsPath(join(stage.folder, 'home'))];
    const winpeer = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await windows.node([MAIN, '--json', ...home, ...args], { env: stage.env });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return JSON.parse(stdout);
    };
    const change = async (...args: readonly string[]) => {
      const { areas } = await winpeer(...args, 'backends');
      const { backend, changed } = areas.find((it: { area: string }) => it.area === 'identity');
      return { backend, changed };
    };
    await winpeer('--backend', 'identity=fallback', 'identity', 'list');
    expect(await change()).toEqual({ backend: 'native', changed: true });
    await winpeer('identity', 'list');
    expect(await change()).toEqual({ backend: 'native' });
    expect(await change('--backend', 'identity=fallback')).toEqual({ backend: 'fallback', changed: true });
  });
});
