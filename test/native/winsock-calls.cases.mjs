// What Windows Node.js does with the addon's calls of Winsock, each of which stands for one Windows function; what the
// double answers; and what both sides must have seen.
import { areas, codes } from '../../scripts/inventory.mjs';
import { called } from './called.mjs';

/** @typedef {Readonly<Record<string, (...values: readonly unknown[]) => Promise<any>>>} Addon */
/** @typedef {(loaded: { addon: Addon }) => Promise<unknown>} Act */
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

/** _WSAIOW(IOC_WS2, 25) */
const SIO_NSP_NOTIFY_CHANGE = 0x88000019;
const NOTHING = {
  serviceInstanceName: null,
  comment: null,
  context: null,
  outputFlags: 0,
  remoteAddresses: [],
  blob: null,
};

const NAME_CLASS = 'e79c23c2c000bf4fbad618139385a49a';
const CLOUD_CLASS = 'e69c23c2c000bf4fbad618139385a49a';

/** dwSize and its gap; then pointers but for the numbers between them. */
const NAME_SET_BYTES = [
  '78000000........',
  'pp'.repeat(8), // lpszServiceInstanceName
  'pp'.repeat(8), // lpServiceClassId
  '00'.repeat(8), // lpVersion
  'pp'.repeat(8), // lpszComment
  '26000000........', // dwNameSpace
  '00'.repeat(8), // lpNSProviderId
  'pp'.repeat(8), // lpszContext
  '00000000........', // dwNumberOfProtocols
  '00'.repeat(8), // lpafpProtocols
  '00'.repeat(8), // lpszQueryString
  '02000000........', // dwNumberOfCsAddrs
  'pp'.repeat(8), // lpcsaBuffer
  '00000000........', // dwOutputFlags
  'pp'.repeat(8), // lpBlob
].join('');

const EMPTY_NAME_SET_BYTES = [
  '78000000........',
  'pp'.repeat(16),
  '00'.repeat(16),
  '26000000........',
  '00'.repeat(16),
  '00000000........',
  '00'.repeat(16),
  '00000000........',
  '00'.repeat(8),
  '00000000........',
  '00'.repeat(8),
].join('');

const CLOUD_SET_BYTES = [
  '78000000........',
  '00'.repeat(8),
  'pp'.repeat(8),
  '00'.repeat(16),
  '27000000........',
  '00'.repeat(16),
  '00000000........',
  '00'.repeat(16),
  '00000000........',
  '00'.repeat(8),
  '00000000........',
  'pp'.repeat(8),
].join('');

/** fe80::..., and its bytes as SOCKADDR_IN6: family, port, flow, address, scope. */
const ADDRESS = { address: bytes('fe8000000000000001020304050607ff'), port: 0x1234, scopeId: 0x89abcdef };
const ADDRESS_BYTES = '1700123400000000fe8000000000000001020304050607ffefcdab89';
const OTHER = { address: bytes('20010db8000000000000000000000001'), port: 0xffff, scopeId: 0 };
const OTHER_BYTES = '1700ffff0000000020010db800000000000000000000000100000000';

/** CSADDR_INFO: LocalAddr of 28 bytes, no RemoteAddr, SOCK_STREAM, IPPROTO_TCP. */
const LOCAL_BYTES = `${'pp'.repeat(8)}1c000000........${'00'.repeat(8)}00000000........0100000006000000`;

const NO_INFO = {
  identity: null,
  maxResolve: 0,
  timeout: 0,
  lifetime: 0,
  resolveCriteria: 0,
  hint: null,
  payload: null,
};
const NAME_SET = {
  nameSpace: 38,
  serviceInstanceName: AWKWARD,
  comment: AWKWARD,
  context: AWKWARD,
  localAddresses: [ADDRESS, OTHER],
  blob: {
    identity: AWKWARD,
    maxResolve: 0xfffffffe,
    timeout: 600,
    lifetime: 86_400,
    resolveCriteria: 6,
    hint: OTHER,
    payload: new Uint8Array([0, 1, 0xfe, 0xff]),
  },
};
const EMPTY_NAME_SET = { ...NAME_SET, comment: null, context: null, localAddresses: [], blob: null };
const CLOUD_SET = {
  nameSpace: 39,
  serviceInstanceName: null,
  comment: null,
  context: null,
  localAddresses: [],
  blob: { scope: 3 },
};

