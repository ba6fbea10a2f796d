// What Windows Node.js does with the addon's identity calls, each of which stands for one Windows function; what the
// doubles answer; and what both sides must have seen.
import { createPublicKey, sign } from 'node:crypto';
import { areas, codes } from '../../scripts/inventory.mjs';
import { KEY } from './key.mjs';
import { privateKeyBlob, publicKeyBlob } from './key-blob.mjs';

/** @typedef {Readonly<Record<string, (...values: readonly unknown[]) => Promise<any>>>} Addon */
/** @typedef {(loaded: { addon: Addon }) => Promise<unknown>} Act */
/** @typedef {{ function: string, in?: object, bytes?: object }} Handed */
/**
 * @typedef {{
 *   title: string, script?: import('./stage.ts').Script, act: Act, value?: unknown, error?: object,
 *   handed?: readonly Handed[], kept?: number,
 * }} IdentityCase
 */

/** Outside ASCII, within the first 65,536 characters and beyond; and UTF-16, little-endian, with its end. */
const AWKWARD = 'Grüße 日 😀';
const AWKWARD_BYTES = '47007200fc00df0065002000e56520003dd800de0000';
const LONG = 'λ'.repeat(60_000);

const PROV_RSA_FULL = 1;
const CRYPT_VERIFYCONTEXT = 0xf0000000;
const PUBLICKEYBLOB = 6;
const CALG_SHA1 = 0x8004;
const SIGNED = new Uint8Array([1, 2, 3]);

/** Functions that take texts and give one: what takes them, null where it may be, and where the text goes. */
const TEXTS = /** @type {const} */ ({
  PeerIdentityGetFriendlyName: { takes: { pwzIdentity: null }, gives: 'ppwzFriendlyName' },
  PeerCreatePeerName: { takes: { pwzIdentity: null, pwzClassifier: null }, gives: 'ppwzPeerName' },
  PeerIdentityGetXML: { takes: { pwzIdentity: null }, gives: 'ppwzIdentityXML' },
  PeerIdentityExport: { takes: { pwzIdentity: null, pwzPassword: 'p' }, gives: 'ppwzExportXML' },
  PeerIdentityImport: { takes: { pwzImportXML: '<x/>', pwzPassword: 'p' }, gives: 'ppwzIdentity' },
  PeerIdentityGetDefault: { takes: {}, gives: 'ppwzPeerName' },
});

const FREED = { function: 'PeerFreeData' };
const COUNTED = { function: 'PeerGetItemCount' };
const DRAWN = { function: 'PeerGetNextItem', bytes: { pCount: '02000000' } };
const ENDED = { function: 'PeerEndEnumeration' };

/** @type {readonly IdentityCase[]} */
const TEXT_CASES = Object.entries(TEXTS).flatMap(([name, { takes, gives }]) => {
  const parameters = Object.keys(takes);
  /** @param {unknown} value */
  const each = (value) => Object.fromEntries(parameters.map((parameter) => [parameter, value]));
  /** @param {string} kind @param {string} text @param {string} [bytes] @returns {IdentityCase} */
  const both = (kind, text, bytes) => ({
    title: `${name}: ${kind} texts`,
    script: { [name]: { [gives]: text } },
    act: ({ addon }) => call(addon, name, ...parameters.map(() => text)),
    value: text,
    handed: [{ function: name, in: each(text), bytes: bytes === undefined ? {} : each(bytes) }, FREED],
  });
  return [
    both('awkward', AWKWARD, AWKWARD_BYTES),
    both('empty', '', '0000'),
    both('long', LONG),
    {
      title: `${name}: null where it may be, and half a surrogate pair back`,
      script: { [name]: { [gives]: { utf16: '3dd84100' } } },
      act: async ({ addon }) => [...(await call(addon, name, ...Object.values(takes)))].map((it) => it.codePointAt(0)),
      value: [0xd83d, 0x41],
      handed: [{ function: name, in: takes }, FREED],
    },
  ];
});

