import { beforeEach, describe, expect, test } from 'vitest';
import type { Lookup, NameQuery, NameResult, PnrpService } from 'winpeer/winsock';
import { addressText, packAddress } from '#fallback/wire/ipv6';
import type { DllProbe, WholeAddon } from '#lib/backend/native/addon';
import { probeWinsock, startNativeWinsock } from '#lib/backend/native/winsock';
import { mockAddon, windowsError } from './mock-addon.ts';

const INTERFACES = {
  list: () => [{ name: 'Ethernet 3', index: 12, addresses: [], loopback: false }],
  watch: () => ({ hold: () => undefined, close: () => undefined }),
};
const EMPTY = {
  serviceInstanceName: null,
  comment: null,
  context: null,
  outputFlags: 0,
  remoteAddresses: [],
  blob: null,
};
const SERVICE: PnrpService = { peerName: '0.x', addresses: [{ address: '2001:db8::1', port: 1 }] };

async function nativeOf(answers: Parameters<typeof mockAddon>[0] = {}) {
  const mock = mockAddon({ WSAStartup: 'winsock', WSALookupServiceBeginW: 'lookup', ...answers });
  const held: boolean[] = [];
  const hold = (alive: boolean) => void held.push(alive);
  const addon = new Proxy(mock.addon, { get: (it, name) => (name === 'hold' ? hold : Reflect.get(it, name)) });
  return { ...mock, held, winsock: await startNativeWinsock(addon, INTERFACES, { packAddress, addressText }) };
}

const peerError = (code: string, operation: string) => expect.objectContaining({ name: 'PeerError', code, operation });

describe('what Windows is asked', () => {
  test('an interface has its index for Windows, its name here', async () => {
    const remote = { address: new Uint8Array(Buffer.from(packAddress('fe80::1'), 'latin1')), port: 2, scopeId: 12 };
    const { winsock, calls } = await nativeOf({ WSALookupServiceNextW: { ...EMPTY, remoteAddresses: [remote] } });
    const address = { address: 'fe80::1', port: 2, scope: 'Ethernet 3' };
    await winsock.registerService({ ...SERVICE, addresses: [address] });
    expect(calls[1]).toMatchObject(['WSASetServiceW', 'winsock', { localAddresses: [remote] }, 0, 0]);
    const lookup = await winsock.lookupName({ peerName: '0.x' });
    expect(await lookup.next()).toEqual({ cloud: 'Global_', addresses: [address] });
  });

  test('whole seconds', async () => {
    const { winsock, calls } = await nativeOf();
    for (const timeoutMs of [1, 1000, 1001, 600_000]) await winsock.lookupName({ peerName: '0.x', timeoutMs });
    const asked = calls.slice(1).map(([, , set]) => (set as { blob: { timeout: number } }).blob.timeout);
    expect(asked).toEqual([1, 1, 2, 600]);
  });

  test('names and lookups are counted; a name that is replaced counts once', async () => {
    const { winsock } = await nativeOf();
    await winsock.registerService(SERVICE);
    await winsock.registerService({ ...SERVICE, cloud: 'Global_' });
    await winsock.registerService({ ...SERVICE, cloud: 'other' });
    const lookup = await winsock.lookupClouds({});
    expect(await winsock.stats()).toEqual({ version: 1, names: 2, lookups: 1 });
    await winsock.deleteService(SERVICE);
    await lookup.end();
    expect(await winsock.stats()).toEqual({ version: 1, names: 1, lookups: 0 });
  });

  test('a deletion waits for the registration, and comes even where that failed', async () => {
    const { winsock, names } = await nativeOf({ WSASetServiceW: windowsError('WSASetServiceW', 11_504) });
    const [registered, deleted] = await Promise.allSettled([
      winsock.registerService(SERVICE),
      winsock.deleteService(SERVICE),
    ]);
    expect(registered).toMatchObject({ reason: { code: 'WSA_PNRP_TOO_MUCH_LOAD', win32: 11_504 } });
    expect(deleted).toMatchObject({ status: 'rejected' });
    expect(names()).toEqual(['WSAStartup', 'WSASetServiceW', 'WSASetServiceW']);
    expect(await winsock.stats()).toMatchObject({ names: 0 });
  });
});

