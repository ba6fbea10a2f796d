import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import { suite } from '../needs.ts';
import { windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

const SCRIPT = windowsPath(join(import.meta.dirname, 'mixed.mjs'));

suite('PNRP between this system and Windows Node.js', ['wine'], () => {
  let windows: Windows;
  let home: string;
  let here: Platform;
  beforeAll(() => {
    windows = new Windows();
    home = mkdtempSync(join(tmpdir(), 'winpeer-mixed-'));
    here = createPlatform({ backend: 'fallback', home });
  }, 120_000);
  afterAll(async () => {
    await here.close();
    windows[Symbol.dispose]();
    rmSync(home, { recursive: true });
  });

  test('names of each are found by the other; its own cases pass there', async () => {
    const seed = await here.pnrp.open({ listen: [{ address: '::1', port: 0 }] });
    await here.pnrp.register('0.linux', { cloud: seed.cloud, port: 7001, comment: 'ö' });
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const args = [SCRIPT, String(port), JSON.stringify(seed.addresses[0]), windowsPath(windows.stage().folder)];
    const connected: Promise<Socket[]> = once(server, 'connection');
    const run = windows.node(args);
    const [socket] = await Promise.race([
      connected,
      run.then(({ stderr }) => Promise.reject(new Error(`Windows Node.js ended before: ${stderr}`))),
    ]);
    if (socket === undefined) throw new Error('no connection');
    const [line] = await Promise.race([once(createInterface(socket), 'line'), run.then(({ stderr }) => [stderr])]);
    const said = JSON.parse(line);

    expect(said.platform).toBe('win32');
    expect(new Set(Object.values(said.outcomes)), JSON.stringify(said.outcomes)).toEqual(new Set(['passed']));
    expect(Object.keys(said.outcomes)).toHaveLength(7);
    expect(said.theirs).toMatchObject([{ peerName: '0.linux', comment: 'ö', addresses: [{ port: 7001 }] }]);
    for (const name of ['0.windows', said.peerName]) {
      const { endpoints } = await here.pnrp.resolve(name, { cloud: seed.cloud });
      expect(endpoints).toMatchObject([{ peerName: name, comment: 'ü', addresses: [{ port: 7002 }] }]);
    }
    // Where the machine has a link-local address: its interface by name, though Windows numbers it.
    if (said.link !== null) expect(said.link.scopes).toEqual(Array(3).fill(said.link.named));
    socket.end();
    server.close();
    expect(await run).toMatchObject({ status: 0, stderr: '' });
  }, 120_000);
});
