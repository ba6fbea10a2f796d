import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createPlatform } from 'winpeer';
import { network } from 'winpeer/testing';

const net = network();

describe.each(['peerCache', 'hostedCache'] as const)('%s', (kind) => {
  const at = (port: number) => ({ listen: [{ address: '::', port }] });

  test('serves until it closes, twice is fine, or its platform does', async () => {
    const platform = net.platform();
    const first = await platform.distribution[kind](at(8080));
    expect(first.addresses).toEqual([{ address: '::', port: 8080 }]);
    await expect(platform.distribution[kind](at(8080))).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    await first.close();
    const second = await platform.distribution[kind](at(8080));
    expect(second.addresses).toEqual(first.addresses);
    const stats = (await platform.stats()).distribution as unknown as Readonly<Record<string, readonly unknown[]>>;
    expect([stats.peerCaches?.length, stats.hostedCaches?.length]).toEqual(kind === 'peerCache' ? [1, 0] : [0, 1]);
    await platform.close();
    await second.close();
    await expect(platform.distribution[kind]()).rejects.toMatchObject({ code: 'PEER_E_NOT_INITIALIZED' });
  });

  test('that is being started when its platform closes is closed too', async () => {
    const platform = net.platform({ disk: `closing ${kind}` });
    await platform.distribution.status();
    const starting = expect(platform.distribution[kind](at(8080))).rejects.toMatchObject({
      code: 'PEER_E_NOT_INITIALIZED',
    });
    await Promise.all([starting, platform.close()]);
  });

  test.each([0, 1.5, -1, 2 ** 32])('has no %d clients', async (maxClients) => {
    await expect(net.platform().distribution[kind]({ maxClients })).rejects.toMatchObject({ code: 'E_INVALIDARG' });
  });

  test('stands on a store of its own, or on one that is handed in', async () => {
    const { distribution } = net.platform();
    await using folder = await distribution[kind]({ ...at(8080), store: { folder: '/elsewhere', limit: 1_000_000 } });
    expect(folder.addresses.length).toBe(1);
    expect((await distribution.cache.usage()).segments).toBe(0);
  });
});

test('a signal takes back what was being started', async () => {
  const platform = net.platform();
  const stop = new AbortController();
  const starting = platform.distribution.peerCache({ listen: [{ address: '::', port: 8080 }], signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(starting).rejects.toThrow('enough');
  let code = 'EADDRINUSE';
  while (code === 'EADDRINUSE') {
    code = await platform.distribution.peerCache({ listen: [{ address: '::', port: 8080 }] }).then(
      () => 'listening',
      (error) => error.code,
    );
  }
  expect(code).toBe('listening');
  await platform.close();
});

test.skipIf(process.platform === 'win32')('the secret is in a file that its user alone can read', async () => {
  const home = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  await using platform = createPlatform({ backend: 'fallback', home });
  await platform.distribution.exportSecret('a pass phrase');
  expect(statSync(join(home, 'distribution-secret.json')).mode & 0o777).toBe(0o600);
});
