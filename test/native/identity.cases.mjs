// What Windows Node.js does with `winpeer/identity` on the native backend; what the doubles answer; and what both sides
// must have seen.
import { createPublicKey, sign } from 'node:crypto';
import { areas, codes } from '../../scripts/inventory.mjs';
import { KEY } from './key.mjs';
import { privateKeyBlob, publicKeyBlob } from './key-blob.mjs';

/** @typedef {import('winpeer/identity').IdentityManager} IdentityManager */
/** @typedef {(loaded: { identity: IdentityManager, names: import('winpeer/names').Names }) => Promise<unknown>} Act */
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
const SIGNED = new Uint8Array([1, 2, 3]);

const FREED = { function: 'PeerFreeData' };
const ENDED = { function: 'PeerEndEnumeration' };
/** What `get` does. */
const LOOKED_UP = [{ function: 'PeerIdentityGetFriendlyName', bytes: { pwzIdentity: AWKWARD_BYTES } }, FREED];
const FRIENDLY = { PeerIdentityGetFriendlyName: { ppwzFriendlyName: 'ü' } };

/** @type {readonly IdentityCase[]} */
const BOTH_WAYS = [
  {
    title: 'create: awkward names',
    script: { PeerIdentityCreate: { ppwzIdentity: AWKWARD } },
    act: async ({ identity }) => pair(await identity.create({ classifier: AWKWARD, friendlyName: AWKWARD })),
    value: { peerName: AWKWARD, friendlyName: AWKWARD },
    handed: [
      {
        function: 'PeerIdentityCreate',
        in: { hCryptProv: null },
        bytes: { pwzClassifier: AWKWARD_BYTES, pwzFriendlyName: AWKWARD_BYTES },
      },
      FREED,
    ],
  },
  {
    title: 'create: nothing given',
    script: { PeerIdentityCreate: { ppwzIdentity: 'a.b' } },
    act: async ({ identity }) => pair(await identity.create()),
    value: { peerName: 'a.b', friendlyName: 'a.b' },
    handed: [
      { function: 'PeerIdentityCreate', in: { pwzClassifier: null, pwzFriendlyName: null, hCryptProv: null } },
      FREED,
    ],
  },
  {
    title: 'create: a key of one’s own',
    act: async ({ identity }) => {
      const privateKey = KEY.export({ format: 'der', type: 'pkcs8' });
      return (await identity.create({ classifier: '', privateKey })).peerName;
    },
    value: 'PeerIdentityCreate',
    handed: [
      {
        function: 'PeerIdentityCreate',
        in: { pwzClassifier: '', hCryptProv: publicKeyBlob(createPublicKey(KEY)).toString('hex') },
      },
      FREED,
    ],
  },
  {
    title: 'names.create: awkward texts, and null',
    script: { PeerCreatePeerName: { ppwzPeerName: AWKWARD } },
    act: async ({ names }) => [
      names.create(AWKWARD, AWKWARD),
      names.create(null, AWKWARD),
      names.create(AWKWARD, null),
    ],
    value: [AWKWARD, AWKWARD, AWKWARD],
    handed: [
      { function: 'PeerCreatePeerName', bytes: { pwzIdentity: AWKWARD_BYTES, pwzClassifier: AWKWARD_BYTES } },
      FREED,
      { function: 'PeerCreatePeerName', in: { pwzIdentity: null, pwzClassifier: AWKWARD } },
      FREED,
      { function: 'PeerCreatePeerName', in: { pwzIdentity: AWKWARD, pwzClassifier: null } },
      FREED,
    ],
  },
  {
    title: 'list: none',
    act: async ({ identity }) => (await identity.list()).map(pair),
    value: [],
    handed: [{ function: 'PeerEnumIdentities' }, { function: 'PeerGetItemCount' }, ENDED],
  },
  {
    title: 'list: more than one call brings',
    script: {
      PeerEnumIdentities: {
        phPeerEnum: numbered(300).map((it) => ({ pwzPeerName: it, pwzFriendlyName: AWKWARD })),
      },
    },
    act: async ({ identity }) => (await identity.list()).map(pair),
    value: numbered(300).map((peerName) => ({ peerName, friendlyName: AWKWARD })),
    handed: [
      { function: 'PeerEnumIdentities' },
      { function: 'PeerGetItemCount' },
      { function: 'PeerGetNextItem', in: { pCount: 256 } },
      FREED,
      { function: 'PeerGetNextItem', in: { pCount: 44 } },
      FREED,
      ENDED,
    ],
  },
  {
    title: 'default',
    script: { PeerIdentityGetDefault: { ppwzPeerName: AWKWARD }, ...FRIENDLY },
    act: async ({ identity }) => pair(await identity.default()),
    value: { peerName: AWKWARD, friendlyName: 'ü' },
    handed: [{ function: 'PeerIdentityGetDefault' }, FREED, ...LOOKED_UP],
  },
  {
    title: 'import: awkward texts',
    script: { PeerIdentityImport: { ppwzIdentity: AWKWARD }, ...FRIENDLY },
    act: async ({ identity }) => pair(await identity.import(AWKWARD, { password: AWKWARD })),
    value: { peerName: AWKWARD, friendlyName: 'ü' },
    handed: [
      { function: 'PeerIdentityImport', bytes: { pwzImportXML: AWKWARD_BYTES, pwzPassword: AWKWARD_BYTES } },
      FREED,
      ...LOOKED_UP,
    ],
  },
  onOne('rename: awkward text', async (it) => it.rename(AWKWARD).then(() => it.friendlyName), {
    value: AWKWARD,
    handed: [
      {
        function: 'PeerIdentitySetFriendlyName',
        bytes: { pwzIdentity: AWKWARD_BYTES, pwzFriendlyName: AWKWARD_BYTES },
      },
    ],
  }),
  onOne('rename: null', async (it) => it.rename(null).then(() => it.friendlyName), {
    value: AWKWARD,
    handed: [{ function: 'PeerIdentitySetFriendlyName', bytes: { pwzFriendlyName: '0000' } }],
  }),
  onOne('delete', (it) => it.delete(), {
    handed: [{ function: 'PeerIdentityDelete', bytes: { pwzIdentity: AWKWARD_BYTES } }],
  }),
  onOne('toXml', (it) => it.toXml(), {
    script: { PeerIdentityGetXML: { ppwzIdentityXML: AWKWARD } },
    value: AWKWARD,
    handed: [{ function: 'PeerIdentityGetXML', bytes: { pwzIdentity: AWKWARD_BYTES } }, FREED],
  }),
  onOne('export: awkward password', (it) => it.export({ password: AWKWARD }), {
    script: { PeerIdentityExport: { ppwzExportXML: AWKWARD } },
    value: AWKWARD,
    handed: [
      { function: 'PeerIdentityExport', bytes: { pwzIdentity: AWKWARD_BYTES, pwzPassword: AWKWARD_BYTES } },
      FREED,
    ],
  }),
  onOne('groups', (it) => it.groups(), {
    script: { PeerEnumGroups: { phPeerEnum: [{ pwzPeerName: AWKWARD, pwzFriendlyName: '' }] } },
    value: [{ peerName: AWKWARD, friendlyName: '' }],
    handed: [
      { function: 'PeerEnumGroups', bytes: { pwzIdentity: AWKWARD_BYTES } },
      { function: 'PeerGetItemCount' },
      { function: 'PeerGetNextItem', in: { pCount: 1 } },
      FREED,
      ENDED,
    ],
  }),
  onOne(
    'cryptKey: knows its key, and signs',
    async (it) => {
      const key = await it.cryptKey();
      const [publicKey, signature] = [key.publicKey, await key.sign('sha1', SIGNED)];
      key.close();
      return [key.bits, hex(publicKey), hex(signature)];
    },
    {
      script: { PeerIdentityGetCryptKey: { phCryptProv: privateKeyBlob(KEY).toString('hex') } },
      value: [1024, hex(createPublicKey(KEY).export({ format: 'der', type: 'spki' })), hex(sign('sha1', SIGNED, KEY))],
      handed: [{ function: 'PeerIdentityGetCryptKey', bytes: { pwzIdentity: AWKWARD_BYTES } }],
    },
  ),
];

