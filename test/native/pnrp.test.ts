import { describe, expect, test } from 'vitest';
import { createNames } from '#fallback/names/index';
import * as ipv6 from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import type { AreaContext } from '#lib/backend/contract/backend';
import type { EndpointInfo, RegistrationInfo, ResolveEnd, ResolveOptions } from '#lib/backend/contract/pnrp';
import { probePnrp, startNativePnrp } from '#lib/backend/native/pnrp';
import { mockAddon, windowsError } from './mock-addon.ts';

const AUTHORITY = 'b6ac0f2cc18ee2c4b1e04fa5ee9d2fd4ea10efdf';
const NO_MORE = windowsError('PeerPnrpGetEndpoint', 0x80634003);
const ENDPOINT = { peerName: '0.a', addresses: [], comment: null, payload: null };

type Listener = (error: Error | null, endpoint?: object) => void;

/** The area over a mock, with a clock that stands still; `search` says how a search goes on. */
async function nativeOf(
  answers: Parameters<typeof mockAddon>[0] = {},
  search: (listener: Listener) => void = () => {},
) {
  const timers = new Set<{ readonly ms: number; readonly ring: () => void }>();
  let now = 0;
  const mock = mockAddon({
    PeerPnrpStartup: 'session',
    PeerPnrpShutdown: undefined,
    PeerPnrpRegister: 'registration',
    PeerPnrpUpdateRegistration: undefined,
    PeerPnrpUnregister: undefined,
    PeerPnrpStartResolve: (...given: unknown[]) => {
      queueMicrotask(() => search(given[4] as Listener));
      return 'resolution';
    },
    PeerPnrpEndResolve: undefined,
    hold: undefined,
    ...answers,
  });
  const areas = {
    names: createNames(new Readings()),
    identity: { enumerate: async () => [{ peerName: `${AUTHORITY}.me`, friendlyName: '' }] },
  };
  const context = {
    area: async (name: keyof typeof areas) => areas[name],
    host: {
      clock: {
        now: () => now,
        after(ms: number, ring: () => void) {
          const timer = { ms, ring };
          timers.add(timer);
          return { cancel: () => timers.delete(timer) };
        },
      },
      interfaces: { list: () => [{ name: 'Ethernet', index: 7, addresses: [], loopback: false }] },
    },
  } as unknown as AreaContext;
  const pnrp = await startNativePnrp(mock.addon, context, ipv6);
  const held = () => mock.calls.filter(([name]) => name === 'hold').map(([, alive]) => alive);
  return { ...mock, pnrp, timers, held, pass: (ms: number) => (now += ms) };
}

/** What a search tells, until its end. */
function searched(pnrp: Awaited<ReturnType<typeof nativeOf>>['pnrp'], options: ResolveOptions = {}) {
  const endpoints: EndpointInfo[] = [];
  const ended = new Promise<{ end: ResolveEnd; error: unknown }>((resolve, reject) => {
    const sink = {
      endpoint: (it: EndpointInfo) => endpoints.push(it),
      hop: () => {},
      end: (end: ResolveEnd, error?: unknown) => resolve({ end, error }),
    };
    pnrp.startResolve('0.a', options, sink).catch(reject);
  });
  return { endpoints, ended };
}

const peerError = (code: string, operation: string) => expect.objectContaining({ name: 'PeerError', code, operation });

describe('whether Windows can serve PNRP', () => {
  const probed = (answers: Parameters<typeof mockAddon>[0], missing: readonly string[] = []) => {
    const mock = mockAddon({ PeerPnrpStartup: 'session', PeerPnrpShutdown: undefined, ...answers });
    const addon = new Proxy(mock.addon, {
      get: (it, name) => (name === 'probe' ? () => ({ loaded: true, missing }) : Reflect.get(it, name)),
    });
    return { ...mock, refusal: probePnrp(addon) };
  };

  test('it can where it starts', async () => {
    const { refusal, calls } = probed({});
    expect(await refusal).toBeUndefined();
    expect(calls).toEqual([
      ['PeerPnrpStartup', 2],
      ['PeerPnrpShutdown', 'session'],
    ]);
  });

  test.each([
    [0x80070422, 'service-disabled'],
    [0x80630001, 'no-ipv6'],
    [0x80630203, 'service-not-available'],
  ])('its answer 0x%x says %s', async (answer, reason) => {
    const { refusal } = probed({ PeerPnrpStartup: windowsError('PeerPnrpStartup', answer) });
    expect(await refusal).toEqual({ reason, detail: expect.stringContaining('PeerPnrpStartup') });
  });

  test('a missing export is a reason before any call', async () => {
    const { refusal, calls } = probed({}, ['PeerPnrpEndResolve']);
    expect(await refusal).toMatchObject({ reason: 'export-missing' });
    expect(calls).toEqual([]);
  });
});

