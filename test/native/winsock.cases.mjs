// What Windows Node.js does with `winpeer/winsock` on the native backend; what the double answers; and what both sides
// must have seen.
import { createPlatform } from 'winpeer';
import { areas, codes } from '../../scripts/inventory.mjs';
import { answered, called } from './called.mjs';

/** @typedef {import('winpeer/winsock').Winsock} Winsock */
/** @typedef {(loaded: { winsock: Winsock }) => Promise<unknown>} Act */
/** @typedef {{ function: string, in?: object, bytes?: object }} Handed */
/**
 * @typedef {{
 *   title: string, script?: import('./stage.ts').Script, act: Act, value?: unknown, error?: object,
 *   handed?: readonly Handed[], kept?: number,
 * }} WinsockCase
 */

/** Outside ASCII, within the first 65,536 characters and beyond; and UTF-16, little-endian, with its end. */
const AWKWARD = 'Grüße 日 😀';
const AWKWARD_BYTES = '47007200fc00df0065002000e56520003dd800de0000';
const NAME = `0.${AWKWARD}`;
const NAME_BYTES = `30002e00${AWKWARD_BYTES}`;
const NAME_CLASS = 'e79c23c2c000bf4fbad618139385a49a';
const CLOUD_CLASS = 'e69c23c2c000bf4fbad618139385a49a';

const ADDRESSES = [
  { address: '2001:db8::1', port: 0x1234 },
  { address: 'fe80::ff', port: 80, scope: '987654321' },
];
/** SOCKADDR_IN6: family, port, flow, address, scope. */
const SIX = [
  '170012340000000020010db800000000000000000000000100000000',
  '1700005000000000fe8000000000000000000000000000ffb168de3a',
];
const HINT = { address: '2001:db8::5', port: 0 };
const HINT_BYTES = '170000000000000020010db800000000000000000000000500000000';
const POINTER = 'p'.repeat(16);
const NULL = '0'.repeat(16);

/** WSAQUERYSETW: its size; the name, or none; class, version, comment; the name space. @param {{ name: string, comment: string, space: string, context: string, addresses: string, list: string, blob: string }} it */
const set = ({ name, comment, space, context, addresses, list, blob }) =>
  [
    '78000000........',
    name,
    `${POINTER}${NULL}`, // lpServiceClassId, lpVersion
    comment,
    `${space}........${NULL}`, // dwNameSpace, lpNSProviderId
    context,
    `00000000........${NULL}${NULL}`, // dwNumberOfProtocols, lpafpProtocols, lpszQueryString
    `${addresses}........${list}`, // dwNumberOfCsAddrs, lpcsaBuffer
    `00000000........${blob}`, // dwOutputFlags, lpBlob
  ].join('');

const FULL_SET = {
  name: POINTER,
  comment: POINTER,
  space: '26000000',
  context: POINTER,
  addresses: '02000000',
  list: POINTER,
  blob: POINTER,
};
const BARE_SET = { ...FULL_SET, comment: NULL, context: NULL };
const NAME_QUERY = set({ ...BARE_SET, addresses: '00000000', list: NULL });
const CLOUD_QUERY = set({ ...BARE_SET, name: NULL, space: '27000000', addresses: '00000000', list: NULL, blob: NULL });

/**
 * PNRPINFO_V2: its size; the identity; nMaxResolve, dwTimeout, dwLifetime, enResolveCriteria; dwFlags and the hint;
 * enNameState; the payload's type and the payload.
 * @param {{ identity?: string, numbers: string, hint?: string, payload?: string }} it
 */
const info = ({
  identity = NULL,
  numbers,
  hint = `00000000........${NULL}00000000........`,
  payload = `00000000${'.'.repeat(32)}`,
}) => `50000000........${identity}${numbers}${hint}00000000${payload}`;
const HINTED = `01000000........${POINTER}1c000000........`;
/** CSADDR_INFO: a local address, no remote one, SOCK_STREAM, IPPROTO_TCP. */
const LOCAL = `${POINTER}1c000000........${NULL}00000000........0100000006000000`;

const NEXT = { function: 'WSALookupServiceNextW' };
const ENDED = { function: 'WSALookupServiceEnd' };

/** WSALookupServiceBeginW's script for these results. @param {readonly unknown[]} results */
const giving = (...results) => ({ WSALookupServiceBeginW: { lphLookup: results } });