/** PNRPINFO_V2 as above: up to dwFlags, the hint, enNameState, and the payload. */
const INFO_START = `50000000........${'pp'.repeat(8)}feffffff580200008051010006000000`;
const INFO_BYTES = `${INFO_START}01000000........${'pp'.repeat(8)}1c000000........000000000100000004000000........${'pp'.repeat(8)}`;
const TEXT_INFO_BYTES = `50000000........${'00'.repeat(8)}${'00'.repeat(16)}00000000........${'00'.repeat(8)}00000000........0000000002000000${'pp'.repeat(8)}${'.'.repeat(16)}`;
const NO_INFO_BYTES = `50000000........${'00'.repeat(8)}${'00'.repeat(16)}00000000........${'00'.repeat(8)}00000000........0000000000000000${'.'.repeat(32)}`;
const CLOUD_INFO_BYTES = `18000000170000000300000000000000${'00'.repeat(8)}`;

const STARTED = { function: 'WSAStartup', in: { wVersionRequested: 0x0202 } };
const CLEANED = { function: 'WSACleanup' };
const BEGUN = { function: 'WSALookupServiceBeginW' };
const NEXT = { function: 'WSALookupServiceNextW', bytes: { lpdwBufferLength: '00200000' } };
const ENDED = { function: 'WSALookupServiceEnd' };

/** WSALookupServiceBeginW's script for these results. @param {readonly unknown[]} results */
const giving = (...results) => ({ WSALookupServiceBeginW: { lphLookup: results } });