/** @type {readonly IdentityCase[]} */
const OTHER_CASES = [
  {
    title: 'PeerIdentityCreate: awkward names and a key',
    script: { PeerIdentityCreate: { ppwzIdentity: AWKWARD } },
    act: async ({ addon }) => {
      const provider = await call(addon, 'CryptAcquireContext', '', PROV_RSA_FULL, CRYPT_VERIFYCONTEXT);
      await call(addon, 'CryptImportKey', provider, new Uint8Array(privateKeyBlob(KEY)), 0);
      const identity = await call(addon, 'PeerIdentityCreate', AWKWARD, AWKWARD, provider);
      await call(addon, 'CryptReleaseContext', provider);
      return identity;
    },
    value: AWKWARD,
    handed: [
      {
        function: 'PeerIdentityCreate',
        in: { hCryptProv: publicKeyBlob(createPublicKey(KEY)).toString('hex') },
        bytes: { pwzClassifier: AWKWARD_BYTES, pwzFriendlyName: AWKWARD_BYTES },
      },
      FREED,
    ],
  },
  {
    title: 'PeerIdentityCreate: nothing given',
    script: { PeerIdentityCreate: { ppwzIdentity: 'a' } },
    act: ({ addon }) => call(addon, 'PeerIdentityCreate', null, null, null),
    value: 'a',
    handed: [
      { function: 'PeerIdentityCreate', in: { pwzClassifier: null, pwzFriendlyName: null, hCryptProv: null } },
      FREED,
    ],
  },
  {
    title: 'PeerIdentitySetFriendlyName: awkward texts',
    act: ({ addon }) => call(addon, 'PeerIdentitySetFriendlyName', AWKWARD, AWKWARD),
    handed: [
      {
        function: 'PeerIdentitySetFriendlyName',
        bytes: { pwzIdentity: AWKWARD_BYTES, pwzFriendlyName: AWKWARD_BYTES },
      },
    ],
  },
  {
    title: 'PeerIdentitySetFriendlyName: null and empty',
    act: ({ addon }) => call(addon, 'PeerIdentitySetFriendlyName', null, ''),
    handed: [
      { function: 'PeerIdentitySetFriendlyName', in: { pwzIdentity: null }, bytes: { pwzFriendlyName: '0000' } },
    ],
  },
  {
    title: 'PeerIdentityDelete: awkward text',
    act: ({ addon }) => call(addon, 'PeerIdentityDelete', AWKWARD),
    handed: [{ function: 'PeerIdentityDelete', bytes: { pwzIdentity: AWKWARD_BYTES } }],
  },
  {
    title: 'PeerIdentityGetCryptKey: the key that Windows gives is known and signs',
    script: { PeerIdentityGetCryptKey: { phCryptProv: privateKeyBlob(KEY).toString('hex') } },
    act: async ({ addon }) => {
      const provider = await call(addon, 'PeerIdentityGetCryptKey', AWKWARD);
      const key = await call(addon, 'CryptExportKey', provider, PUBLICKEYBLOB);
      const signature = await call(addon, 'CryptSignHash', provider, CALG_SHA1, SIGNED);
      await call(addon, 'CryptReleaseContext', provider);
      return [key, signature.reverse()].map((it) => Buffer.from(it).toString('hex'));
    },
    value: [publicKeyBlob(createPublicKey(KEY)), sign('sha1', SIGNED, KEY)].map((it) => it.toString('hex')),
    handed: [{ function: 'PeerIdentityGetCryptKey', bytes: { pwzIdentity: AWKWARD_BYTES } }],
  },
  ...[0, 1, 2, 3, 3000].map((count) => {
    const pairs = Array.from({ length: count }, (_, at) => ({ peerName: `${at}.${AWKWARD}`, friendlyName: AWKWARD }));
    return {
      title: `PeerEnumIdentities: ${count} pairs, two at a time`,
      script: { PeerEnumIdentities: { phPeerEnum: pairs.map(namePair) } },
      act: (/** @type {{ addon: Addon }} */ { addon }) => enumerated(addon, 'PeerEnumIdentities'),
      value: [count, ...pairs],
      handed: [{ function: 'PeerEnumIdentities' }, COUNTED, ...drained(count), ENDED],
    };
  }),
  {
    title: 'PeerEnumGroups: awkward text, and an empty and a long one back',
    script: { PeerEnumGroups: { phPeerEnum: [namePair({ peerName: '', friendlyName: LONG })] } },
    act: ({ addon }) => enumerated(addon, 'PeerEnumGroups', AWKWARD),
    value: [1, { peerName: '', friendlyName: LONG }],
    handed: [{ function: 'PeerEnumGroups', bytes: { pwzIdentity: AWKWARD_BYTES } }, COUNTED, ...drained(1), ENDED],
  },
  {
    title: 'PeerEndEnumeration: what has ended reaches Windows no more',
    act: async ({ addon }) => {
      const enumeration = await call(addon, 'PeerEnumIdentities');
      await call(addon, 'PeerEndEnumeration', enumeration);
      return call(addon, 'PeerGetNextItem', enumeration, 1);
    },
    error: { hresult: Number(codes.E_HANDLE?.code), operation: 'PeerGetNextItem' },
    handed: [{ function: 'PeerEnumIdentities' }, ENDED],
  },
];

