// What Windows Node.js does with `winpeer/pnrp` on the native backend; what the doubles answer; and what both sides must
// have seen.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlatform } from 'winpeer';
import { areas, codes } from '../../scripts/inventory.mjs';
import { called } from './called.mjs';

/** @typedef {import('winpeer/pnrp').Pnrp} Pnrp */
/** @typedef {(loaded: { pnrp: Pnrp, names: import('winpeer/names').Names }) => Promise<unknown>} Act */
/** @typedef {{ function: string, in?: object, bytes?: object }} Handed */
/**
 * @typedef {{
 *   title: string, script?: import('./stage.ts').Script, act: Act, value?: unknown, error?: object,
 *   handed?: readonly Handed[], kept?: number,
 * }} PnrpCase
 */

/** Outside ASCII, within the first 65,536 characters and beyond; and UTF-16, little-endian, with its end. */
const AWKWARD = 'Grüße 日 😀';
const AWKWARD_BYTES = '47007200fc00df0065002000e56520003dd800de0000';
const NAME = `0.${AWKWARD}`;
const NAME_BYTES = `30002e00${AWKWARD_BYTES}`;
const AUTHORITY = 'b6ac0f2cc18ee2c4b1e04fa5ee9d2fd4ea10efdf';

const ADDRESSES = [
  { address: '2001:db8::1', port: 0x1234 },
  { address: 'fe80::ff', port: 80, scope: '987654321' },
];
/** SOCKADDR_IN6: family, port, flow, address, scope. */
const SIX = [
  '1700 1234 00000000 20010db8000000000000000000000001 00000000',
  '1700 0050 00000000 fe8000000000000000000000000000ff b168de3a',
].map(joined);
/** SOCKADDR_IN: family, port, address, zeros. */
const FOUR = joined('0200 ffff c0000201 0000000000000000');
const POINTER = 'p'.repeat(16);
const NULL = '0'.repeat(16);

const FREED = { function: 'PeerFreeData' };
const UNREGISTERED = { function: 'PeerPnrpUnregister' };
const DRAWN = { function: 'PeerPnrpGetEndpoint' };
const ENDED = { function: 'PeerPnrpEndResolve' };

const ENDPOINT = { pwzPeerName: NAME, ppAddresses: [...SIX, FOUR], pwzComment: AWKWARD, payload: '00ff01' };
const FOUND = {
  peerName: NAME,
  addresses: [...ADDRESSES, { address: '192.0.2.1', port: 0xffff }],
  comment: AWKWARD,
  payload: '00ff01',
};
const BARE = { pwzPeerName: '0.x' };
const BARE_FOUND = { peerName: '0.x', addresses: [] };

