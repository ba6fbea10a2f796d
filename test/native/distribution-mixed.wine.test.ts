import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform } from 'winpeer';
import { suite } from '../needs.ts';
import { branch, contentOf, SIZE } from './branch.mjs';
import { windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

const SCRIPT = windowsPath(join(import.meta.dirname, 'distribution-mixed.mjs'));
const NONE = { fromServer: 0, fromPeers: 0, fromHostedCache: 0, fromCache: 0 };

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

suite('content between this system and Windows Node.js', ['wine'], () => {
  let windows: Windows;
  let folder: string;
  let here: Awaited<ReturnType<typeof branch>>;
  beforeAll(async () => {
    windows = new Windows();
    folder = mkdtempSync(join(tmpdir(), 'winpeer-mixed-'));
    here = await branch(folder, 'here');
  }, 120_000);
  afterAll(async () => {
    await here.close();
    windows[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  test('each fetches from the other’s server and from the other’s hosted cache', async () => {
    expect(here.first).toEqual({ ...NONE, fromServer: SIZE });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const theirs = JSON.stringify({ url: here.url, hostedCache: here.hostedCache });
    const connected: Promise<Socket[]> = once(server, 'connection');
    const run = windows.node([SCRIPT, String(port), theirs, windowsPath(windows.stage().folder)]);
    const ended = run.then(({ stderr }) => Promise.reject(new Error(`Windows Node.js ended before: ${stderr}`)));
    const [socket] = await Promise.race([connected, ended]);
    if (socket === undefined) throw new Error('no connection');
    const [line] = await Promise.race([once(createInterface(socket), 'line'), ended]);
    const said = JSON.parse(line);

    expect(said.platform).toBe('win32');
    const whole = sha256(contentOf('here'));
    expect(said.fetched).toEqual([
      { sha256: whole, sources: { ...NONE, fromServer: SIZE } },
      { sha256: whole, sources: { ...NONE, fromHostedCache: SIZE } },
    ]);
    await using reader = createPlatform({ backend: 'fallback', home: join(folder, 'reader') });
    for (const [options, sources] of [
      [
        { peers: false, share: false },
        { ...NONE, fromServer: SIZE },
      ],
      [{ hostedCache: said.hostedCache }, { ...NONE, fromHostedCache: SIZE }],
    ] as const) {
      const response = await reader.distribution.fetchContent(said.url, options);
      expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(sha256(contentOf('windows')));
      expect(response.sources).toEqual(sources);
    }
    socket.end();
    server.close();
    ended.catch(() => undefined);
    expect(await run).toMatchObject({ status: 0, stderr: '' });
  }, 240_000);
});
