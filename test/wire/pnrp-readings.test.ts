import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { authorityBufferCodec, matchingClassifier } from '#fallback/pnrp/authority-buffer';
import { cpaCodec, sameAuthority } from '#fallback/pnrp/cpa';
import { extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { encodeSigned, signatureCodec, signatureOrders, toBeSigned } from '#fallback/pnrp/signature';
import { decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { plain } from './codec-law.js';
import {
  BUFFER,
  bytes,
  CPA,
  ENTRY_B,
  PUBLIC_KEY,
  SECURE_CPA,
  STRING_PAYLOAD,
  signWithKey,
  TEST_HASH,
  vectors,
  verifies,
} from './pnrp-samples.js';

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

const isTest = (classifier: string): boolean =>
  createHash('sha1').update(Buffer.from(classifier, 'utf16le')).digest('hex') === hex(TEST_HASH);

test.each([
  ['big-endian', 'little-endian', '0074006500730074'],
  ['little-endian', 'big-endian', '7400650073007400'],
])('D-03: reading pnrp.classifier-element = %s', (candidate, other, characters) => {
  const codec = authorityBufferCodec(new Readings({ 'pnrp.classifier-element': candidate }));
  const wire = encode(codec, BUFFER);
  expect(hex(wire)).toContain(`00840002${characters}`);
  expect(decode(codec, wire).classifier).toBe('test');
  // A receiver with the other reading finds the classifier through ClassifierHash.
  const otherCodec = authorityBufferCodec(new Readings({ 'pnrp.classifier-element': other }));
  const misread = decode(otherCodec, wire).classifier ?? '';
  expect(misread).not.toBe('test');
  expect(matchingClassifier(misread, isTest)).toBe('test');
  expect(matchingClassifier('test', isTest)).toBe('test');
  expect(matchingClassifier('rest', isTest)).toBeUndefined();
});

test.each([
  ['reversed', 'ff8020b32f20f5eff1deaa3c3999c19213816b3b'],
  ['digest', '3b6b811392c199393caadef1eff5202fb32080ff'],
])('D-04: reading pnrp.binary-authority = %s', (candidate, stored) => {
  const codec = cpaCodec(new Readings({ 'pnrp.binary-authority': candidate }));
  const wire = encode(codec, SECURE_CPA);
  expect(hex(wire.subarray(48, 68))).toBe(stored);
  const authority = createHash('sha1').update(PUBLIC_KEY).digest('hex');
  expect(decode(codec, wire).binaryAuthority).toBe(authority);
  for (const reading of ['reversed', 'digest']) {
    const receiver = cpaCodec(new Readings({ 'pnrp.binary-authority': reading }));
    expect(sameAuthority(decode(receiver, wire).binaryAuthority ?? '', authority)).toBe(true);
  }
  expect(sameAuthority(vectors.A.authority, authority)).toBe(false);
});

test.each([
  ['big-endian', (signature: Uint8Array) => hex(signature)],
  ['little-endian', (signature: Uint8Array) => hex(Uint8Array.from(signature).reverse())],
])('D-05: reading pnrp.signature = %s', async (candidate, stored) => {
  const readings = new Readings({ 'pnrp.signature': candidate });
  const codec = cpaCodec(readings);
  const wire = await encodeSigned(codec, CPA, signWithKey);
  const signature = await signWithKey(toBeSigned(wire));
  expect(hex(wire.subarray(-136))).toBe(`8800800004800000${stored(signature)}`);
  expect(hex(decode(codec, wire).signature)).toBe(hex(signature));
  expect(hex(encode(signatureCodec(readings), signature))).toBe(hex(wire.subarray(-136)));
  // Whatever the receiver reads, one of the two orders verifies.
  for (const reading of ['big-endian', 'little-endian']) {
    const received = decode(cpaCodec(new Readings({ 'pnrp.signature': reading })), wire);
    const verified = signatureOrders(received.signature).map((order) => verifies(PUBLIC_KEY, toBeSigned(wire), order));
    expect(verified).toEqual(reading === candidate ? [true, false] : [false, true]);
  }
});

test.each([
  ['big-endian', '1f90'],
  ['little-endian', '901f'],
])('D-24: reading pnrp.application-port = %s', (candidate, port) => {
  const codec = cpaCodec(new Readings({ 'pnrp.application-port': candidate }));
  const wire = encode(codec, CPA);
  // The port's neighbour, the protocol number, is little-endian in any case.
  expect(hex(wire.subarray(116, 120))).toBe(`${port}0600`);
  expect(decode(codec, wire).applicationEndpoints).toEqual(CPA.applicationEndpoints);
});

test.each([
  ['little-endian', '4d0079002000', '680065006c00', '0000'],
  ['big-endian', '004d00790020', '00680065006c', '0000'],
])('reading pnrp.friendly-name = %s', (candidate, name, payload, terminator) => {
  const readings = new Readings({ 'pnrp.friendly-name': candidate });
  const cpa = cpaCodec(readings);
  const wire = encode(cpa, SECURE_CPA);
  expect(hex(wire.subarray(88, 96))).toBe(`1400${name}`);
  expect(decode(cpa, wire).friendlyName).toEqual(SECURE_CPA.friendlyName);
  const extendedPayload = extendedPayloadCodec(readings);
  const extended = encode(extendedPayload, STRING_PAYLOAD);
  expect(hex(extended.subarray(74, 88))).toMatch(new RegExp(`^0000${payload}.*${terminator}$`));
  expect(decode(extendedPayload, extended).payload).toEqual(STRING_PAYLOAD.payload);
});

test.each([
  ['padded', [8, 68]],
  ['unpadded', [6, 66]],
])('D-07: reading pnrp.authority-padding = %s', (candidate, [flagsOnly, withEntry]) => {
  const codec = authorityBufferCodec(new Readings({ 'pnrp.authority-padding': candidate }));
  const flags = { leafSet: false, busy: false, notFound: false };
  expect(encode(codec, flags).length).toBe(flagsOnly);
  expect(encode(codec, { ...flags, routeEntry: ENTRY_B }).length).toBe(withEntry);
  // VALIDATE_CPA is never padded, the elements before it always.
  expect(hex(encode(codec, BUFFER))).toBe(vectors['B-17'].buffer);
  // Either form is accepted under either reading.
  for (const form of ['padded', 'unpadded'] as const) {
    const received = decode(codec, bytes(vectors['B-13'][form].slice(56)));
    expect(plain(received)).toEqual(plain({ ...flags, routeEntry: ENTRY_B }));
  }
});