const SERVICE = {
  peerName: NAME,
  cloud: AWKWARD,
  comment: AWKWARD,
  addresses: ADDRESSES,
  identity: AWKWARD,
  lifetime: 28_800,
  hint: HINT,
  payload: new Uint8Array([0, 1, 0xfe, 0xff]),
};
const BARE_SERVICE = { peerName: NAME, addresses: ADDRESSES };

/** @type {readonly WinsockCase[]} */
const BOTH_WAYS = [
  {
    title: 'register and delete: everything given',
    act: async ({ winsock }) => {
      await winsock.register(SERVICE);
      await winsock.delete({ ...SERVICE, addresses: [] });
    },
    handed: [
      { essoperation: 0, addresses: FULL_SET },
      { essoperation: 2, addresses: { ...FULL_SET, addresses: '00000000', list: NULL } },
    ].map(({ essoperation, addresses }) => ({
      function: 'WSASetServiceW',
      in: {
        essoperation,
        dwControlFlags: 0,
        lpqsRegInfo: {
          lpcsaBuffer: essoperation === 0 ? SIX.map((lpSockaddr) => ({ LocalAddr: { lpSockaddr } })) : null,
          lpBlob: { pBlobData: { saHint: { lpSockaddr: HINT_BYTES }, blobPayload: '0001feff' } },
        },
      },
      bytes: {
        lpqsRegInfo: set(addresses),
        'lpqsRegInfo.lpszServiceInstanceName': NAME_BYTES,
        'lpqsRegInfo.lpServiceClassId': NAME_CLASS,
        'lpqsRegInfo.lpszComment': AWKWARD_BYTES,
        'lpqsRegInfo.lpszContext': AWKWARD_BYTES,
        ...(essoperation === 0 ? { 'lpqsRegInfo.lpcsaBuffer.0': LOCAL, 'lpqsRegInfo.lpcsaBuffer.1': LOCAL } : {}),
        'lpqsRegInfo.lpBlob': `50000000........${POINTER}`,
        'lpqsRegInfo.lpBlob.pBlobData': info({
          identity: POINTER,
          numbers: '00000000000000008070000000000000',
          hint: HINTED,
          payload: `0100000004000000........${POINTER}`,
        }),
        'lpqsRegInfo.lpBlob.pBlobData.lpwszIdentity': AWKWARD_BYTES,
      },
    })),
  },
  {
    title: 'register: what need not be given is null, and so is what is empty',
    act: async ({ winsock }) => {
      await winsock.register(BARE_SERVICE);
      await winsock.register({ ...BARE_SERVICE, cloud: '', comment: '', payload: '' });
      await winsock.delete({ ...BARE_SERVICE, cloud: 'Global_' });
    },
    handed: [
      ...[0, 1].map(() => ({
        function: 'WSASetServiceW',
        bytes: {
          lpqsRegInfo: set(BARE_SET),
          'lpqsRegInfo.lpBlob.pBlobData': info({ numbers: '00000000000000008051010000000000' }),
        },
      })),
      { function: 'WSASetServiceW', in: { essoperation: 2 } },
    ],
  },
  {
    title: 'register: the most of everything, and a payload that is a text',
    act: async ({ winsock }) => {
      const service = {
        ...BARE_SERVICE,
        addresses: Array.from({ length: 10 }, () => ADDRESSES[0] ?? HINT),
        comment: 'λ'.repeat(39),
        payload: 'λ'.repeat(2047),
        lifetime: 0xffffffff,
      };
      await winsock.register(service);
      await winsock.delete(service);
    },
    handed: [
      {
        function: 'WSASetServiceW',
        in: {
          lpqsRegInfo: {
            lpszComment: 'λ'.repeat(39),
            lpcsaBuffer: Array.from({ length: 10 }, () => ({ LocalAddr: { lpSockaddr: SIX[0] } })),
            lpBlob: { pBlobData: { enExtendedPayloadType: 2, pwszPayload: 'λ'.repeat(2047) } },
          },
        },
        bytes: {
          'lpqsRegInfo.lpBlob.pBlobData': info({
            numbers: '0000000000000000ffffffff00000000',
            payload: `02000000${POINTER}${'.'.repeat(16)}`,
          }),
        },
      },
      { function: 'WSASetServiceW' },
    ],
  },
  {
    title: 'register and delete of one name take effect in their order',
    act: async ({ winsock }) => {
      const calls = Array.from({ length: 10 }, (_, at) =>
        at % 2 === 0 ? winsock.register(BARE_SERVICE) : winsock.delete(BARE_SERVICE),
      );
      await Promise.all(calls);
    },
    handed: Array.from({ length: 10 }, (_, at) => ({ function: 'WSASetServiceW', in: { essoperation: 2 * (at % 2) } })),
  },
  {
    title: 'lookupName: nothing but a name; one that has everything, then the end',
    script: giving({
      lpszServiceInstanceName: NAME,
      lpszComment: AWKWARD,
      dwNameSpace: 38,
      lpszContext: AWKWARD,
      lpcsaBuffer: SIX.map((lpSockaddr) => ({ RemoteAddr: { lpSockaddr, iSockaddrLength: 28 } })),
      lpBlob: { cbSize: 80, pBlobData: { enExtendedPayloadType: 2, pwszPayload: AWKWARD } },
    }),
    act: async ({ winsock }) => {
      const lookup = await winsock.lookupName({ peerName: NAME });
      const results = [await lookup.next(), (await lookup.next()) ?? 'the end', (await lookup.next()) ?? 'the end'];
      await lookup.end();
      return results;
    },
    value: [
      { peerName: NAME, cloud: AWKWARD, comment: AWKWARD, addresses: ADDRESSES, payload: AWKWARD },
      'the end',
      'the end',
    ],
    handed: [
      {
        function: 'WSALookupServiceBeginW',
        in: { dwControlFlags: 0xff0 },
        bytes: {
          lpqsRestrictions: NAME_QUERY,
          'lpqsRestrictions.lpszServiceInstanceName': NAME_BYTES,
          'lpqsRestrictions.lpServiceClassId': NAME_CLASS,
          'lpqsRestrictions.lpBlob.pBlobData': info({ numbers: '010000001e0000000000000000000000' }),
        },
      },
      { ...NEXT, in: { dwControlFlags: 0xff0 }, bytes: { lpdwBufferLength: '00200000' } },
      NEXT,
      NEXT,
      ENDED,
    ],
  },
  {
    title: 'lookupName: everything given; a result with nothing, and one with bytes',
    script: giving(
      { dwNameSpace: 38 },
      { dwNameSpace: 38, lpBlob: { cbSize: 80, pBlobData: { enExtendedPayloadType: 1, blobPayload: '00ff' } } },
    ),
    act: async ({ winsock }) => {
      const lookup = await winsock.lookupName({
        peerName: NAME,
        cloud: AWKWARD,
        want: ['name', 'comment'],
        max: 0xffffffff,
        timeoutMs: 599_001,
        criteria: 'nearest-peer-name',
        hint: HINT,
      });
      const results = [await lookup.next(), await lookup.next()];
      await lookup.end();
      return results.map((it) => ({ ...it, payload: Buffer.from(it?.payload ?? '').toString('hex') }));
    },
    value: [
      { cloud: AWKWARD, addresses: [], payload: '' },
      { cloud: AWKWARD, addresses: [], payload: '00ff' },
    ],
    handed: [
      {
        function: 'WSALookupServiceBeginW',
        in: {
          dwControlFlags: 0x290,
          lpqsRestrictions: { lpBlob: { pBlobData: { saHint: { lpSockaddr: HINT_BYTES } } } },
        },
        bytes: {
          lpqsRestrictions: set({ ...BARE_SET, context: POINTER, addresses: '00000000', list: NULL }),
          'lpqsRestrictions.lpszContext': AWKWARD_BYTES,
          'lpqsRestrictions.lpBlob.pBlobData': info({ numbers: 'ffffffff580200000000000006000000', hint: HINTED }),
        },
      },
      NEXT,
      NEXT,
      ENDED,
    ],
  },
  {
    title: 'lookupClouds: those that are there, their end, and changes',
    script: giving(
      cloud(AWKWARD, 3, 0xffffffff, 0, 0),
      cloud('b', 2, 0, 6, 7),
      null,
      { ...cloud('Global_', 1, 0, 2, 4), dwOutputFlags: 0x10 },
      { ...cloud('Global_', 1, 0, 5, 4), dwOutputFlags: 0x20 },
      { ...cloud('b', 2, 0, 3, 1), dwOutputFlags: 0x40 },
    ),
    act: async ({ winsock }) => {
      const lookup = await winsock.lookupClouds();
      const results = [];
      while (results.length < 6) results.push((await lookup.next()) ?? 'the end');
      await lookup.end();
      return results;
    },
    value: [
      { name: AWKWARD, scope: 'link-local', scopeId: 0xffffffff, state: 'virtual', flags: [] },
      {
        name: 'b',
        scope: 'site-local',
        scopeId: 0,
        state: 'alone',
        flags: ['name-local', 'resolve-only', 'full-participant'],
      },
      'the end',
      { name: 'Global_', scope: 'global', scopeId: 0, state: 'active', flags: ['full-participant'], change: 'added' },
      { name: 'Global_', scope: 'global', scopeId: 0, state: 'no-net', flags: ['full-participant'], change: 'changed' },
      { name: 'b', scope: 'site-local', scopeId: 0, state: 'dead', flags: ['name-local'], change: 'deleted' },
    ],
    handed: [
      {
        function: 'WSALookupServiceBeginW',
        in: { dwControlFlags: 0x210 },
        bytes: { lpqsRestrictions: CLOUD_QUERY, 'lpqsRestrictions.lpServiceClassId': CLOUD_CLASS },
      },
      ...Array.from({ length: 6 }, () => NEXT),
      ENDED,
    ],
  },
  {
    title: 'lookupClouds: of one scope',
    act: async ({ winsock }) => (await winsock.lookupClouds({ scope: 'link-local' })).end(),
    handed: [
      {
        function: 'WSALookupServiceBeginW',
        bytes: {
          lpqsRestrictions: CLOUD_QUERY.slice(0, -16) + POINTER,
          'lpqsRestrictions.lpBlob.pBlobData': `180000001700000003000000${'00'.repeat(12)}`,
        },
      },
      ENDED,
    ],
  },
  {
    title: 'lookupClouds: a cloud as no header describes it',
    script: giving(cloud('c', 4, 0, 2, 4)),
    act: inLookup((lookup) => lookup.next()),
    error: { code: 'E_UNEXPECTED', operation: 'WSALookupServiceNextW' },
  },
  {
    title: 'notifyChange: waits for the event',
    act: inLookup((lookup) => lookup.notifyChange()),
    handed: [
      { function: 'WSALookupServiceBeginW' },
      {
        function: 'WSANSPIoctl',
        in: { dwControlCode: 0x88000019, lpcbBytesReturned: null, lpCompletion: { Type: 2 }, hEvent: true },
      },
      ENDED,
    ],
  },
  {
    title: 'end: cancels what waits; afterwards all is WSAEINVAL',
    script: { WSALookupServiceNextW: { waits: true }, WSANSPIoctl: { signal: false } },
    act: async ({ winsock }) => {
      const lookup = await winsock.lookupClouds();
      const waiting = codesOf([lookup.next(), lookup.next(), lookup.notifyChange()]);
      await called({ WSALookupServiceNextW: 1, WSANSPIoctl: 1 });
      await lookup.end();
      return [...(await waiting), ...(await codesOf([lookup.next(), lookup.notifyChange(), lookup.end()]))];
    },
    value: ['WSA_E_CANCELLED', 'WSA_E_CANCELLED', 'WSA_E_CANCELLED', 'WSAEINVAL', 'WSAEINVAL', 'WSAEINVAL'],
  },
  {
    title: 'a signal ends a lookup that waits',
    script: { WSALookupServiceNextW: { waits: true } },
    act: async ({ winsock }) => {
      const stop = new AbortController();
      const lookup = await winsock.lookupName({ peerName: NAME, signal: stop.signal });
      const waiting = lookup.next().catch((reason) => reason.message);
      await called({ WSALookupServiceNextW: 1 });
      stop.abort(new Error('enough'));
      const message = await waiting;
      await answered({ WSALookupServiceEnd: 1 });
      return message;
    },
    value: 'enough',
  },
  {
    title: 'a platform that closes ends its lookups and deletes its names',
    script: { WSALookupServiceNextW: { waits: true } },
    act: async () => {
      const own = createPlatform({ backend: 'native' });
      await own.winsock.register(SERVICE);
      await own.winsock.register({ ...BARE_SERVICE, peerName: '0.b' });
      await own.winsock.delete({ ...BARE_SERVICE, peerName: '0.b' });
      const lookup = await own.winsock.lookupClouds();
      const waiting = codesOf([lookup.next()]);
      await called({ WSALookupServiceNextW: 1 });
      await own.close();
      return [...(await waiting), ...(await codesOf([own.winsock.lookupClouds()]))];
    },
    value: ['PEER_E_NOT_INITIALIZED', 'PEER_E_NOT_INITIALIZED'],
    handed: [
      // To see whether a provider is there.
      { function: 'WSAStartup' },
      { function: 'WSAEnumNameSpaceProvidersW' },
      { function: 'WSAEnumNameSpaceProvidersW' },
      { function: 'WSACleanup' },
      { function: 'WSAStartup' },
      { function: 'WSASetServiceW', in: { essoperation: 0 } },
      { function: 'WSASetServiceW', in: { essoperation: 0 } },
      { function: 'WSASetServiceW', in: { essoperation: 2 } },
      { function: 'WSALookupServiceBeginW' },
      NEXT,
      ENDED,
      {
        function: 'WSASetServiceW',
        in: { essoperation: 2 },
        bytes: { 'lpqsRegInfo.lpszServiceInstanceName': NAME_BYTES },
      },
      { function: 'WSACleanup' },
    ],
  },
  {
    title: 'ten thousand calls leave nothing behind',
    script: giving({ dwNameSpace: 38 }),
    act: async ({ winsock }) => {
      for (let round = 0; round < 10; round++) {
        const lookups = Array.from({ length: 50 }, async () => {
          const lookup = await winsock.lookupName({ peerName: NAME });
          for (let n = 0; n < 9; n++) await Promise.all([lookup.next(), lookup.notifyChange()]);
          await lookup.end();
        });
        await Promise.all(lookups);
      }
    },
  },
];

