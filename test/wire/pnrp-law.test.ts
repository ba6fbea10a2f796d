import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuthorityBuffer, authorityBufferCodec } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { type ExtendedPayload, extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { endpointArray, ipv6Endpoint, pnrpIdArray, routeEntry } from '#fallback/pnrp/route-entry';
import { signatureCodec } from '#fallback/pnrp/signature';
import { hexOf } from '#fallback/wire/byte-string';
import { type Codec, decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { plain, proveCodecLaw } from './codec-law.js';
import { mutate } from './mutations.mjs';
import {
  BINARY_PAYLOAD,
  BUFFER,
  bytes,
  CPA,
  ENDPOINT,
  ENTRY_A,
  ENTRY_B,
  FULL_BUFFER,
  ID,
  MESSAGES,
  REVOKE_CPA,
  SECURE_CPA,
  STRING_PAYLOAD,
  vectors,
} from './pnrp-samples.js';

const MUTATIONS = 20_000;
const readings = new Readings();
const cpa = cpaCodec(readings);
const extendedPayload = extendedPayloadCodec(readings);
const authorityBuffer = authorityBufferCodec(readings);

const TYPES = ['SOLICIT', 'ADVERTISE', 'REQUEST', 'FLOOD', 'INQUIRE', 'AUTHORITY', 'ACK', 'LOOKUP'] as const;

const byteString = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value).toString('latin1'));
const hexDigits = (length: number) => byteString(length).map(hexOf);
const address = byteString(16);
const pnrpId = byteString(32);
const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 });
const hash = fc.uint8Array({ minLength: 20, maxLength: 20 });
const u16 = fc.nat(0xffff);
const messageId = fc.nat(0xffffffff);
const endpoint = fc.record({ address, port: u16 });
const entry = fc.record({ pnrpId, port: u16, addresses: fc.array(address, { minLength: 1, maxLength: 20 }) });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const blob = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: 1, maxLength });

const ARBITRARY: { readonly [T in PnrpMessage['type']]: fc.Arbitrary<Extract<PnrpMessage, { type: T }>> } = {
  SOLICIT: fc.record({
    type: fc.constant('SOLICIT'),
    messageId,
    solicitType: maybe(fc.constantFrom(0 as const, 1 as const)),
    routeEntry: maybe(entry),
    hashedNonce: hash,
  }),
  ADVERTISE: fc.record({
    type: fc.constant('ADVERTISE'),
    messageId,
    ackedMessageId: messageId,
    pnrpIds: fc.array(pnrpId, { maxLength: 36 }),
    hashedNonce: hash,
  }),
  REQUEST: fc.record({
    type: fc.constant('REQUEST'),
    messageId,
    nonce,
    pnrpIds: fc.array(pnrpId, { maxLength: 36 }),
  }),
  FLOOD: fc.record({
    type: fc.constant('FLOOD'),
    messageId,
    doNotAck: fc.boolean(),
    validatePnrpId: pnrpId,
    revokeCpa: maybe(blob(500)),
    routeEntry: maybe(entry),
    alreadyFloodedList: fc.array(endpoint, { maxLength: 22 }),
  }),
  INQUIRE: fc.record({
    type: fc.constant('INQUIRE'),
    messageId,
    cpa: fc.boolean(),
    extendedPayload: fc.boolean(),
    certChain: fc.boolean(),
    lowBits: fc.nat(3),
    validatePnrpId: pnrpId,
    nonce: maybe(nonce),
  }),
  AUTHORITY: fc.record({
    type: fc.constant('AUTHORITY'),
    messageId,
    ackedMessageId: messageId,
    size: fc.nat(0x91e4),
    offset: fc.nat(31).map((index) => 1188 * index),
    fragment: blob(1188),
  }),
  ACK: fc.record({
    type: fc.constant('ACK'),
    messageId,
    ackedMessageId: messageId,
    notFound: fc.boolean(),
  }),
  LOOKUP: fc.record({
    type: fc.constant('LOOKUP'),
    messageId,
    acceptAny: fc.boolean(),
    precision: u16,
    criteria: fc.constantFrom(0 as const, 1 as const, 2 as const, 4 as const, 8 as const),
    reasonCode: fc.nat(255),
    targetPnrpId: pnrpId,
    validatePnrpId: pnrpId,
    routeEntry: maybe(entry),
    flaggedPath: fc.array(endpoint, { minLength: 1, maxLength: 22 }),
  }),
};

const utf16 = fc.string({ unit: 'binary', minLength: 1, maxLength: 39 }).filter((text) => text.length <= 39);
const encoded = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.record({ text, encoding: fc.constant('utf-16' as const) }),
    fc.record({ text: text.map((value) => value.slice(0, 19)), encoding: fc.constant('utf-8' as const) }),
  );