describe('what the structures can’t say is WSAEINVAL, and reaches Windows never', () => {
  const at = (address: string, port = 1, scope?: string) => [
    { address, port, ...(scope === undefined ? {} : { scope }) },
  ];

  test.each<[string, Partial<PnrpService>]>([
    ['no address', { addresses: [] }],
    ['eleven addresses', { addresses: Array.from({ length: 11 }, () => ({ address: '::1', port: 1 })) }],
    ['an IPv4 address', { addresses: at('127.0.0.1') }],
    ['port 0', { addresses: at('::1', 0) }],
    ['port 65536', { addresses: at('::1', 65_536) }],
    ['an unknown interface', { addresses: at('fe80::1', 1, 'eth99') }],
    ['a name with NUL', { peerName: '0.a\0b' }],
    ['a cloud with NUL', { cloud: 'a\0b' }],
    ['an identity with NUL', { identity: 'a\0b' }],
    ['a comment with NUL', { comment: 'a\0b' }],
    ['a comment of 40 characters', { comment: 'x'.repeat(40) }],
    ['a text with NUL', { payload: 'a\0b' }],
    ['a text of 2048 characters', { payload: 'x'.repeat(2048) }],
    ['4097 bytes', { payload: new Uint8Array(4097) }],
    ['lifetime 0', { lifetime: 0 }],
    ['lifetime 1.5', { lifetime: 1.5 }],
    ['a lifetime of more than 32 bits', { lifetime: 2 ** 32 }],
    ['a hint that is no address', { hint: { address: 'here', port: 0 } }],
    ['a hint with port -1', { hint: { address: '::1', port: -1 } }],
  ])('register: %s', async (_what, wrong) => {
    const { winsock, names } = await nativeOf();
    await expect(winsock.registerService({ ...SERVICE, ...wrong })).rejects.toEqual(
      peerError('WSAEINVAL', 'WSASetServiceW'),
    );
    expect(names()).toEqual(['WSAStartup']);
  });

  test.each<[string, Partial<NameQuery>]>([
    ['a name with NUL', { peerName: '0.a\0b' }],
    ['a cloud with NUL', { cloud: 'a\0b' }],
    ['max 0', { max: 0 }],
    ['max 1.5', { max: 1.5 }],
    ['timeoutMs 0', { timeoutMs: 0 }],
    ['timeoutMs 600001', { timeoutMs: 600_001 }],
    ['an unknown criterion', { criteria: 'closest' as never }],
    ['an unknown wish', { want: ['blob' as never] }],
    ['a hint with port 65536', { hint: { address: '::1', port: 65_536 } }],
  ])('lookupName: %s', async (_what, wrong) => {
    const { winsock, names } = await nativeOf();
    await expect(winsock.lookupName({ peerName: '0.x', ...wrong })).rejects.toEqual(
      peerError('WSAEINVAL', 'WSALookupServiceBeginW'),
    );
    expect(names()).toEqual(['WSAStartup']);
  });

  test('lookupClouds: an unknown scope', async () => {
    const { winsock } = await nativeOf();
    await expect(winsock.lookupClouds({ scope: 'any' as never })).rejects.toEqual(
      peerError('WSAEINVAL', 'WSALookupServiceBeginW'),
    );
  });
});

describe('a lookup', () => {
  let lookup: Lookup<NameResult>;
  let cancel: (error: Error) => void;
  beforeEach(async () => {
    const waiting = new Promise((_, reject) => {
      cancel = reject;
    });
    waiting.catch(() => undefined);
    const { winsock } = await nativeOf({ WSALookupServiceNextW: () => waiting });
    lookup = (await winsock.lookupName({ peerName: '0.x' })) as Lookup<NameResult>;
  });

  test.each([10_110, 10_102])('%i is the end of the results', async (number) => {
    const next = lookup.next();
    cancel(windowsError('WSALookupServiceNextW', number));
    expect(await next).toBeUndefined();
  });

  test.each([10_111, 10_110, 10_022, 6])(
    '%i is WSA_E_CANCELLED where the lookup has ended meanwhile',
    async (number) => {
      const next = lookup.next();
      await lookup.end();
      cancel(windowsError('WSALookupServiceNextW', number));
      await expect(next).rejects.toEqual(peerError('WSA_E_CANCELLED', 'WSALookupServiceNextW'));
    },
  );

  test('what is no answer of Windows stays what it is', async () => {
    const fault = new Error('out of memory');
    const next = lookup.next();
    cancel(fault);
    await expect(next).rejects.toBe(fault);
  });
});