/** How each function is come to. @type {Readonly<Record<string, Act>>} */
const REACHES = {
  WSASetServiceW: ({ winsock }) => winsock.register(BARE_SERVICE),
  WSALookupServiceBeginW: ({ winsock }) => winsock.lookupClouds(),
  WSALookupServiceNextW: inLookup((lookup) => lookup.next()),
  WSANSPIoctl: inLookup((lookup) => lookup.notifyChange()),
  WSALookupServiceEnd: inLookup(async () => undefined),
};

const UNDOCUMENTED = [
  { returns: 11_999, error: { code: '0x80072edf', hresult: 0x80072edf, win32: 11_999 } },
  { returns: 0x8063ffff, error: { code: '0x8063ffff', hresult: 0x8063ffff } },
];

/** Every function's documented codes, and undocumented ones. @type {readonly WinsockCase[]} */
const FAILURES = areas
  .filter(({ area }) => area === 'winsock')
  .flatMap(({ functions }) => functions)
  .flatMap(({ name, errors }) => {
    const act = REACHES[name];
    if (act === undefined) return [];
    const documented = errors
      // It has no value in any header.
      .filter((symbol) => symbol !== 'WSAENOTIMPLEMENTED')
      // The end of the results, and a change that is still to come.
      .filter((symbol) => symbol !== 'WSA_E_NO_MORE' || name !== 'WSALookupServiceNextW')
      .filter((symbol) => symbol !== 'WSA_IO_PENDING' || name !== 'WSANSPIoctl')
      .map((symbol) => {
        const win32 = Number(codes[symbol]?.code);
        return { returns: win32, error: { code: symbol, hresult: 0x80070000 + win32, win32 } };
      });
    return [...documented, ...UNDOCUMENTED].map(({ returns, error }) => ({
      title: `${name}: ${error.code}`,
      script: { [name]: { returns } },
      act,
      error: { name: 'PeerError', operation: name, ...error },
      // What Windows refuses to end is not ended.
      kept: name === 'WSALookupServiceEnd' ? 1 : 0,
    }));
  });

/** Chooses the backend. @param {import('winpeer').Platform} platform */
export const begin = async ({ winsock }) => (await winsock.lookupClouds()).end();

/** @type {readonly WinsockCase[]} */
export const CASES = [...BOTH_WAYS, ...FAILURES];

/** @param {(lookup: import('winpeer/winsock').Lookup<unknown>) => Promise<unknown>} act @returns {Act} */
function inLookup(act) {
  return async ({ winsock }) => {
    const lookup = await winsock.lookupClouds();
    try {
      await act(lookup);
    } finally {
      await lookup.end();
    }
  };
}

/** @param {string} name @param {number} scope @param {number} scopeId @param {number} state @param {number} flags */
function cloud(name, scope, scopeId, state, flags) {
  const Cloud = { AddressFamily: 23, Scope: scope, ScopeId: scopeId };
  return {
    lpszServiceInstanceName: name,
    dwNameSpace: 39,
    lpBlob: { cbSize: 24, pBlobData: { Cloud, enCloudState: state, enCloudFlags: flags } },
  };
}

/** @param {readonly Promise<unknown>[]} calls */
function codesOf(calls) {
  return Promise.all(calls.map((it) => it.then(String, ({ code }) => code)));
}