/** @type {readonly WinsockCase[]} */
const BOTH_WAYS = [
  {
    title: 'WSASetServiceW: everything given',
    act: started((addon, winsock) => call(addon, 'WSASetServiceW', winsock, NAME_SET, 0, 0)),
    handed: [
      STARTED,
      {
        function: 'WSASetServiceW',
        in: { essoperation: 0, dwControlFlags: 0 },
        bytes: {
          lpqsRegInfo: NAME_SET_BYTES,
          'lpqsRegInfo.lpszServiceInstanceName': AWKWARD_BYTES,
          'lpqsRegInfo.lpServiceClassId': NAME_CLASS,
          'lpqsRegInfo.lpszComment': AWKWARD_BYTES,
          'lpqsRegInfo.lpszContext': AWKWARD_BYTES,
          'lpqsRegInfo.lpcsaBuffer.0': LOCAL_BYTES,
          'lpqsRegInfo.lpcsaBuffer.1': LOCAL_BYTES,
          'lpqsRegInfo.lpBlob': `50000000........${'pp'.repeat(8)}`,
          'lpqsRegInfo.lpBlob.pBlobData': INFO_BYTES,
          'lpqsRegInfo.lpBlob.pBlobData.lpwszIdentity': AWKWARD_BYTES,
        },
      },
      CLEANED,
    ],
  },
  {
    title: 'WSASetServiceW: what pointers lead to',
    act: started((addon, winsock) => call(addon, 'WSASetServiceW', winsock, NAME_SET, 2, 0)),
    handed: [
      STARTED,
      {
        function: 'WSASetServiceW',
        in: {
          essoperation: 2,
          lpqsRegInfo: {
            lpcsaBuffer: [
              { LocalAddr: { lpSockaddr: ADDRESS_BYTES }, RemoteAddr: { lpSockaddr: null } },
              { LocalAddr: { lpSockaddr: OTHER_BYTES }, RemoteAddr: { lpSockaddr: null } },
            ],
            lpBlob: { pBlobData: { saHint: { lpSockaddr: OTHER_BYTES }, blobPayload: '0001feff' } },
          },
        },
      },
      CLEANED,
    ],
  },
  {
    title: 'WSASetServiceW: nothing given',
    act: started((addon, winsock) => call(addon, 'WSASetServiceW', winsock, EMPTY_NAME_SET, 0, 0)),
    handed: [STARTED, { function: 'WSASetServiceW', bytes: { lpqsRegInfo: EMPTY_NAME_SET_BYTES } }, CLEANED],
  },
  {
    title: 'WSASetServiceW: the most of everything',
    act: started((addon, winsock) => {
      const localAddresses = Array.from({ length: 10 }, () => ADDRESS);
      const blob = { ...NO_INFO, payload: new Uint8Array(4096).fill(0xa5) };
      return call(addon, 'WSASetServiceW', winsock, { ...NAME_SET, localAddresses, blob }, 0, 0);
    }),
    handed: [
      STARTED,
      {
        function: 'WSASetServiceW',
        in: {
          lpqsRegInfo: {
            lpcsaBuffer: Array.from({ length: 10 }, () => ({ LocalAddr: { lpSockaddr: ADDRESS_BYTES } })),
            lpBlob: { pBlobData: { blobPayload: 'a5'.repeat(4096) } },
          },
        },
      },
      CLEANED,
    ],
  },
  {
    title: 'WSASetServiceW: a payload that is a text, and an empty one',
    act: started(async (addon, winsock) => {
      for (const payload of [AWKWARD, '']) {
        await call(addon, 'WSASetServiceW', winsock, { ...EMPTY_NAME_SET, blob: { ...NO_INFO, payload } }, 0, 0);
      }
    }),
    handed: [
      STARTED,
      ...[AWKWARD_BYTES, '0000'].map((text) => ({
        function: 'WSASetServiceW',
        bytes: {
          'lpqsRegInfo.lpBlob.pBlobData': TEXT_INFO_BYTES,
          'lpqsRegInfo.lpBlob.pBlobData.pwszPayload': text,
        },
      })),
      CLEANED,
    ],
  },
  {
    title: 'WSALookupServiceBeginW: a name',
    act: looking({ ...EMPTY_NAME_SET, blob: NO_INFO }, async () => undefined),
    handed: [
      STARTED,
      {
        ...BEGUN,
        in: { dwControlFlags: 0xff0 },
        bytes: {
          'lpqsRestrictions.lpBlob.pBlobData': NO_INFO_BYTES,
          'lpqsRestrictions.lpServiceClassId': NAME_CLASS,
        },
      },
      ENDED,
      CLEANED,
    ],
  },
  {
    title: 'WSALookupServiceBeginW: clouds',
    act: looking(CLOUD_SET, async () => undefined),
    handed: [
      STARTED,
      {
        ...BEGUN,
        bytes: {
          lpqsRestrictions: CLOUD_SET_BYTES,
          'lpqsRestrictions.lpServiceClassId': CLOUD_CLASS,
          'lpqsRestrictions.lpBlob': `18000000........${'pp'.repeat(8)}`,
          'lpqsRestrictions.lpBlob.pBlobData': CLOUD_INFO_BYTES,
        },
      },
      ENDED,
      CLEANED,
    ],
  },
  {
    title: 'WSALookupServiceNextW: a name with everything',
    script: giving({
      lpszServiceInstanceName: AWKWARD,
      lpszComment: AWKWARD,
      dwNameSpace: 38,
      lpszContext: AWKWARD,
      lpcsaBuffer: [ADDRESS_BYTES, OTHER_BYTES, '02000050c0000201'].map((lpSockaddr) => ({
        RemoteAddr: { lpSockaddr: lpSockaddr.padEnd(32, '0'), iSockaddrLength: lpSockaddr.length / 2 },
      })),
      dwOutputFlags: 0x89abcdef,
      lpBlob: { cbSize: 80, pBlobData: { enExtendedPayloadType: 1, blobPayload: '0001feff' } },
    }),
    act: looking(EMPTY_NAME_SET, async (next) => readable(await next())),
    value: {
      serviceInstanceName: AWKWARD,
      comment: AWKWARD,
      context: AWKWARD,
      outputFlags: 0x89abcdef,
      remoteAddresses: [
        { ...ADDRESS, address: 'fe8000000000000001020304050607ff' },
        { ...OTHER, address: '20010db8000000000000000000000001' },
        { address: 'c0000201', port: 80, scopeId: 0 },
      ],
      blob: { payload: '0001feff' },
    },
    handed: [STARTED, BEGUN, { ...NEXT, in: { dwControlFlags: 0xff0 } }, ENDED, CLEANED],
  },
  {
    title: 'WSALookupServiceNextW: a name with nothing, with an empty text, and half a surrogate pair',
    script: giving(
      { dwNameSpace: 38 },
      {
        lpszComment: '',
        dwNameSpace: 38,
        lpBlob: { cbSize: 80, pBlobData: { enExtendedPayloadType: 2, pwszPayload: '' } },
      },
      { lpszComment: { utf16: '3dd84100' }, dwNameSpace: 38, lpBlob: { cbSize: 80, pBlobData: {} } },
    ),
    act: looking(EMPTY_NAME_SET, async (next) => {
      const results = [await next(), await next(), await next()];
      return [...results.slice(0, 2), [...results[2].comment].map((it) => it.codePointAt(0))];
    }),
    value: [NOTHING, { ...NOTHING, comment: '', blob: { payload: '' } }, [0xd83d, 0x41]],
  },
  {
    title: 'WSALookupServiceNextW: clouds, their end, and a change',
    script: giving(cloud(AWKWARD, { Scope: 3, ScopeId: 0xffffffff }, 6, 5), null, {
      ...cloud('Global_', { Scope: 1 }, 2, 4),
      dwOutputFlags: 0x20,
    }),
    act: looking(CLOUD_SET, async (next) => {
      const first = await next();
      const end = await next().catch((/** @type {{ hresult: number }} */ { hresult }) => hresult);
      return [first, end, await next()];
    }),
    value: [
      {
        ...NOTHING,
        serviceInstanceName: AWKWARD,
        blob: { scope: 3, scopeId: 0xffffffff, cloudState: 6, cloudFlags: 5 },
      },
      10_110,
      {
        ...NOTHING,
        serviceInstanceName: 'Global_',
        outputFlags: 0x20,
        blob: { scope: 1, scopeId: 0, cloudState: 2, cloudFlags: 4 },
      },
    ],
    handed: [STARTED, BEGUN, NEXT, NEXT, NEXT, ENDED, CLEANED],
  },
  {
    title: 'WSALookupServiceNextW: a result that needs more room',
    script: giving({ lpszComment: 'λ'.repeat(60_000), dwNameSpace: 38 }),
    act: looking(EMPTY_NAME_SET, async (next) => (await next()).comment === 'λ'.repeat(60_000)),
    value: true,
    handed: [STARTED, BEGUN, NEXT, { function: 'WSALookupServiceNextW' }, ENDED, CLEANED],
  },
  {
    title: 'WSALookupServiceNextW: a provider that never has enough',
    script: { WSALookupServiceNextW: { returns: 10_014 } },
    act: looking(EMPTY_NAME_SET, (next) => next()),
    error: { hresult: 10_014, operation: 'WSALookupServiceNextW' },
    handed: [
      STARTED,
      BEGUN,
      ...Array.from({ length: 8 }, () => ({ function: 'WSALookupServiceNextW' })),
      ENDED,
      CLEANED,
    ],
  },
  {
    title: 'WSALookupServiceNextW: one call at a time',
    script: giving(...Array.from({ length: 20 }, (_, at) => ({ lpszComment: `${at}`, dwNameSpace: 38 }))),
    act: looking(EMPTY_NAME_SET, async (next) => {
      const results = await Promise.all(Array.from({ length: 20 }, next));
      return results.map(({ comment }) => comment);
    }),
    value: Array.from({ length: 20 }, (_, at) => `${at}`),
  },
  {
    title: 'WSALookupServiceEnd: cancels what waits, and what waits behind that never comes to Windows',
    script: { WSALookupServiceNextW: { waits: true }, WSANSPIoctl: { signal: false } },
    act: started(async (addon, winsock) => {
      const lookup = await call(addon, 'WSALookupServiceBeginW', winsock, EMPTY_NAME_SET, 0);
      const waiting = Promise.allSettled([
        call(addon, 'WSALookupServiceNextW', lookup, 0),
        call(addon, 'WSALookupServiceNextW', lookup, 0),
        call(addon, 'WSANSPIoctl', lookup, SIO_NSP_NOTIFY_CHANGE),
        call(addon, 'WSANSPIoctl', lookup, SIO_NSP_NOTIFY_CHANGE),
      ]);
      await called({ WSALookupServiceNextW: 1, WSANSPIoctl: 1 });
      await call(addon, 'WSALookupServiceEnd', lookup);
      return (await waiting).map((it) => it.status === 'rejected' && it.reason.hresult);
    }),
    value: [10_111, 10_111, 10_111, 10_111],
  },
  {
    title: 'WSALookupServiceEnd: of more lookups than the pool has threads, all of which wait',
    script: { WSALookupServiceNextW: { waits: true } },
    act: started(async (addon, winsock) => {
      const beginning = Array.from({ length: 40 }, () =>
        call(addon, 'WSALookupServiceBeginW', winsock, EMPTY_NAME_SET, 0),
      );
      const lookups = await Promise.all(beginning);
      const waiting = Promise.allSettled(lookups.map((it) => call(addon, 'WSALookupServiceNextW', it, 0)));
      await called({ WSALookupServiceNextW: 40 });
      await Promise.all(lookups.map((it) => call(addon, 'WSALookupServiceEnd', it)));
      return (await waiting).filter((it) => it.status === 'rejected').length;
    }),
    value: 40,
  },
  {
    title: 'WSALookupServiceEnd: what has ended reaches Windows no more',
    act: started(async (addon, winsock) => {
      const lookup = await call(addon, 'WSALookupServiceBeginW', winsock, EMPTY_NAME_SET, 0);
      await call(addon, 'WSALookupServiceEnd', lookup);
      return call(addon, 'WSALookupServiceNextW', lookup, 0);
    }),
    error: { hresult: Number(codes.E_HANDLE?.code), operation: 'WSALookupServiceNextW' },
    handed: [STARTED, BEGUN, ENDED, CLEANED],
  },
  {
    title: 'WSANSPIoctl: an event tells, once a call',
    act: looking(EMPTY_NAME_SET, async (_next, ioctl) => [await ioctl(), await ioctl()].length),
    value: 2,
    handed: [
      STARTED,
      BEGUN,
      ...[0, 1].map(() => ({
        function: 'WSANSPIoctl',
        in: {
          dwControlCode: 0x88000019,
          lpvInBuffer: null,
          lpvOutBuffer: null,
          lpcbBytesReturned: null,
          lpCompletion: { Type: 2 },
          hEvent: true,
        },
        bytes: { 'lpCompletion.lpOverlapped': `${'00'.repeat(24)}${'.'.repeat(16)}` },
      })),
      ENDED,
      CLEANED,
    ],
  },
  {
    title: 'WSANSPIoctl: a change that is there already',
    script: { WSANSPIoctl: { returns: 0, signal: false } },
    act: looking(EMPTY_NAME_SET, async (_next, ioctl) => ioctl()),
    handed: [STARTED, BEGUN, { function: 'WSANSPIoctl' }, ENDED, CLEANED],
  },
  {
    title: 'WSAEnumNameSpaceProvidersW: how much room they need is asked first',
    script: {
      WSAEnumNameSpaceProvidersW: {
        lpnspBuffer: Array.from({ length: 50 }, (_, at) => ({
          dwNameSpace: at,
          fActive: at % 2,
          lpszIdentifier: AWKWARD,
        })),
      },
    },
    act: started((addon, winsock) => call(addon, 'WSAEnumNameSpaceProvidersW', winsock)),
    value: Array.from({ length: 50 }, (_, at) => ({ nameSpace: at, active: at % 2 === 1 })),
    handed: [
      STARTED,
      { function: 'WSAEnumNameSpaceProvidersW', bytes: { lpdwBufferLength: '00000000' } },
      { function: 'WSAEnumNameSpaceProvidersW' },
      CLEANED,
    ],
  },
];

