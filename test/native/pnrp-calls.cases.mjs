// What Windows Node.js does with the addon's PNRP calls, each of which stands for one Windows function; what the doubles
// answer; and what both sides must have seen.
import { areas, codes } from '../../scripts/inventory.mjs';

/** @typedef {import('../../lib/backend/native/addon.ts').WholeAddon} Addon */
/** @typedef {import('../../lib/backend/native/addon.ts').PnrpSession} Session */
/** @typedef {(loaded: { addon: Addon }) => unknown} Act */
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
const LONG = 'λ'.repeat(60_000);
/** SOCKADDR_IN: family, port, address, zeros. */
const FOUR = '02001234c00002010000000000000000';

const FREED = { function: 'PeerFreeData' };
const STARTED = { function: 'PeerPnrpStartup' };
const SHUT_DOWN = { function: 'PeerPnrpShutdown' };

/** Functions that take a text and give one. */
const TEXTS = /** @type {const} */ ({
  PeerNameToPeerHostName: { takes: 'pwzPeerName', gives: 'ppwzHostName' },
  PeerHostNameToPeerName: { takes: 'pwzHostName', gives: 'ppwzPeerName' },
});

/** @type {readonly PnrpCase[]} */
const TEXT_CASES = Object.entries(TEXTS).flatMap(([name, { takes, gives }]) => {
  const call = /** @type {keyof typeof TEXTS} */ (name);
  /** @param {string} kind @param {string} text @param {string} [bytes] @returns {PnrpCase} */
  const both = (kind, text, bytes) => ({
    title: `${name}: ${kind} texts`,
    script: { [name]: { [gives]: text } },
    act: ({ addon }) => addon[call](text),
    value: text,
    handed: [{ function: name, in: { [takes]: text }, bytes: bytes === undefined ? {} : { [takes]: bytes } }, FREED],
  });
  return [
    both('awkward', AWKWARD, AWKWARD_BYTES),
    both('empty', '', '0000'),
    both('long', LONG),
    {
      title: `${name}: half a surrogate pair back`,
      script: { [name]: { [gives]: { utf16: '3dd84100' } } },
      act: async ({ addon }) => [...(await addon[call]('a'))].map((it) => it.codePointAt(0)),
      value: [0xd83d, 0x41],
    },
    {
      title: `${name}: a success that is not S_OK`,
      script: { [name]: { returns: 0x00630005, [gives]: 'x' } },
      act: ({ addon }) => addon[call]('a'),
      value: 'x',
      handed: [{ function: name }, FREED],
    },
  ];
});

/** @type {readonly PnrpCase[]} */
const OTHER_CASES = [
  {
    title: 'PeerPnrpRegister: an IPv4 address',
    act: ({ addon }) =>
      inSession(addon, async (session) => {
        const addresses = [{ address: new Uint8Array([192, 0, 2, 1]), port: 0x1234, scopeId: 0 }];
        const info = { cloudName: '', publishingIdentity: '', addresses, port: 0, comment: '', payload: null };
        await addon.PeerPnrpUnregister(await addon.PeerPnrpRegister(session, AWKWARD, info));
      }),
    handed: [
      STARTED,
      {
        function: 'PeerPnrpRegister',
        in: {
          pRegistrationInfo: {
            pwzCloudName: '',
            pwzPublishingIdentity: '',
            ppAddresses: [FOUR],
            pwzComment: '',
            payload: null,
          },
        },
        bytes: { pcwzPeerName: AWKWARD_BYTES },
      },
      { function: 'PeerPnrpUnregister' },
      SHUT_DOWN,
    ],
  },
  {
    title: 'PeerPnrpStartResolve: what Windows finds, then its error',
    script: {
      PeerPnrpStartResolve: {
        phResolve: [{ pwzPeerName: '', ppAddresses: [FOUR], pwzComment: '', payload: '' }, { pwzPeerName: LONG }],
      },
    },
    act: ({ addon }) => heard(addon),
    value: [
      {
        peerName: '',
        addresses: [{ address: { 0: 192, 1: 0, 2: 2, 3: 1 }, port: 0x1234, scopeId: 0 }],
        comment: '',
        payload: {},
      },
      { peerName: LONG, addresses: [], comment: null, payload: null },
      { hresult: 0x80634003, operation: 'PeerPnrpGetEndpoint' },
    ],
  },
  {
    title: 'PeerPnrpGetEndpoint: no endpoint where it succeeds is an error',
    script: { PeerPnrpGetEndpoint: { ppEndpoint: null } },
    act: ({ addon }) => heard(addon),
    value: [{ hresult: 0x8000ffff, operation: 'PeerPnrpGetEndpoint' }],
  },
];

/** What fails where nothing else does. @type {Readonly<Record<string, Act>>} */
const REACHES = {
  PeerNameToPeerHostName: ({ addon }) => addon.PeerNameToPeerHostName('a'),
  PeerHostNameToPeerName: ({ addon }) => addon.PeerHostNameToPeerName('a'),
  PeerPnrpStartup: ({ addon }) => addon.PeerPnrpStartup(2),
  PeerPnrpShutdown: async ({ addon }) => addon.PeerPnrpShutdown(await addon.PeerPnrpStartup(2)),
};

/** A raw Win32 code in the place of an HRESULT, and a number that no header names: both as they are. */
const UNDOCUMENTED = [
  ['a raw Win32 code', 303],
  ['an unknown code', 0x8063ffff],
];

/** @type {readonly PnrpCase[]} */
const FAILURES = areas
  .filter(({ area }) => area === 'pnrp')
  .flatMap(({ functions }) => functions)
  .flatMap(({ name, errors }) => {
    const act = REACHES[name];
    if (act === undefined) return [];
    const documented = errors.map((symbol) => [symbol, Number(codes[symbol]?.code)]);
    return [...documented, ...UNDOCUMENTED].map(([what, returns]) => ({
      title: `${name}: ${what}`,
      script: { [name]: { returns } },
      act,
      error: { hresult: returns, operation: name },
    }));
  });

/** @type {readonly PnrpCase[]} */
export const CASES = [...TEXT_CASES, ...OTHER_CASES, ...FAILURES];

/** @template T @param {Addon} addon @param {(session: Session) => Promise<T>} act */
async function inSession(addon, act) {
  const session = await addon.PeerPnrpStartup(2);
  try {
    return await act(session);
  } finally {
    await addon.PeerPnrpShutdown(session);
  }
}

/** All that a search's listener hears. @param {Addon} addon */
function heard(addon) {
  return inSession(addon, async (session) => {
    /** @type {unknown[]} */
    const all = [];
    // A search alone would not.
    addon.hold(true);
    const resolution = await new Promise((resolve, reject) => {
      const started = addon.PeerPnrpStartResolve(session, '0.a', null, 9, (error, endpoint) => {
        all.push(endpoint ?? { ...error });
        if (error !== null) resolve(started);
      });
      started.catch(reject);
    });
    addon.hold(false);
    await addon.PeerPnrpEndResolve(resolution);
    return all;
  });
}