describe('a registration', () => {
  test('interfaces have their index for Windows', async () => {
    const { pnrp, calls } = await nativeOf();
    await pnrp.register('0.a', { addresses: [{ address: 'fe80::1', port: 80, scope: 'Ethernet' }] });
    const address = new Uint8Array(Buffer.from('fe800000000000000000000000000001', 'hex'));
    expect(calls.at(1)).toEqual([
      'PeerPnrpRegister',
      'session',
      '0.a',
      expect.objectContaining({ addresses: [{ address, port: 80, scopeId: 7 }] }),
    ]);
  });

  const refusals: [RegistrationInfo, string][] = [
    [{ port: 0 }, 'port 0'],
    [{ port: 65536 }, 'port 65536'],
    [{ addresses: [{ address: '::1', port: 1.5 }] }, 'port 1.5'],
    [{ addresses: [{ address: '192.0.2.1', port: 1 }] }, 'not an IPv6 address'],
    [{ addresses: [{ address: 'fe80::1', port: 1, scope: 'nowhere' }] }, 'no interface nowhere'],
    [{ comment: 'a\0' }, 'NUL'],
    [{ cloud: 'a\0' }, 'NUL'],
    [{ identity: 'a\0' }, 'NUL'],
  ];
  test.each(refusals)('%j never reaches Windows', async (info, why) => {
    const { pnrp, names } = await nativeOf();
    await expect(pnrp.register('0.a', info)).rejects.toMatchObject({
      code: 'E_INVALIDARG',
      message: expect.stringContaining(why),
    });
    expect(names()).toEqual(['PeerPnrpStartup']);
  });

  test('what is no peer name never reaches Windows', async () => {
    const { pnrp, names } = await nativeOf();
    await expect(pnrp.register('a', {})).rejects.toEqual(peerError('PEER_E_INVALID_PEER_NAME', 'PeerPnrpRegister'));
    expect(names()).toEqual(['PeerPnrpStartup']);
  });

  test('ends once, and keeps the process alive until then', async () => {
    const { pnrp, held } = await nativeOf();
    const registration = await pnrp.register('0.a', {});
    expect(held()).toEqual([true]);
    await registration.unregister();
    expect(held()).toEqual([true, false]);
    for (const [use, operation] of [
      [registration.unregister(), 'PeerPnrpUnregister'],
      [registration.update({}), 'PeerPnrpUpdateRegistration'],
    ] as const) {
      await expect(use).rejects.toEqual(peerError('E_INVALIDARG', operation));
    }
  });

  test('lets the process end where it is told so', async () => {
    const { pnrp, held } = await nativeOf();
    pnrp.hold(false);
    await pnrp.register('0.a', {});
    pnrp.hold(true);
    pnrp.hold(false);
    expect(held()).toEqual([true, false]);
  });
});

