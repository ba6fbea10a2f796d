import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { AuthorityBuffer } from '#fallback/pnrp/authority-buffer';
import type { Cpa } from '#fallback/pnrp/cpa';
import type { ExtendedPayload } from '#fallback/pnrp/extended-payload';
import type { PnrpMessage } from '#fallback/pnrp/messages';
import type { RouteEntry } from '#fallback/pnrp/route-entry';
import { byteStringFromHex } from '#fallback/wire/byte-string';
import { packAddress } from '#fallback/wire/ipv6';
import vectors from '../vectors/pnrp.json' with { type: 'json' };

export { vectors };

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** The nodes of the vectors. */
export const HEX_ID = vectors['B-3'];
export const ID = {
  a: byteStringFromHex(HEX_ID.a),
  b: byteStringFromHex(HEX_ID.b),
  c: byteStringFromHex(HEX_ID.c),
  target: byteStringFromHex(HEX_ID.target),
} as const;
export const ENDPOINT = {
  a: { address: packAddress('2001:db8:1:2::10'), port: 3540 },
  b: { address: packAddress('2001:db8:aaaa:1::20'), port: 3540 },
  c: { address: packAddress('2001:db8:bbbb:1::30'), port: 3540 },
} as const;
export const ENTRY_A: RouteEntry = { pnrpId: ID.a, port: 3540, addresses: [ENDPOINT.a.address] };
export const ENTRY_B: RouteEntry = { pnrpId: ID.b, port: 3540, addresses: [ENDPOINT.b.address] };

const SYNC_NONCE = bytes(vectors.inputs.syncNonce);
export const SYNC_HASH = bytes(vectors.inputs.syncNonceHash);
export const INQUIRE_NONCE = bytes(vectors.inputs.inquireNonce);
const NOT_AFTER = BigInt(vectors.inputs.notAfter);
export const PUBLIC_KEY = bytes(vectors['B-1'].publicKey);
export const TEST_HASH = bytes('87f8ed9157125ffc4da9e06a7b8011ad80a53fe1');
const NO_SIGNATURE = new Uint8Array(128);

/** The values behind the vectors, by vector. */
export const MESSAGES: readonly (readonly [vector: string, hex: string, value: PnrpMessage])[] = [
  ['B-5', vectors['B-5'].solicit, { type: 'SOLICIT', messageId: 0x01020304, hashedNonce: SYNC_HASH }],
  [
    'B-6',
    vectors['B-6'].solicit,
    { type: 'SOLICIT', messageId: 0x01020305, solicitType: 0, routeEntry: ENTRY_A, hashedNonce: SYNC_HASH },
  ],
  [
    'B-7',
    vectors['B-7'].advertise,
    {
      type: 'ADVERTISE',
      messageId: 0x11121314,
      ackedMessageId: 0x01020305,
      pnrpIds: [ID.b, ID.c],
      hashedNonce: SYNC_HASH,
    },
  ],
  [
    'B-7 without IDs',
    vectors['B-7'].empty,
    { type: 'ADVERTISE', messageId: 0x11121315, ackedMessageId: 0x01020304, pnrpIds: [], hashedNonce: SYNC_HASH },
  ],
  ['B-8', vectors['B-8'].request, { type: 'REQUEST', messageId: 0x01020306, nonce: SYNC_NONCE, pnrpIds: [ID.b, ID.c] }],
  ['B-8 ACK', vectors['B-8'].ack, { type: 'ACK', messageId: 0x11121316, ackedMessageId: 0x01020306, notFound: false }],
  [
    'B-9',
    vectors['B-9'].flood,
    {
      type: 'FLOOD',
      messageId: 0x11121317,
      doNotAck: true,
      validatePnrpId: ID.a,
      routeEntry: ENTRY_B,
      alreadyFloodedList: [],
    },
  ],
  [
    'B-10',
    vectors['B-10'].flood,
    {
      type: 'FLOOD',
      messageId: 0x21222324,
      doNotAck: false,
      validatePnrpId: ID.c,
      routeEntry: ENTRY_A,
      alreadyFloodedList: [ENDPOINT.b, ENDPOINT.c],
    },
  ],
  ['B-10 ACK', vectors['B-10'].ack, { type: 'ACK', messageId: 0x31323334, ackedMessageId: 0x21222324, notFound: true }],
  [
    'B-11',
    vectors['B-11'].lookup,
    {
      type: 'LOOKUP',
      messageId: 0x41424344,
      acceptAny: true,
      precision: 0,
      criteria: 1,
      reasonCode: 0,
      targetPnrpId: ID.target,
      validatePnrpId: ID.c,
      flaggedPath: [ENDPOINT.a],
    },
  ],
  [
    'B-12',
    vectors['B-12'].lookup,
    {
      type: 'LOOKUP',
      messageId: 0x41424345,
      acceptAny: false,
      precision: 0,
      criteria: 0,
      reasonCode: 1,
      targetPnrpId: `${ID.a.slice(0, -1)}\xf0`,
      validatePnrpId: ID.c,
      routeEntry: ENTRY_A,
      flaggedPath: [ENDPOINT.a],
    },
  ],
  ['B-13', vectors['B-13'].padded, authorityMessage(0x51525354, 0x41424344, vectors['B-13'].padded)],
  ['B-13 unpadded', vectors['B-13'].unpadded, authorityMessage(0x51525354, 0x41424344, vectors['B-13'].unpadded)],
  [
    'B-14',
    vectors['B-14'].liveness,
    {
      type: 'INQUIRE',
      messageId: 0x61626363,
      cpa: false,
      extendedPayload: false,
      certChain: false,
      lowBits: 0,
      validatePnrpId: ID.b,
    },
  ],
  [
    'B-14 with nonce',
    vectors['B-14'].nonce,
    {
      type: 'INQUIRE',
      messageId: 0x61626364,
      cpa: true,
      extendedPayload: true,
      certChain: true,
      lowBits: 0,
      validatePnrpId: ID.b,
      nonce: INQUIRE_NONCE,
    },
  ],
  ['B-15', vectors['B-15'].padded, authorityMessage(0x51525355, 0x61626364, vectors['B-15'].padded)],
  ['B-15 unpadded', vectors['B-15'].unpadded, authorityMessage(0x51525355, 0x61626364, vectors['B-15'].unpadded)],
  [
    'B-17',
    vectors['B-17'].prefix + vectors['B-17'].buffer,
    authorityMessage(0x51525356, 0x61626364, vectors['B-17'].prefix + vectors['B-17'].buffer),
  ],
];