/** How each function is come to. @type {Readonly<Record<string, Act>>} */
const FAILING = {
  WSAStartup: ({ addon }) => call(addon, 'WSAStartup'),
  WSACleanup: started(async () => undefined),
  WSAEnumNameSpaceProvidersW: started((addon, winsock) => call(addon, 'WSAEnumNameSpaceProvidersW', winsock)),
  WSASetServiceW: started((addon, winsock) => call(addon, 'WSASetServiceW', winsock, NAME_SET, 0, 0)),
  WSALookupServiceBeginW: looking(CLOUD_SET, async () => undefined),
  WSALookupServiceNextW: looking(EMPTY_NAME_SET, (next) => next()),
  WSANSPIoctl: looking(EMPTY_NAME_SET, (_next, ioctl) => ioctl()),
  WSALookupServiceEnd: looking(EMPTY_NAME_SET, async () => undefined),
};

/** What no page lists. */
const UNDOCUMENTED = {
  'an HRESULT': 0x80630001,
  'an unknown number': 0x8063ffff,
  'an unknown number of Winsock': 11_999,
};

/** The codes of the provider's list, whichever function has them, and undocumented ones. @type {readonly WinsockCase[]} */
const FAILURES = Object.entries(FAILING).flatMap(([name, act]) => {
  const errors = areas.find(({ area }) => area === 'winsock')?.functions.find((it) => it.name === name)?.errors ?? [];
  const documented = errors
    // Where it means that all is well so far.
    .filter((symbol) => symbol !== 'WSA_IO_PENDING' || name !== 'WSANSPIoctl')
    // It has no value in any header.
    .filter((symbol) => symbol !== 'WSAENOTIMPLEMENTED')
    .map((symbol) => [symbol, Number(codes[symbol]?.code)]);
  return Object.entries({ ...Object.fromEntries(documented), ...UNDOCUMENTED }).map(([what, returns]) => ({
    title: `${name}: ${what}`,
    script: { [name]: { returns } },
    act,
    error: { hresult: returns, operation: name },
    // What Windows refuses to end is not ended.
    kept: name === 'WSALookupServiceEnd' ? 1 : 0,
  }));
});

