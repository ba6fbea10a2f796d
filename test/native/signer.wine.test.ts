import { createPrivateKey } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import { suite } from '../needs.ts';
import { privateKeyBlob } from './key-blob.mjs';
import { held, windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

suite('a native identity and a PNRP node of the fallback, in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  let here: Platform;
  const home = mkdtempSync(join(tmpdir(), 'winpeer-signer-'));
  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
    here = createPlatform({ backend: 'fallback', home });
  }, 120_000);
  afterAll(async () => {
    await here.close({ abrupt: true });
    windows[Symbol.dispose]();
    rmSync(home, { recursive: true });
  });

  test('it signs for the node, and a process outside Windows finds the name and believes it', async () => {
    const cloud = 'Global_';
    const open = await here.pnrp.open({ cloud, listen: [{ address: '::1', port: 0 }], seeds: [] });
    // A node without any name of its own has no place in the ring, and so hears of nobody.
    await here.pnrp.register('0.here', { cloud, port: 4 });
    const identity = await here.identity.create({ classifier: 'mixed' });
    const pkcs8 = Buffer.from(await (await identity.signer()).tlsPrivateKey());
    const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    const stage = windows.stage({
      PeerIdentityGetFriendlyName: { ppwzFriendlyName: 'mixed' },
      PeerEnumIdentities: { phPeerEnum: [{ pwzPeerName: identity.peerName, pwzFriendlyName: 'mixed' }] },
      PeerIdentityGetCryptKey: { phCryptProv: privateKeyBlob(key).toString('hex') },
      PeerIdentityGetXML: { ppwzIdentityXML: await identity.toXml() },
    });
    const args = [identity.peerName, windowsPath(stage.folder), JSON.stringify(open.addresses)];
    const script = windowsPath(join(import.meta.dirname, 'signer.mjs'));
    const running = windows.node([script, ...args], { env: stage.env });
    await vi.waitUntil(() => existsSync(join(stage.folder, 'registered')), { timeout: 40_000 });
    const { endpoints } = await here.pnrp.resolve(identity.peerName, { cloud });
    expect(endpoints).toMatchObject([{ peerName: identity.peerName, comment: 'from Windows' }]);
    stage.open('end');
    expect(await running).toMatchObject({ status: 0, stderr: '' });
    // The key never left Windows.
    expect(stage.calls().map((it) => it.function)).not.toContain('PeerIdentityExport');
    expect(stage.calls().flatMap(({ faults }) => faults)).toEqual([]);
    expect(held(stage.calls())).toEqual([]);
  }, 60_000);
});