const arbitraryCpa: fc.Arbitrary<Cpa> = fc
  .record({
    hasExtendedPayload: fc.boolean(),
    notAfter: fc.bigInt(0n, 2n ** 64n - 1n),
    serviceLocation: hexDigits(16),
    nonce,
    binaryAuthority: maybe(hexDigits(20)),
    classifierHash: hash,
    friendlyName: maybe(encoded(fc.string({ minLength: 1, maxLength: 39 }))),
    serviceAddresses: fc.array(endpoint, { minLength: 1, maxLength: 4 }),
    applicationEndpoints: fc.array(fc.record({ address, port: u16, protocol: u16 }), { maxLength: 10 }),
    publicKey: fc.uint8Array({ minLength: 140, maxLength: 140 }),
    signature: fc.uint8Array({ minLength: 128, maxLength: 128 }),
  })
  .map((value) => ({ ...value, revoke: false }));

const arbitraryPayload: fc.Arbitrary<ExtendedPayload> = fc.record({
  notAfter: fc.bigInt(0n, 2n ** 64n - 1n),
  pnrpId: hexDigits(32),
  nonce,
  payload: fc.oneof(blob(4096), encoded(fc.string({ minLength: 4, maxLength: 2000 }))),
  signature: fc.uint8Array({ minLength: 128, maxLength: 128 }),
});

const arbitraryBuffer: fc.Arbitrary<AuthorityBuffer> = fc.record({
  leafSet: fc.boolean(),
  busy: fc.boolean(),
  notFound: fc.boolean(),
  certChain: maybe(blob(900)),
  classifier: maybe(utf16),
  extendedPayload: maybe(blob(300)),
  routeEntry: maybe(entry),
  validateCpa: maybe(blob(500)),
});

function roundTrips<T>(codec: Codec<T>, values: fc.Arbitrary<T>, runs: number): void {
  fc.assert(
    fc.property(values, (value) => {
      const wire = encode(codec, value);
      const back = decode(codec, wire);
      expect(plain(back)).toEqual(plain(value));
      expect(Buffer.from(encode(codec, back)).equals(wire)).toBe(true);
    }),
    { numRuns: runs, seed: 20210625 },
  );
}

describe.each(TYPES)('%s', (type) => {
  const known = MESSAGES.filter(([, , value]) => value.type === type);
  const drawn = fc.sample(ARBITRARY[type] as fc.Arbitrary<PnrpMessage>, { numRuns: 6, seed: 4 });

  test('keeps the codec law', () => proveCodecLaw(message, [...known.map(([, , value]) => value), ...drawn]));

  test('comes back from any fields', () => roundTrips(message, ARBITRARY[type] as fc.Arbitrary<PnrpMessage>, 100));

  test('gives a value or a DecodeError for 20,000 mutations', () => {
    const samples = [...known.map(([, hex]) => bytes(hex)), ...drawn.map((value) => encode(message, value))];
    mutate(51, samples, MUTATIONS, (input) => decode(message, input));
  });
});

interface Structure {
  readonly name: string;
  /** The law, the round trips and the mutations of one codec; each is a test. */
  law(): void;
  any(): void;
  mutations(): void;
}

function structure<T>(codec: Codec<T>, samples: readonly T[], arbitrary: fc.Arbitrary<T>): Structure {
  const all = [...samples, ...fc.sample(arbitrary, { numRuns: 4, seed: 5 })];
  return {
    name: codec.name,
    law: () => proveCodecLaw(codec, all),
    any: () => roundTrips(codec, arbitrary, 60),
    mutations: () => {
      const wire = all.map((value) => encode(codec, value));
      mutate(52, wire, MUTATIONS, (input) => decode(codec, input));
    },
  };
}

const signature = fc.uint8Array({ minLength: 128, maxLength: 128 });

describe.each([
  structure(ipv6Endpoint, [ENDPOINT.a], endpoint),
  structure(routeEntry, [ENTRY_A, ENTRY_B], entry),
  structure(endpointArray(0, 22), [[], [ENDPOINT.a, ENDPOINT.b]], fc.array(endpoint, { maxLength: 22 })),
  structure(pnrpIdArray, [[], [ID.a, ID.b, ID.c]], fc.array(pnrpId, { maxLength: 36 })),
  structure(signatureCodec(readings), [CPA.signature], signature),
  structure(cpa, [CPA, SECURE_CPA, REVOKE_CPA, decode(cpa, bytes(vectors['B-16'].cpa))], arbitraryCpa),
  structure(extendedPayload, [STRING_PAYLOAD, BINARY_PAYLOAD], arbitraryPayload),
  structure(authorityBuffer, [BUFFER, FULL_BUFFER], arbitraryBuffer),
])('$name', ({ law, any, mutations }) => {
  test('keeps the codec law', law);
  test('comes back from any fields', any);
  test('gives a value or a DecodeError for 20,000 mutations', mutations);
});