/** @type {readonly PnrpCase[]} */
const BOTH_WAYS = [
  {
    title: 'started once, and shut down after what was open',
    act: async () => {
      const own = createPlatform({ backend: 'native' });
      await own.pnrp.register('0.a', { port: 1 });
      await own.pnrp.clouds();
      await own.close();
    },
    handed: [
      { function: 'PeerPnrpStartup', in: { wVersionRequested: 2 } },
      { function: 'PeerPnrpShutdown' },
      { function: 'PeerPnrpStartup', in: { wVersionRequested: 2 } },
      { function: 'PeerPnrpRegister' },
      { function: 'PeerPnrpGetCloudInfo' },
      { function: 'PeerPnrpUnregister' },
      { function: 'PeerPnrpShutdown' },
    ],
  },
  {
    title: 'clouds',
    script: {
      PeerPnrpGetCloudInfo: {
        ppCloudInfo: [
          { pwzCloudName: 'Global_', dwScope: 1 },
          { pwzCloudName: AWKWARD, dwScope: 2, dwScopeId: 7 },
          { pwzCloudName: 'λ'.repeat(256), dwScope: 3, dwScopeId: 0xffffffff },
        ],
      },
    },
    act: ({ pnrp }) => pnrp.clouds(),
    value: [
      { name: 'Global_', scope: 'global', scopeId: 0 },
      { name: AWKWARD, scope: 'site-local', scopeId: 7 },
      { name: 'λ'.repeat(256), scope: 'link-local', scopeId: 0xffffffff },
    ],
    handed: [{ function: 'PeerPnrpGetCloudInfo' }, FREED],
  },
  {
    title: 'host names of names, and names of host names; a success of its own is one',
    script: {
      PeerNameToPeerHostName: { returns: 0x00630001, ppwzHostName: AWKWARD },
      PeerHostNameToPeerName: { ppwzPeerName: AWKWARD },
    },
    act: async ({ names }) => [names.toHostName(AWKWARD), names.fromHostName(AWKWARD)],
    value: [AWKWARD, AWKWARD],
    handed: [
      { function: 'PeerNameToPeerHostName', bytes: { pwzPeerName: AWKWARD_BYTES } },
      FREED,
      { function: 'PeerHostNameToPeerName', bytes: { pwzHostName: AWKWARD_BYTES } },
      FREED,
    ],
  },
  {
    title: 'clouds: none',
    act: ({ pnrp }) => pnrp.clouds(),
    value: [],
    handed: [{ function: 'PeerPnrpGetCloudInfo' }],
  },
  registered('nothing said', {}, { in: { pRegistrationInfo: null } }),
  registered(
    'everything said',
    {
      cloud: AWKWARD,
      identity: AWKWARD,
      addresses: ADDRESSES,
      port: 0x8001,
      comment: AWKWARD,
      payload: new Uint8Array([0, 1, 0xfe, 0xff]),
    },
    {
      in: { pRegistrationInfo: { ppAddresses: SIX, payload: '0001feff' } },
      bytes: {
        pRegistrationInfo: `${POINTER}${POINTER}02000000........${POINTER}0180............${POINTER}04000000........${POINTER}`,
        'pRegistrationInfo.pwzCloudName': AWKWARD_BYTES,
        'pRegistrationInfo.pwzPublishingIdentity': AWKWARD_BYTES,
        'pRegistrationInfo.pwzComment': AWKWARD_BYTES,
      },
    },
  ),
  registered(
    'automatic addresses',
    { port: 0xffff },
    {
      bytes: {
        pRegistrationInfo: `${NULL}${NULL}ffffffff........${NULL}ffff............${NULL}00000000........${NULL}`,
      },
    },
  ),
  registered(
    'no addresses',
    { addresses: [], payload: new Uint8Array(1) },
    {
      bytes: {
        pRegistrationInfo: `${NULL}${NULL}00000000........${NULL}0000............${NULL}01000000........${POINTER}`,
      },
    },
  ),
  registered(
    'as much as may be said',
    {
      cloud: 'λ'.repeat(256),
      addresses: Array.from({ length: 10 }, () => ADDRESSES[0] ?? never()),
      comment: '日'.repeat(39),
      payload: new Uint8Array(4096).fill(0xa5),
    },
    {
      in: {
        pRegistrationInfo: {
          pwzCloudName: 'λ'.repeat(256),
          cAddresses: 10,
          ppAddresses: Array(10).fill(SIX[0]),
          pwzComment: '日'.repeat(39),
          payload: 'a5'.repeat(4096),
        },
      },
    },
  ),
  {
    title: 'register: a secure name has its owner for its publisher',
    script: {
      PeerEnumIdentities: { phPeerEnum: [{ pwzPeerName: `${'0'.repeat(40)}.x` }, { pwzPeerName: `${AUTHORITY}.own` }] },
    },
    act: async ({ pnrp }) => {
      const registration = await pnrp.register(`${AUTHORITY}.chess`, { port: 80 });
      await registration.update({ port: 81 });
      await registration.unregister();
    },
    handed: [
      ...['PeerEnumIdentities', 'PeerGetItemCount', 'PeerGetNextItem', 'PeerFreeData', 'PeerEndEnumeration'].map(
        (name) => ({ function: name }),
      ),
      {
        function: 'PeerPnrpRegister',
        in: { pRegistrationInfo: { pwzPublishingIdentity: `${AUTHORITY}.own`, wPort: 80 } },
      },
      {
        function: 'PeerPnrpUpdateRegistration',
        in: { pRegistrationInfo: { pwzPublishingIdentity: `${AUTHORITY}.own`, wPort: 81 } },
      },
      { function: 'PeerPnrpUnregister' },
    ],
  },
  {
    title: 'register: a secure name that nobody here owns never reaches Windows',
    act: ({ pnrp }) => pnrp.register(`${AUTHORITY}.chess`, { port: 80 }),
    error: { name: 'PeerError', code: 'PEER_E_IDENTITY_NOT_FOUND', operation: 'PeerPnrpRegister' },
    handed: [{ function: 'PeerEnumIdentities' }, { function: 'PeerGetItemCount' }, { function: 'PeerEndEnumeration' }],
  },
  {
    title: 'resolve: several endpoints',
    script: { PeerPnrpStartResolve: { phResolve: [ENDPOINT, BARE, ENDPOINT] } },
    act: async ({ pnrp }) => resolved(await pnrp.resolve(NAME, { cloud: AWKWARD, max: 0xffffffff })),
    value: { endpoints: [FOUND, BARE_FOUND, FOUND].map((it) => ({ ...it, cloud: AWKWARD })), timedOut: false },
    handed: [
      {
        function: 'PeerPnrpStartResolve',
        in: { cMaxEndpoints: 0xffffffff, hEvent: true },
        bytes: { pcwzPeerName: NAME_BYTES, pcwzCloudName: AWKWARD_BYTES },
      },
      ...[DRAWN, FREED, DRAWN, FREED, DRAWN, FREED, DRAWN],
      ENDED,
    ],
  },
  {
    title: 'resolve: one endpoint, in all clouds',
    script: { PeerPnrpStartResolve: { phResolve: [ENDPOINT] } },
    act: async ({ pnrp }) => resolved(await pnrp.resolve(NAME)),
    value: { endpoints: [FOUND], timedOut: false },
    handed: [
      { function: 'PeerPnrpStartResolve', in: { pcwzCloudName: null, cMaxEndpoints: 1 } },
      DRAWN,
      FREED,
      DRAWN,
      ENDED,
    ],
  },
  {
    title: 'resolve: nothing found',
    act: async ({ pnrp }) => resolved(await pnrp.resolve('0.x')),
    value: { endpoints: [], timedOut: false },
    handed: [{ function: 'PeerPnrpStartResolve' }, DRAWN, ENDED],
  },
  {
    title: 'resolve: the time is over before Windows says anything',
    script: { PeerPnrpStartResolve: { signal: false } },
    act: async ({ pnrp }) => resolved(await pnrp.resolve('0.x', { timeoutMs: 1 })),
    value: { endpoints: [], timedOut: true },
    handed: [{ function: 'PeerPnrpStartResolve' }, ENDED],
  },
  {
    title: 'resolveEach: left in the middle',
    script: { PeerPnrpStartResolve: { phResolve: [ENDPOINT, BARE] } },
    act: async ({ pnrp }) => {
      for await (const found of pnrp.resolveEach(NAME, { max: 5 })) return printable(found);
    },
    value: FOUND,
    handed: [{ function: 'PeerPnrpStartResolve', in: { cMaxEndpoints: 5 } }, DRAWN, FREED, DRAWN, FREED, DRAWN, ENDED],
  },
  {
    title: 'resolveEach: Windows takes its time, another search does not',
    script: { PeerPnrpStartResolve: [{ phResolve: [ENDPOINT], signal: 'found' }, { phResolve: [BARE] }] },
    act: async ({ pnrp }) => {
      const slow = pnrp.resolveEach(NAME, { max: 5 });
      const first = slow.next();
      await called({ PeerPnrpStartResolve: 1 });
      const second = await pnrp.resolve('0.x', { max: 5 });
      writeFileSync(join(process.env.WINPEER_DOUBLES ?? '', 'found'), '');
      const { value } = await first;
      await slow.return(undefined);
      return [resolved(second).endpoints, value && printable(value)];
    },
    value: [[BARE_FOUND], FOUND],
  },
];

