import { createHash, createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { authorityBufferCodec, splitAuthority } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { type ExtendedPayload, extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { pnrpId, resolverTarget, serviceLocation, serviceLocationOf, servicePrefix } from '#fallback/pnrp/pnrp-id';
import { routeEntry } from '#fallback/pnrp/route-entry';
import { encodeSigned, toBeSigned } from '#fallback/pnrp/signature';
import { type Codec, decode, encode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import { plain } from './codec-law.js';
import {
  BINARY_PAYLOAD,
  BUFFER,
  bytes,
  CPA,
  ENDPOINT,
  ENTRY_B,
  HEX_ID,
  ID,
  MESSAGES,
  PUBLIC_KEY,
  privateKey,
  REVOKE_CPA,
  SECURE_CPA,
  STRING_PAYLOAD,
  signWithKey,
  vectors,
  verifies,
} from './pnrp-samples.js';

const readings = new Readings();
const cpa = cpaCodec(readings);
const extendedPayload = extendedPayloadCodec(readings);
const authorityBuffer = authorityBufferCodec(readings);

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

function sha1(value: Uint8Array): string {
  return createHash('sha1').update(value).digest('hex');
}

function expectBoth<T>(codec: Codec<T>, value: T, encoded: string): void {
  expect(hex(encode(codec, value))).toBe(encoded);
  expect(plain(decode(codec, bytes(encoded)))).toEqual(plain(value));
}

describe('messages, byte for byte both ways', () => {
  test.each(MESSAGES)('%s', (_, encoded, value) => expectBoth(message, value, encoded));

  test('B-19 as a FLOOD to C', () => {
    const value: PnrpMessage = {
      type: 'FLOOD',
      messageId: 0x71727374,
      doNotAck: false,
      validatePnrpId: ID.c,
      revokeCpa: bytes(vectors['B-19'].cpa),
      alreadyFloodedList: [ENDPOINT.b],
    };
    const encoded = encode(message, value);
    expect(encoded.length).toBe(vectors['B-19'].floodLength);
    expect(hex(encoded)).toMatch(new RegExp(`^${vectors['B-19'].floodStart}`));
    expect(plain(decode(message, encoded))).toEqual(plain(value));
  });

  test('B and B-21: a buffer of 2000 bytes in two fragments', () => {
    const buffer = Uint8Array.from({ length: vectors.B.bufferLength }, (_, i) => i);
    const parts = splitAuthority(buffer, 0x51525357, 0x61626364);
    expect(parts.map((part) => part.fragment.length)).toEqual(vectors.B.fragments);
    const datagrams = parts.map((part) => encode(message, part));
    expect(datagrams.map((datagram) => datagram.length)).toEqual(vectors['B-21'].datagrams);
    expect(datagrams.map((datagram) => hex(datagram.subarray(0, 28)))).toEqual([
      vectors['B-21'].first,
      vectors['B-21'].second,
    ]);
    const received = datagrams.map((datagram) => decode(message, datagram));
    const fragments = received.map((part) => (part.type === 'AUTHORITY' ? part.fragment : new Uint8Array()));
    expect(hex(Buffer.concat(fragments))).toBe(hex(buffer));
  });
});

describe('structures', () => {
  test('A: an RSA key in its 140-byte form stands behind the published authority', () => {
    const blob = Buffer.from(vectors.A.publicKeyBlob, 'base64');
    const modulus = Buffer.from(blob.subarray(20, 148)).reverse();
    const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' } });
    const publicKey = key.export({ format: 'der', type: 'pkcs1' });
    expect(publicKey.length).toBe(140);
    expect(sha1(publicKey)).toBe(vectors.A.authority);
    expect(sha1(key.export({ format: 'der', type: 'spki' }))).toBe(vectors.A.subjectPublicKeyInfoHash);
    const carried = decode(cpa, encode(cpa, { ...SECURE_CPA, publicKey, binaryAuthority: vectors.A.authority }));
    expect(sha1(carried.publicKey)).toBe(carried.binaryAuthority);
  });

  test('B-1: the key of the vectors', () => {
    const publicKey = createPublicKey(privateKey()).export({ format: 'der', type: 'pkcs1' });
    expect(hex(publicKey)).toBe(vectors['B-1'].publicKey);
    expect(sha1(PUBLIC_KEY)).toBe(vectors['B-1'].authority);
  });

  test('B-2 and B-3: PNRP IDs and the target', () => {
    const p2pId = vectors['B-2'].unsecured[0]?.p2pId ?? '';
    const suffix = bytes('1122334455667788');
    expect(pnrpId(p2pId, serviceLocation(servicePrefix(ENDPOINT.b.address), suffix))).toBe(HEX_ID.b);
    expect(resolverTarget(p2pId, servicePrefix(packAddress('2001:db8:1:2::10')))).toBe(HEX_ID.target);
    expect(serviceLocationOf(HEX_ID.b)).toBe(CPA.serviceLocation);
  });

  test('B-4: ROUTE_ENTRY', () => expectBoth(routeEntry, ENTRY_B, vectors['B-4'].routeEntry));

  test.each<[string, Cpa, { cpa: string; signedLength: number; signedHash: string }]>([
    ['B-16', CPA, vectors['B-16']],
    ['B-18', SECURE_CPA, vectors['B-18']],
    ['B-19', REVOKE_CPA, vectors['B-19']],
  ])('%s: Encoded CPA', async (_, value, vector) => {
    const signed = await encodeSigned(cpa, value, signWithKey);
    expect(hex(signed)).toBe(vector.cpa);
    const received = decode(cpa, bytes(vector.cpa));
    expect(plain({ ...received, signature: undefined })).toEqual(plain({ ...value, signature: undefined }));
    expect(hex(encode(cpa, received))).toBe(vector.cpa);
    const covered = toBeSigned(bytes(vector.cpa));
    expect(covered.length).toBe(vector.signedLength);
    expect(sha1(covered)).toBe(vector.signedHash);
    expect(verifies(received.publicKey, covered, received.signature)).toBe(true);
    covered[16] = (covered[16] as number) ^ 1;
    expect(verifies(received.publicKey, covered, received.signature)).toBe(false);
  });

  test('B-17: AUTHORITY_BUFFER', () => {
    expectBoth(authorityBuffer, BUFFER, vectors['B-17'].buffer);
    const parts = splitAuthority(bytes(vectors['B-17'].buffer), 0x51525356, 0x61626364);
    expect(parts.map((part) => hex(encode(message, part)))).toEqual([vectors['B-17'].prefix + vectors['B-17'].buffer]);
    const received = decode(authorityBuffer, bytes(vectors['B-17'].buffer));
    expect(hex(received.validateCpa ?? new Uint8Array())).toBe(vectors['B-16'].cpa);
  });

  test.each([
    ['B-13', { routeEntry: ENTRY_B, notFound: false }],
    ['B-15', { notFound: true }],
  ] as const)('%s: the AUTHORITY_BUFFER of the message', (name, fields) => {
    const value = { leafSet: false, busy: false, ...fields };
    expectBoth(authorityBuffer, value, vectors[name].padded.slice(56));
    expect(plain(decode(authorityBuffer, bytes(vectors[name].unpadded.slice(56))))).toEqual(plain(value));
  });

  test.each<[string, ExtendedPayload]>([
    ['a string', STRING_PAYLOAD],
    ['binary', BINARY_PAYLOAD],
  ])('B-20: EXTENDED_PAYLOAD, %s', async (kind, value) => {
    const signed = await encodeSigned(extendedPayload, value, signWithKey);
    const received = decode(extendedPayload, signed);
    expect(plain({ ...received, signature: undefined })).toEqual(plain({ ...value, signature: undefined }));
    expect(hex(encode(extendedPayload, received))).toBe(hex(signed));
    expect(verifies(PUBLIC_KEY, toBeSigned(signed), received.signature)).toBe(true);
    if (kind === 'binary') {
      expect(signed.length).toBe(vectors['B-20'].binaryLength);
      expect(hex(toBeSigned(signed))).toBe(vectors['B-20'].binaryStart);
    } else {
      expect(hex(signed)).toBe(vectors['B-20'].string);
      expect(toBeSigned(signed).length).toBe(vectors['B-20'].signedLength);
      expect(sha1(toBeSigned(signed))).toBe(vectors['B-20'].signedHash);
    }
  });
});