/** How each function is come to. @type {Readonly<Record<string, Act>>} */
const FAILING = {
  ...Object.fromEntries(
    Object.entries(TEXTS).map(([name, { takes }]) => [
      name,
      (/** @type {{ addon: Addon }} */ { addon }) => call(addon, name, ...Object.values(takes)),
    ]),
  ),
  PeerIdentityCreate: ({ addon }) => call(addon, 'PeerIdentityCreate', null, null, null),
  PeerIdentitySetFriendlyName: ({ addon }) => call(addon, 'PeerIdentitySetFriendlyName', null, ''),
  PeerIdentityGetCryptKey: ({ addon }) => call(addon, 'PeerIdentityGetCryptKey', null),
  PeerIdentityDelete: ({ addon }) => call(addon, 'PeerIdentityDelete', 'a'),
  PeerEnumIdentities: ({ addon }) => call(addon, 'PeerEnumIdentities'),
  PeerEnumGroups: ({ addon }) => call(addon, 'PeerEnumGroups', 'a'),
  PeerGetItemCount: ({ addon }) => enumerated(addon, 'PeerEnumIdentities'),
  PeerGetNextItem: ({ addon }) => enumerated(addon, 'PeerEnumIdentities'),
  PeerEndEnumeration: ({ addon }) => enumerated(addon, 'PeerEnumIdentities'),
};

/** Raw Win32 codes in the place of an HRESULT, and a number that no header names. */
const UNDOCUMENTED = {
  'a raw ERROR_INVALID_HANDLE': 6,
  'a raw ERROR_DELETE_PENDING': 303,
  'an unknown number': 0x8063ffff,
};

/** Every function's documented codes, and undocumented ones. @type {readonly IdentityCase[]} */
const FAILURES = areas
  .filter(({ area }) => area === 'identity')
  .flatMap(({ functions }) => functions)
  // It gives nothing to fail with.
  .filter(({ name }) => name !== 'PeerFreeData')
  .flatMap(({ name, errors }) => {
    const documented = Object.fromEntries(errors.map((symbol) => [symbol, Number(codes[symbol]?.code)]));
    return Object.entries({ ...documented, ...UNDOCUMENTED }).map(([what, returns]) => ({
      title: `${name}: ${what}`,
      script: { [name]: { returns } },
      act: (/** @type {{ addon: Addon }} */ { addon }) => call(FAILING, name, { addon }),
      error: { hresult: returns, operation: name },
      // What Windows refuses to end is not ended.
      kept: name === 'PeerEndEnumeration' ? 1 : 0,
    }));
  });

/** @type {readonly IdentityCase[]} */
export const CASES = [...TEXT_CASES, ...OTHER_CASES, ...FAILURES];

/** @param {Readonly<Record<string, (...values: any[]) => Promise<any>>>} functions @param {string} name @param {readonly unknown[]} values */
function call(functions, name, ...values) {
  const found = functions[name];
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found(...values);
}

/** The count, then the items two at a time. @param {Addon} addon @param {string} name @param {readonly unknown[]} values */
async function enumerated(addon, name, ...values) {
  const enumeration = await call(addon, name, ...values);
  const got = [];
  try {
    got.push(await call(addon, 'PeerGetItemCount', enumeration));
    for (let items; items === undefined || items.length === 2; got.push(...items)) {
      items = await call(addon, 'PeerGetNextItem', enumeration, 2);
    }
  } finally {
    await call(addon, 'PeerEndEnumeration', enumeration);
  }
  return got;
}

/** How so many items are drawn two at a time: the last time brings fewer, or none. @param {number} count @returns {Handed[]} */
function drained(count) {
  const pairs = Array.from({ length: Math.floor(count / 2) }, () => [DRAWN, FREED]).flat();
  return count % 2 === 1 ? [...pairs, DRAWN, FREED] : [...pairs, DRAWN];
}

/** @param {{ peerName: string, friendlyName: string }} pair */
function namePair({ peerName, friendlyName }) {
  return { pwzPeerName: peerName, pwzFriendlyName: friendlyName };
}