/**
 * Five calls a search, more of them at a time than Windows waits for events; nothing may be kept. No address has a scope:
 * to name one, the interfaces are listed each time, which takes Wine 10 ms.
 * @type {PnrpCase}
 */
const TEN_THOUSAND_CALLS = {
  title: 'ten thousand calls',
  script: { PeerPnrpStartResolve: { phResolve: [{ ...ENDPOINT, ppAddresses: [SIX[0], FOUR] }] } },
  act: async ({ pnrp }) => {
    let found = 0;
    for (let round = 0; round < 20; round++) {
      const searches = await Promise.all(Array.from({ length: 100 }, () => pnrp.resolve(NAME)));
      found += searches.flatMap((it) => it.endpoints).length;
    }
    return found;
  },
  value: 2000,
};

/** All but one of them wait for ever. @type {PnrpCase} */
const MANY_EVENTS = {
  title: 'more searches than Windows waits for events',
  script: { PeerPnrpStartResolve: [...Array.from({ length: 149 }, () => ({ signal: false })), { phResolve: [BARE] }] },
  act: async () => {
    const own = createPlatform({ backend: 'native' });
    const searches = Array.from({ length: 150 }, () => own.pnrp.resolveEach('0.x'));
    const found = await Promise.race(searches.map((it) => it.next()));
    await own.close();
    return found.value && printable(found.value);
  },
  value: BARE_FOUND,
};

