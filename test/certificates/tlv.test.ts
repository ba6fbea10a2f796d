import { expect, test } from 'vitest';
import { LIMITS, readValue, readValues, Tag, writeValue } from '#fallback/certificates/tlv';
import { DecodeError } from '#fallback/wire/decode-error';

const read = (hex: string) => readValue(Buffer.from(hex, 'hex'), 'field');
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** A sequence in a sequence, and so on. */
const nested = (levels: number): Uint8Array => writeValue(Tag.SEQUENCE, ...(levels > 0 ? [nested(levels - 1)] : []));
const row = (count: number): Uint8Array => writeValue(Tag.SEQUENCE, Buffer.from('0500'.repeat(count), 'hex'));

test.each([
  ['an empty value', '0500', ''],
  ['bytes that are not looked at', '0403ffffff', 'ffffff'],
  ['values in values', '3009020101a00402020102', '020101a00402020102'],
  ['a length in more octets', '30820003020101', '020101'],
  ['a length with more octets than it needs', '308400000003020101', '020101'],
  ['an indefinite length', '30800201010000', '020101'],
  ['one in another', '3080a08002010100000000', 'a0800201010000'],
  ['a definite length in an indefinite one', '308030030201010000', '3003020101'],
])('reads %s', (_, hex, content) => {
  const value = read(hex);
  expect([value.tag, hexOf(value.content), hexOf(value.whole)]).toEqual([Number(`0x${hex.slice(0, 2)}`), content, hex]);
});

test('reads values that stand side by side', () => {
  const values = readValues(Buffer.from('0201013080050000000400', 'hex'), 'field');
  expect(values.map(({ whole }) => hexOf(whole))).toEqual(['020101', '308005000000', '0400']);
  expect(readValues(new Uint8Array(), 'field')).toEqual([]);
});

test('reads as deep and as many as there may be', () => {
  expect(readValue(nested(LIMITS.maxDepth), 'field').tag).toBe(Tag.SEQUENCE);
  expect(readValues(readValue(row(LIMITS.maxNodes - 1), 'field').content, 'field')).toHaveLength(LIMITS.maxNodes - 1);
});

test.each([
  ['nothing', '', 'is missing'],
  ['an identifier alone', '05', 'ends too early'],
  ['a length that is cut off', '308200', 'ends too early'],
  ['a length of five octets', '30850000000000', 'ends too early'],
  ['too few bytes', '0403ffff', '3 bytes, 2 are left'],
  ['too many bytes', '050000', 'ends too early'],
  ['another value', '05000500', 'something behind its end'],
  ['a value that ends behind what it is in', '3003020201', '2 bytes, 1 are left'],
  ['a value that is cut off by what it is in', '300105', 'ends too early'],
  ['an indefinite length of a primitive', '048000', 'a primitive value has no end'],
  ['an indefinite length without end', '308002010100', 'has no end'],
  ['an end where none is due', '308000000000', 'something behind its end'],
  ['a tag of several octets', '1f0100', 'a tag that nothing here has'],
  ['one value too many', hexOf(row(LIMITS.maxNodes)), 'more than 5000 values'],
  ['one level too many', hexOf(nested(LIMITS.maxDepth + 1)), 'deeper than 40'],
  ['levels without end', '3080'.repeat(100_000), 'deeper than 40'],
])('refuses %s', (_, hex, why) => {
  expect(() => read(hex)).toThrow(DecodeError);
  expect(() => read(hex)).toThrow(why);
});

test.each([0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000])(
  'writes %i bytes with as few octets of length as do',
  (length) => {
    const written = writeValue(0x04, new Uint8Array(length));
    const octets = length < 0x80 ? 1 : 1 + Math.ceil(length.toString(16).length / 2);
    expect(written).toHaveLength(1 + octets + length);
    expect(readValue(written, 'field').content).toHaveLength(length);
  },
);
