import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import type { Identity } from 'winpeer/identity';
import type { OpenCloud } from 'winpeer/pnrp';
import { suite } from '../needs.ts';
import { KEY } from './key.mjs';
import { privateKeyBlob } from './key-blob.mjs';
import { faults, of } from './parts.ts';
import { held, windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

const SCRIPT = windowsPath(join(import.meta.dirname, 'signer.mjs'));

suite('an identity of Windows signs for a fallback node of PNRP', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  let home: string;
  let platform: Platform;
  let cloud: OpenCloud;
  let identity: Identity;
  beforeAll(async () => {
    windows = new Windows(['p2p.dll']);
    home = mkdtempSync(join(tmpdir(), 'winpeer-signer-'));
    platform = createPlatform({ backend: 'fallback', home });
    cloud = await platform.pnrp.open({ listen: [{ address: '::1', port: 0 }] });
    // A node without a name is of no use as a seed.
    await platform.pnrp.register('0.seed', { cloud: cloud.cloud, port: 1 });
    // Has the certificate of a key that the double has too.
    const privateKey = KEY.export({ format: 'der', type: 'pkcs8' });
    identity = await platform.identity.create({ classifier: 'me', privateKey });
  }, 120_000);
  afterAll(async () => {
    await platform.close();
    windows[Symbol.dispose]();
    rmSync(home, { recursive: true });
  });

  test.each([20, 22] as const)(
    'a name registered in Windows Node.js %i is found and validated here',
    async (node) => {
      const peerName = platform.names.create(identity.peerName, `chess ${node}`);
      const stage = windows.stage({
        PeerCreatePeerName: { ppwzPeerName: peerName },
        PeerEnumIdentities: { phPeerEnum: [{ pwzPeerName: identity.peerName, pwzFriendlyName: '' }] },
        PeerIdentityGetXML: { ppwzIdentityXML: await identity.toXml() },
        PeerIdentityGetCryptKey: { phCryptProv: privateKeyBlob(KEY).toString('hex') },
      });

      const windowsHome = windowsPath(join(stage.folder, 'home'));
      const seed = JSON.stringify(cloud.addresses[0]);
      const registering = windows.node([SCRIPT, windowsHome, windowsPath(stage.folder), peerName, seed], {
        node,
        env: stage.env,
      });
      await Promise.race([
        vi.waitFor(() => expect(existsSync(join(stage.folder, 'registered'))).toBe(true), 60_000),
        registering.then((ended) => expect(ended).toBe('still running')),
      ]);

      const { endpoints } = await platform.pnrp.resolve(peerName, { cloud: cloud.cloud });
      expect(endpoints).toEqual([
        {
          peerName,
          cloud: cloud.cloud,
          addresses: [{ address: '2001:db8::1', port: 4000 }],
          comment: 'Grüße 日 😀',
          payload: expect.any(Uint8Array),
        },
      ]);
      expect([...(endpoints[0]?.payload ?? [])]).toEqual([1, 2, 3]);

      stage.open('done');
      const { status, stdout, stderr } = await registering;
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ identity: 'native', pnrp: 'fallback' });
      const calls = stage.calls();
      expect(of(calls, 'PeerIdentityGetCryptKey')).toMatchObject([{ in: { pwzIdentity: identity.peerName } }]);
      expect(of(calls, 'PeerIdentityExport')).toEqual([]);
      expect(faults(calls)).toEqual([]);
      expect(held(calls)).toEqual([]);
    },
    120_000,
  );
});