/** What comes to each function. @type {Readonly<Record<string, Act>>} */
const REACHES = {
  PeerNameToPeerHostName: async ({ names }) => names.toHostName('a'),
  PeerHostNameToPeerName: async ({ names }) => names.fromHostName('a'),
  PeerPnrpStartup: () => createPlatform({ backend: 'native' }).pnrp.clouds(),
  PeerPnrpShutdown: async () => {
    const own = createPlatform({ backend: 'native' });
    await own.pnrp.clouds();
    await own.close();
  },
  PeerPnrpGetCloudInfo: ({ pnrp }) => pnrp.clouds(),
  PeerPnrpRegister: ({ pnrp }) => pnrp.register('0.a', { port: 1 }),
  PeerPnrpUpdateRegistration: async ({ pnrp }) => {
    const registration = await pnrp.register('0.a', { port: 1 });
    await registration.update({ port: 2 }).finally(() => registration.unregister());
  },
  PeerPnrpUnregister: async ({ pnrp }) => (await pnrp.register('0.a', { port: 1 })).unregister(),
  PeerPnrpStartResolve: ({ pnrp }) => pnrp.resolve('0.a'),
  PeerPnrpGetEndpoint: ({ pnrp }) => pnrp.resolve('0.a'),
  PeerPnrpEndResolve: ({ pnrp }) => pnrp.resolve('0.a'),
};

/** The probe's call succeeds. */
const AFTER_PROBE = ['PeerPnrpStartup', 'PeerPnrpShutdown'];

/** Codes of PNRP's service, which may come from any call; raw Win32 codes; and a number that no header names. */
const UNDOCUMENTED = [
  { returns: 0x80072ced, error: { code: 'PEER_E_CLOUD_NOT_FOUND', hresult: 0x80072ced, win32: 11501 } },
  { returns: 303, error: { code: 'ERROR_DELETE_PENDING', hresult: 0x8007012f, win32: 303 } },
  { returns: 0x8063ffff, error: { code: '0x8063ffff', hresult: 0x8063ffff } },
];

/** Every function's documented codes, and undocumented ones. @type {readonly PnrpCase[]} */
const FAILURES = areas
  .filter(({ area }) => area === 'pnrp')
  .flatMap(({ functions }) => functions)
  .flatMap(({ name, errors }) => {
    const act = REACHES[name];
    if (act === undefined) return [];
    const documented = errors
      // The end of every search.
      .filter((symbol) => symbol !== 'PEER_E_NO_MORE')
      .map((symbol) => ({
        returns: Number(codes[symbol]?.code),
        error: { code: symbol, hresult: Number(codes[symbol]?.code) },
      }));
    return [...documented, ...UNDOCUMENTED].map(({ returns, error }) => ({
      title: `${name}: ${error.code}`,
      script: { [name]: AFTER_PROBE.includes(name) ? [{}, { returns }] : { returns } },
      act,
      error: { name: 'PeerError', operation: name, ...error },
      // What Windows refuses to end is not ended.
      kept: ['PeerPnrpUnregister', 'PeerPnrpEndResolve'].includes(name) ? 1 : 0,
    }));
  });

/** @type {readonly PnrpCase[]} */
export const CASES = [...BOTH_WAYS, ...FAILURES, MANY_EVENTS, TEN_THOUSAND_CALLS];

/**
 * A registration that is updated with what it was registered with.
 * @param {string} title @param {import('winpeer/pnrp').RegistrationInfo} info @param {Omit<Handed, 'function'>} handed
 * @returns {PnrpCase}
 */
function registered(title, info, handed) {
  const silent = Object.keys(info).length === 0;
  return {
    title: `register: ${title}`,
    act: async ({ pnrp }) => {
      const registration = await pnrp.register(NAME, info);
      await registration.update(silent ? { port: 1 } : info);
      await registration.unregister();
      return [registration.peerName, registration.clouds];
    },
    value: [NAME, []],
    handed: [
      { function: 'PeerPnrpRegister', ...handed, bytes: { pcwzPeerName: NAME_BYTES, ...handed.bytes } },
      { function: 'PeerPnrpUpdateRegistration', ...(silent ? {} : handed) },
      UNREGISTERED,
    ],
  };
}

/** @param {import('winpeer/pnrp').ResolveResult} result */
function resolved({ endpoints, timedOut }) {
  return { endpoints: endpoints.map(printable), timedOut };
}

/** @param {import('winpeer/pnrp').EndpointInfo} endpoint */
function printable({ payload, ...endpoint }) {
  return { ...endpoint, ...(payload === undefined ? {} : { payload: Buffer.from(payload).toString('hex') }) };
}

/** @param {string} fields */
function joined(fields) {
  return fields.replaceAll(' ', '');
}

/** @returns {never} */
function never() {
  throw new Error('there is an address');
}