/** The AUTHORITY of one fragment whose bytes are `hex`. */
function authorityMessage(messageId: number, ackedMessageId: number, hex: string): PnrpMessage {
  const fragment = bytes(hex.slice(56));
  return { type: 'AUTHORITY', messageId, ackedMessageId, size: fragment.length, offset: 0, fragment };
}

/** B-16. */
export const CPA: Cpa = {
  revoke: false,
  hasExtendedPayload: false,
  notAfter: NOT_AFTER,
  serviceLocation: HEX_ID.b.slice(32),
  nonce: INQUIRE_NONCE,
  classifierHash: TEST_HASH,
  serviceAddresses: [ENDPOINT.b],
  applicationEndpoints: [{ address: ENDPOINT.b.address, port: 8080, protocol: 6 }],
  publicKey: PUBLIC_KEY,
  signature: NO_SIGNATURE,
};

/** B-18. */
export const SECURE_CPA: Cpa = {
  ...CPA,
  binaryAuthority: vectors.inputs.authority,
  friendlyName: { text: 'My service', encoding: 'utf-16' },
};

/** B-19. */
export const REVOKE_CPA: Cpa = {
  ...CPA,
  revoke: true,
  nonce: new Uint8Array(16),
  serviceAddresses: [],
  applicationEndpoints: [],
};

/** B-20. */
export const STRING_PAYLOAD: ExtendedPayload = {
  notAfter: NOT_AFTER,
  pnrpId: HEX_ID.b,
  nonce: INQUIRE_NONCE,
  payload: { text: 'hello', encoding: 'utf-16' },
  signature: NO_SIGNATURE,
};
export const BINARY_PAYLOAD: ExtendedPayload = { ...STRING_PAYLOAD, payload: bytes('deadbeef') };

/** B-17. */
export const BUFFER: AuthorityBuffer = {
  leafSet: false,
  busy: false,
  notFound: false,
  classifier: 'test',
  routeEntry: ENTRY_B,
  validateCpa: bytes(vectors['B-16'].cpa),
};
/** Every element, none of a length that is a multiple of 4. */
export const FULL_BUFFER: AuthorityBuffer = {
  leafSet: true,
  busy: true,
  notFound: true,
  certChain: Uint8Array.from({ length: 1501 }, (_, i) => i),
  classifier: 'odd',
  extendedPayload: bytes(vectors['B-20'].string).subarray(0, 223),
  routeEntry: ENTRY_B,
  validateCpa: bytes(vectors['B-18'].cpa),
};

/** The key of the vectors. */
export function privateKey(): KeyObject {
  const p = BigInt(`0x${vectors.inputs.p}`);
  const q = BigInt(`0x${vectors.inputs.q}`);
  const e = BigInt(vectors.inputs.e);
  const d = inverse(e, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const fields = Object.entries(numbers).map(([name, value]) => [name, base64url(value)]);
  return createPrivateKey({ format: 'jwk', key: { kty: 'RSA', ...Object.fromEntries(fields) } });
}

export async function signWithKey(toBeSigned: Uint8Array): Promise<Uint8Array> {
  return sign('sha1', toBeSigned, privateKey());
}

export function verifies(publicKey: Uint8Array, toBeSigned: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
  return verify('sha1', toBeSigned, key, signature);
}

/** By Euclid's algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b, x, y] = [b % a, a, y - quotient * x, x];
  }
  return ((x % modulus) + modulus) % modulus;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}
