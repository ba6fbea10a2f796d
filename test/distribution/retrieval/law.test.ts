import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Limit } from '#fallback/distribution/retrieval/constants';
import { extensibleBlob } from '#fallback/distribution/retrieval/extensible-blob';
import { messageHeader } from '#fallback/distribution/retrieval/header';
import { type RetrievalMessage, retrievalMessage } from '#fallback/distribution/retrieval/messages';
import { decode, encode } from '#fallback/wire/codec';
import { plain, proveCodecLaw } from '../../wire/codec-law.ts';
import { mutate } from '../../wire/mutations.mjs';
import { messageOf, NAMES, VALUES } from './samples.ts';

const MUTATIONS = 20_000;

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const version = fc.record({ major: u16, minor: u16 });
const hexOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((it) => Buffer.from(it).toString('hex'));
const segmentId = fc.oneof(hexOf(32), hexOf(48), hexOf(64));
const ranges = (maxLength: number) => fc.array(fc.record({ index: u32, count: u32 }), { maxLength });
const blob = fc.uint8Array({ maxLength: 100 });
const headed = { version, cryptoAlgoId: u32 };
const versions = { min: version, max: version };

const ARBITRARY: { readonly [T in RetrievalMessage['type']]: fc.Arbitrary<Extract<RetrievalMessage, { type: T }>> } = {
  MSG_NEGO_REQ: fc.record({ type: fc.constant('MSG_NEGO_REQ'), ...headed, ...versions }),
  MSG_NEGO_RESP: fc.record({ type: fc.constant('MSG_NEGO_RESP'), ...headed, ...versions }),
  MSG_GETBLKLIST: fc.record({
    type: fc.constant('MSG_GETBLKLIST'),
    ...headed,
    segmentId,
    ranges: ranges(Limit.REQUEST_RANGES),
  }),
  MSG_GETBLKS: fc.record({
    type: fc.constant('MSG_GETBLKS'),
    ...headed,
    segmentId,
    ranges: ranges(Limit.REQUEST_RANGES),
    vrfData: blob,
  }),
  MSG_BLKLIST: fc.record({
    type: fc.constant('MSG_BLKLIST'),
    ...headed,
    segmentId,
    ranges: ranges(Limit.RESPONSE_RANGES),
    nextBlockIndex: u32,
  }),
  MSG_BLK: fc.record({
    type: fc.constant('MSG_BLK'),
    ...headed,
    segmentId,
    blockIndex: u32,
    nextBlockIndex: u32,
    block: blob,
    vrfBlock: blob,
    iv: blob,
  }),
  MSG_GETSEGLIST: fc.record({
    type: fc.constant('MSG_GETSEGLIST'),
    ...headed,
    requestId: hexOf(16),
    segmentIds: fc.array(segmentId, { minLength: 1, maxLength: 50 }),
    blob,
  }),
  MSG_SEGLIST: fc.record({
    type: fc.constant('MSG_SEGLIST'),
    ...headed,
    requestId: hexOf(16),
    ranges: ranges(300),
    blob,
  }),
};

const BLOBS = [0, 1, 3, Limit.AGES].map((length) => ({
  units: 1 + (length % 4),
  ages: Array.from({ length }, (_, index) => ({ index, age: (index * 0x1_0101) & 0xff_ffff })),
}));

test('every message keeps the codec law', () => {
  proveCodecLaw(retrievalMessage, Object.values(VALUES));
  const many = Array.from({ length: 60 }, (_, index) => ({ index: 4 * index, count: 2 }));
  proveCodecLaw(retrievalMessage, [
    { ...VALUES['GETBLKLIST [0,1]'], segmentId: 'ab'.repeat(48), ranges: many },
    { ...VALUES['BLKLIST [0,1]'], segmentId: 'ab'.repeat(64), ranges: many, nextBlockIndex: 511 },
    { ...VALUES['BLK AES-128'], block: new Uint8Array(131_088).fill(1), vrfBlock: new Uint8Array(5).fill(2) },
    { ...VALUES.GETSEGLIST, segmentIds: ['ab'.repeat(32), 'cd'.repeat(48)], blob: new Uint8Array(7).fill(3) },
  ]);
});

test('header and blob keep the codec law', () => {
  proveCodecLaw(messageHeader, [{ version: { major: 2, minor: 3 }, type: 9, size: 16, cryptoAlgoId: 4 }]);
  proveCodecLaw(extensibleBlob, BLOBS);
});

test('any message comes through', () => {
  fc.assert(
    fc.property(fc.oneof(...Object.values(ARBITRARY)), (message: RetrievalMessage) => {
      const wire = encode(retrievalMessage, message);
      expect(plain(decode(retrievalMessage, wire))).toEqual(plain(message));
      expect(Buffer.from(encode(retrievalMessage, decode(retrievalMessage, wire))).equals(wire)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('mutations of messages and blobs are values or DecodeErrors', () => {
  const messages = mutate(54, NAMES.map(messageOf), MUTATIONS, (it) => decode(retrievalMessage, it));
  expect(messages.values + messages.errors).toBe(MUTATIONS);
  const blobs = mutate(
    55,
    BLOBS.map((it) => encode(extensibleBlob, it)),
    MUTATIONS,
    (it) => decode(extensibleBlob, it),
  );
  expect(blobs.values + blobs.errors).toBe(MUTATIONS);
});