test('names and lookups keep the process alive, unless it is told not to', async () => {
  const { winsock, held } = await nativeOf();
  await winsock.registerService(SERVICE);
  const lookup = await winsock.lookupClouds({});
  await winsock.deleteService(SERVICE);
  expect(held).toEqual([true]);
  await lookup.end();
  expect(held).toEqual([true, false]);
  await winsock.registerService(SERVICE);
  winsock.hold(false);
  await winsock.lookupClouds({});
  expect(held).toEqual([true, false, true, false]);
  winsock.hold(true);
  await winsock.close({ abrupt: false });
  expect(held).toEqual([true, false, true, false, true, false]);
});

describe('the end', () => {
  test('waits for what is beginning, and ends that too', async () => {
    const steps: string[] = [];
    let begin = (_handle: string): void => undefined;
    const { winsock } = await nativeOf({
      WSALookupServiceBeginW: () =>
        new Promise((resolve) => {
          begin = resolve;
        }),
      WSALookupServiceEnd: () => void steps.push('ended'),
      WSACleanup: () => void steps.push('cleaned up'),
    });
    const beginning = winsock.lookupClouds({});
    const closing = winsock.close({ abrupt: false });
    begin('lookup');
    await Promise.all([beginning, closing]);
    expect(steps).toEqual(['ended', 'cleaned up']);
    await expect(winsock.registerService(SERVICE)).rejects.toEqual(
      peerError('PEER_E_NOT_INITIALIZED', 'WSASetServiceW'),
    );
  });

  test('deletes what it can and cleans up, then says what went wrong', async () => {
    const { winsock, names, calls } = await nativeOf({
      WSASetServiceW: (_: unknown, { context }: { context: string }, operation: number) => {
        if (operation === 2 && context === 'bad') throw windowsError('WSASetServiceW', 10_050);
      },
    });
    for (const cloud of ['bad', 'good']) await winsock.registerService({ ...SERVICE, cloud });
    await expect(winsock.close({ abrupt: false })).rejects.toMatchObject({ win32: 10_050 });
    expect(calls.slice(3).map(([, , , operation]) => operation)).toEqual([2, 2, undefined]);
    expect(names().at(-1)).toBe('WSACleanup');
    await winsock.close({ abrupt: false });
    expect(names()).toHaveLength(6);
  });
});

describe('whether Windows has the name space', () => {
  const THERE: DllProbe = { loaded: true, missing: [] };

  function addonWith(found: DllProbe, answers: Parameters<typeof mockAddon>[0] = {}) {
    const mock = mockAddon({ WSAStartup: 'winsock', WSAEnumNameSpaceProvidersW: [], ...answers });
    const probe = (...asked: Parameters<WholeAddon['probe']>) => {
      expect(asked).toEqual(['ws2_32.dll', expect.arrayContaining(['WSANSPIoctl', 'WSAEnumNameSpaceProvidersW'])]);
      return found;
    };
    return {
      ...mock,
      addon: new Proxy(mock.addon, { get: (it, name) => (name === 'probe' ? probe : Reflect.get(it, name)) }),
    };
  }

  test('it has where a provider for PNRP names is listed', async () => {
    const providers = [12, 38].map((nameSpace) => ({ nameSpace, active: true }));
    const { addon, names } = addonWith(THERE, { WSAEnumNameSpaceProvidersW: providers });
    expect(await probeWinsock(addon)).toBeUndefined();
    expect(names()).toEqual(['WSAStartup', 'WSAEnumNameSpaceProvidersW', 'WSACleanup']);
  });

  test('others alone are not enough', async () => {
    const { addon } = addonWith(THERE, { WSAEnumNameSpaceProvidersW: [{ nameSpace: 39, active: true }] });
    expect(await probeWinsock(addon)).toMatchObject({ reason: 'service-not-available' });
  });

  test('a DLL without one of the functions', async () => {
    const { addon, names } = addonWith({ loaded: true, missing: ['WSANSPIoctl'] });
    expect(await probeWinsock(addon)).toMatchObject({ reason: 'export-missing' });
    expect(names()).toEqual([]);
  });

  test('an error says why, and cleans up', async () => {
    const failed = windowsError('WSAEnumNameSpaceProvidersW', 10_091);
    const { addon, names } = addonWith(THERE, { WSAEnumNameSpaceProvidersW: failed });
    expect(await probeWinsock(addon)).toEqual({
      reason: 'service-not-available',
      detail: expect.stringContaining('WSASYSNOTREADY'),
    });
    expect(names().at(-1)).toBe('WSACleanup');
  });
});