/** Five calls a list, many at a time; nothing may be kept. @type {IdentityCase} */
const TEN_THOUSAND_CALLS = {
  title: 'ten thousand calls',
  script: { PeerEnumIdentities: { phPeerEnum: [{ pwzPeerName: 'a', pwzFriendlyName: 'b' }] } },
  act: async ({ identity }) => {
    let listed = 0;
    for (let round = 0; round < 50; round++) {
      const lists = await Promise.all(Array.from({ length: 40 }, () => identity.list()));
      listed += lists.flat().length;
    }
    return listed;
  },
  value: 2000,
};

/** What comes to each function. @type {Readonly<Record<string, Act>>} */
const REACHES = {
  PeerCreatePeerName: async ({ names }) => names.create('a', 'b'),
  PeerIdentityCreate: ({ identity }) => identity.create(),
  PeerEnumIdentities: ({ identity }) => identity.list(),
  PeerGetItemCount: ({ identity }) => identity.list(),
  PeerGetNextItem: ({ identity }) => identity.list(),
  PeerEndEnumeration: ({ identity }) => identity.list(),
  PeerIdentityGetDefault: ({ identity }) => identity.default(),
  PeerIdentityGetFriendlyName: ({ identity }) => identity.get('a'),
  PeerIdentityImport: ({ identity }) => identity.import('<x/>', { password: 'p' }),
  PeerIdentitySetFriendlyName: async ({ identity }) => (await identity.get('a')).rename(null),
  PeerIdentityDelete: async ({ identity }) => (await identity.get('a')).delete(),
  PeerIdentityGetXML: async ({ identity }) => (await identity.get('a')).toXml(),
  PeerIdentityExport: async ({ identity }) => (await identity.get('a')).export({ password: 'p' }),
  PeerEnumGroups: async ({ identity }) => (await identity.get('a')).groups(),
  PeerIdentityGetCryptKey: async ({ identity }) => (await identity.get('a')).cryptKey(),
};

