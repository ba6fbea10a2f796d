import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DllProbe, openAddon, type WholeAddon } from '#lib/backend/native/addon';
import { probeIdentity } from '#lib/backend/native/identity';
import { mockAddon, windowsError } from './mock-addon.ts';

const THERE: DllProbe = { loaded: true, missing: [] };

/** An addon that finds p2p.dll so, and enumerates or fails. */
function addonWith(found: DllProbe, enumerated: unknown = 'handle') {
  const mock = mockAddon({ PeerEnumIdentities: enumerated, PeerEndEnumeration: undefined });
  const probe = (...asked: Parameters<WholeAddon['probe']>) => {
    expect(asked[0]).toBe('p2p.dll');
    expect(asked[1]).toHaveLength(15);
    return found;
  };
  return {
    ...mock,
    addon: new Proxy(mock.addon, { get: (it, name) => (name === 'probe' ? probe : Reflect.get(it, name)) }),
  };
}

describe('whether Windows can serve identities', () => {
  test('it can where they can be enumerated', async () => {
    const { addon, calls } = addonWith(THERE);
    expect(await probeIdentity(addon)).toBeUndefined();
    expect(calls).toEqual([['PeerEnumIdentities'], ['PeerEndEnumeration', 'handle']]);
  });

  test.each([
    [{ loaded: false, missing: [], error: 126 }, 'dll-missing', 'this Windows has no p2p.dll'],
    [{ loaded: false, missing: [], error: 193 }, 'dll-missing', 'error 193 keeps Windows from loading p2p.dll'],
    [
      { loaded: true, missing: ['PeerIdentityExport'] },
      'export-missing',
      'the p2p.dll of this Windows lacks PeerIdentityExport',
    ],
  ])('%j', async (found, reason, detail) => {
    const { addon, calls } = addonWith(found);
    expect(await probeIdentity(addon)).toEqual({ reason, detail });
    expect(calls).toEqual([]);
  });

  test.each([
    [0x80070422, 'service-disabled'],
    [1058, 'service-disabled'],
    [0x80630001, 'no-ipv6'],
    [0x800706ba, 'service-not-available'],
    [0x80630203, 'service-not-available'],
  ])('its answer 0x%x says %s', async (answer, reason) => {
    const { addon } = addonWith(THERE, windowsError('PeerEnumIdentities', answer));
    expect(await probeIdentity(addon)).toEqual({ reason, detail: expect.stringContaining('PeerEnumIdentities') });
  });

  test('what is no answer of Windows is no reason', async () => {
    const fault = new Error('out of threads');
    await expect(probeIdentity(addonWith(THERE, fault).addon)).rejects.toBe(fault);
  });
});

test('an addon that can’t be loaded is an error that names the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-addon-'));
  const file = join(folder, 'winpeer.node');
  writeFileSync(file, 'MZ, but no more');
  expect(() => openAddon(file)).toThrow(
    expect.objectContaining({ code: 'ERR_BACKEND_UNAVAILABLE', message: expect.stringContaining(file) }),
  );
  rmSync(folder, { recursive: true });
});