describe('a search', () => {
  test.each([
    [{ criteria: 'closest' as never }, 'E_INVALIDARG', 'the criteria are default, '],
    [{ hint: 'here' }, 'E_INVALIDARG', 'the hint "here" is no IPv6 address'],
    [{ criteria: 'any-peer-name' }, 'E_NOTIMPL', 'has no criteria'],
    [{ hint: '2001:db8::1' }, 'E_NOTIMPL', 'has no hint'],
    [{ max: 0 }, 'E_INVALIDARG', 'max'],
    [{ max: 2 ** 32 }, 'E_INVALIDARG', 'max'],
    [{ timeoutMs: 0 }, 'E_INVALIDARG', 'timeoutMs'],
    [{ timeoutMs: 600_001 }, 'E_INVALIDARG', 'timeoutMs'],
    [{ cloud: '\0' }, 'E_INVALIDARG', 'NUL'],
  ] as const)('%j can’t be said to Windows', async (options, code, why) => {
    const { pnrp, names } = await nativeOf();
    await expect(searched(pnrp, options).ended).rejects.toMatchObject({ code, message: expect.stringContaining(why) });
    expect(names()).toEqual(['PeerPnrpStartup']);
  });

  test('the default criteria are those of Windows', async () => {
    const { pnrp, calls } = await nativeOf({}, (listener) => listener(NO_MORE));
    await searched(pnrp, { criteria: 'default', cloud: 'Global_', max: 3 }).ended;
    expect(calls[1]?.slice(0, 5)).toEqual(['PeerPnrpStartResolve', 'session', '0.a', 'Global_', 3]);
  });

  test('ends in Windows before anybody hears of its end', async () => {
    const { pnrp, names, timers } = await nativeOf({}, (listener) => {
      listener(null, ENDPOINT);
      listener(null, ENDPOINT);
      listener(NO_MORE);
    });
    const { endpoints, ended } = searched(pnrp, { max: 5 });
    expect(await ended).toEqual({ end: { hops: 0, joinMs: 0, ms: 0, timedOut: false }, error: undefined });
    expect(endpoints).toEqual([
      { peerName: '0.a', addresses: [] },
      { peerName: '0.a', addresses: [] },
    ]);
    expect(names().filter((it) => it !== 'hold')).toEqual([
      'PeerPnrpStartup',
      'PeerPnrpStartResolve',
      'PeerPnrpEndResolve',
    ]);
    expect(timers.size).toBe(0);
  });

  test('has no more endpoints than asked for', async () => {
    const { pnrp } = await nativeOf({}, (listener) => {
      for (let found = 0; found < 3; found++) listener(null, ENDPOINT);
    });
    const { endpoints, ended } = searched(pnrp, { max: 2 });
    expect((await ended).end.timedOut).toBe(false);
    expect(endpoints).toHaveLength(2);
  });

  test('has its time', async () => {
    const { pnrp, timers, pass, held } = await nativeOf();
    const { ended } = searched(pnrp);
    await expect.poll(() => [...timers].map(({ ms }) => ms)).toEqual([30_000]);
    expect(held()).toEqual([true]);
    pass(30_000);
    for (const { ring } of timers) ring();
    expect((await ended).end).toEqual({ hops: 0, joinMs: 0, ms: 30_000, timedOut: true });
    expect(held()).toEqual([true, false]);
  });

  test('tells nothing once it has been ended', async () => {
    let tell: Listener = () => {};
    const { pnrp, names } = await nativeOf({}, (listener) => {
      tell = listener;
    });
    const heard: unknown[] = [];
    const sink = { endpoint: (it: unknown) => heard.push(it), hop: () => {}, end: (it: unknown) => heard.push(it) };
    const resolution = await pnrp.startResolve('0.a', {}, sink);
    await resolution.end();
    tell(null, ENDPOINT);
    tell(NO_MORE);
    await resolution.end();
    expect(heard).toEqual([]);
    expect(names().filter((it) => it === 'PeerPnrpEndResolve')).toHaveLength(1);
  });

  test('a failure that is no end is an error, and so is a refused end', async () => {
    const failure = windowsError('PeerPnrpGetEndpoint', 0x8007000e);
    const { pnrp } = await nativeOf({}, (listener) => listener(failure));
    expect((await searched(pnrp).ended).error).toEqual(peerError('E_OUTOFMEMORY', 'PeerPnrpGetEndpoint'));
    const refusing = await nativeOf(
      { PeerPnrpEndResolve: windowsError('PeerPnrpEndResolve', 0x80070057) },
      (listener) => listener(NO_MORE),
    );
    expect((await searched(refusing.pnrp).ended).error).toEqual(peerError('E_INVALIDARG', 'PeerPnrpEndResolve'));
  });

  test('names interfaces, and those that are gone by their index', async () => {
    const bytes = new Uint8Array(Buffer.from('fe800000000000000000000000000001', 'hex'));
    const addresses = [7, 9, 0].map((scopeId) => ({ address: bytes, port: 1, scopeId }));
    const { pnrp } = await nativeOf({}, (listener) => listener(null, { ...ENDPOINT, addresses }));
    const { endpoints, ended } = searched(pnrp);
    await ended;
    expect(endpoints[0]?.addresses).toEqual([
      { address: 'fe80::1', port: 1, scope: 'Ethernet' },
      { address: 'fe80::1', port: 1, scope: '9' },
      { address: 'fe80::1', port: 1 },
    ]);
  });
});

describe('the end of the area', () => {
  test('ends what is open, and what is about to be, then shuts down', async () => {
    let register: (handle: string) => void = () => {};
    const begun = new Promise<string>((resolve) => {
      register = resolve;
    });
    const { pnrp, names, held } = await nativeOf({ PeerPnrpRegister: () => begun });
    await pnrp.startResolve('0.a', {}, { endpoint: () => {}, hop: () => {}, end: () => {} });
    const late = pnrp.register('0.b', {});
    await expect.poll(names).toContain('PeerPnrpRegister');
    const closed = pnrp.close({ abrupt: false });
    register('late');
    await Promise.all([late, closed]);
    expect(
      names()
        .filter((it) => it !== 'hold')
        .slice(3)
        .toSorted(),
    ).toEqual(['PeerPnrpEndResolve', 'PeerPnrpShutdown', 'PeerPnrpUnregister']);
    expect(names().at(-1)).toBe('PeerPnrpShutdown');
    expect(held()).toEqual([true, false]);
  });

  test('nothing works afterwards', async () => {
    const { pnrp } = await nativeOf();
    await pnrp.close({ abrupt: true });
    const closed = (operation: string) => peerError('PEER_E_NOT_INITIALIZED', operation);
    await expect(pnrp.clouds()).rejects.toEqual(closed('PeerPnrpGetCloudInfo'));
    await expect(pnrp.register('0.a', {})).rejects.toEqual(closed('PeerPnrpRegister'));
    await expect(searched(pnrp).ended).rejects.toEqual(closed('PeerPnrpStartResolve'));
  });

  test('what the service of Windows does by itself is refused', async () => {
    const { pnrp } = await nativeOf();
    const info = { cloud: 'Global_', addresses: [], hint: '::1' };
    for (const refused of [pnrp.open({}), pnrp.watchClouds(() => {}), pnrp.publish('0.a', info)]) {
      await expect(refused).rejects.toMatchObject({ code: 'E_NOTIMPL' });
    }
  });
});