/** Raw Win32 codes in the place of an HRESULT, and a number that no header names. */
const UNDOCUMENTED = [
  { returns: 303, error: { code: 'ERROR_DELETE_PENDING', hresult: 0x8007012f, win32: 303 } },
  { returns: 0x8063ffff, error: { code: '0x8063ffff', hresult: 0x8063ffff } },
];

/** Every function's documented codes, and undocumented ones. @type {readonly IdentityCase[]} */
const FAILURES = areas
  .filter(({ area }) => area === 'identity')
  .flatMap(({ functions }) => functions)
  .flatMap(({ name, errors }) => {
    const act = REACHES[name];
    if (act === undefined) return [];
    const documented = errors.map((symbol) => ({ returns: Number(codes[symbol]?.code), error: peerError(symbol) }));
    return [...documented, ...UNDOCUMENTED].map(({ returns, error }) => ({
      title: `${name}: ${error.code}`,
      script: { PeerEnumIdentities: { phPeerEnum: [{ pwzPeerName: 'a', pwzFriendlyName: 'a' }] }, [name]: { returns } },
      act,
      error: { name: 'PeerError', operation: name, ...error },
      // What Windows refuses to end is not ended.
      kept: name === 'PeerEndEnumeration' ? 1 : 0,
    }));
  });

/** @type {readonly IdentityCase[]} */
export const CASES = [...BOTH_WAYS, ...FAILURES, TEN_THOUSAND_CALLS];

/**
 * A case of one identity, which is looked up first.
 * @param {string} title @param {(it: import('winpeer/identity').Identity) => Promise<unknown>} act
 * @param {Omit<IdentityCase, 'title' | 'act'>} rest @returns {IdentityCase}
 */
function onOne(title, act, { script = {}, handed = [], ...rest }) {
  return {
    title,
    script: { ...FRIENDLY, ...script },
    act: async ({ identity }) => act(await identity.get(AWKWARD)),
    handed: [...LOOKED_UP, ...handed],
    ...rest,
  };
}

/** @param {string} symbol */
function peerError(symbol) {
  const number = Number(codes[symbol]?.code);
  // The same number as an HRESULT and raw: the HRESULT's symbol is the one that it has.
  return symbol === 'ERROR_INVALID_HANDLE'
    ? { code: 'E_HANDLE', hresult: 0x80070006, win32: 6 }
    : { code: symbol, hresult: number };
}

/** @param {import('winpeer/identity').Identity} it */
function pair({ peerName, friendlyName }) {
  return { peerName, friendlyName };
}

/** In the order in which texts are sorted. @param {number} count */
function numbered(count) {
  return Array.from({ length: count }, (_, at) => `${String(at).padStart(3, '0')}.${AWKWARD}`);
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Buffer.from(bytes).toString('hex');
}