/** Chooses the backend. @param {import('winpeer').Platform} platform */
export const begin = async ({ winsock }) => (await winsock.lookupClouds()).close();

/** @type {readonly WinsockCase[]} */
export const CASES = [...BOTH_WAYS, ...FAILURES];

/** @param {string} hex */
function bytes(hex) {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** A result whose bytes are hexadecimal. @param {any} result */
function readable(result) {
  /** @param {Uint8Array} it */
  const hex = (it) => Buffer.from(it).toString('hex');
  return {
    ...result,
    remoteAddresses: result.remoteAddresses.map((/** @type {any} */ it) => ({ ...it, address: hex(it.address) })),
    blob: { payload: hex(result.blob.payload) },
  };
}

/** @param {string} name @param {object} id @param {number} state @param {number} flags */
function cloud(name, id, state, flags) {
  const Cloud = { AddressFamily: 23, ...id };
  return {
    lpszServiceInstanceName: name,
    dwNameSpace: 39,
    lpBlob: { cbSize: 24, pBlobData: { Cloud, enCloudState: state, enCloudFlags: flags } },
  };
}

/** @param {Addon} addon @param {string} name @param {readonly unknown[]} values */
function call(addon, name, ...values) {
  const found = addon[name];
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found(...values);
}

/** Between WSAStartup and WSACleanup. @param {(addon: Addon, winsock: unknown) => Promise<unknown>} act @returns {Act} */
function started(act) {
  return async ({ addon }) => {
    const winsock = await call(addon, 'WSAStartup');
    try {
      return await act(addon, winsock);
    } finally {
      await call(addon, 'WSACleanup', winsock);
    }
  };
}

/** In a lookup. @param {object} set @param {(next: () => Promise<any>, ioctl: () => Promise<void>) => Promise<unknown>} act @returns {Act} */
function looking(set, act) {
  return started(async (addon, winsock) => {
    const lookup = await call(addon, 'WSALookupServiceBeginW', winsock, set, 0xff0);
    try {
      return await act(
        () => call(addon, 'WSALookupServiceNextW', lookup, 0xff0),
        () => call(addon, 'WSANSPIoctl', lookup, SIO_NSP_NOTIFY_CHANGE),
      );
    } finally {
      await call(addon, 'WSALookupServiceEnd', lookup);
    }
  });
}
