import { expect, test } from 'vitest';
import { checkFraming } from '#fallback/certificates/framing';
import { DecodeError } from '#fallback/wire/decode-error';

const LIMITS = { maxDepth: 3, maxNodes: 6 };

function check(hex: string): void {
  checkFraming(Buffer.from(hex, 'hex'), 'field', LIMITS);
}

test.each([
  ['an empty value', '0500'],
  ['bytes that are not looked at', '0403ffffff'],
  ['values in values', '3009020101a00402020102'],
  ['a length in more octets', '30820003020101'],
  ['a length with more octets than it needs', '308400000003020101'],
  ['an indefinite length', '30800201010000'],
  ['one in another', '3080a08002010100000000'],
  ['a definite length in an indefinite one', '308030030201010000'],
  ['as many values as there may be', '300a05000500050005000500'],
  ['as deep as it may be', '3006300430020500'],
])('takes %s', (_, hex) => {
  expect(() => check(hex)).not.toThrow();
});

test.each([
  ['nothing', '', 'ends too early'],
  ['an identifier alone', '05', 'ends too early'],
  ['a length that is cut off', '308200', 'ends too early'],
  ['a length of five octets', '30850000000000', 'ends too early'],
  ['too few bytes', '0403ffff', '3 bytes, 2 are left'],
  ['too many bytes', '050000', '1 bytes too many'],
  ['a value that ends behind what it is in', '3003020201', '2 bytes, 1 are left'],
  ['a value that is cut off by what it is in', '300105', 'ends too early'],
  ['an indefinite length of a primitive', '048000', 'has no end'],
  ['an indefinite length without end', '308002010100', 'has no end'],
  ['an end where none is due', '308000000000', '2 bytes too many'],
  ['a tag of several octets', '1f0100', 'a tag that nothing here has'],
  ['one value more than there may be', '300c050005000500050005000500', 'more than 6 values'],
  ['one level more than there may be', '30083006300430020500', 'deeper than 3'],
])('refuses %s', (_, hex, why) => {
  expect(() => check(hex)).toThrow(DecodeError);
  expect(() => check(hex)).toThrow(why);
});

test('takes time in proportion to what it reads, however it is nested', () => {
  const deep = Buffer.from('3080'.repeat(50_000), 'hex');
  expect(() => checkFraming(deep, 'field', { maxDepth: 40, maxNodes: 5000 })).toThrow('deeper than 40');
  const long = Buffer.concat([Buffer.from('3080', 'hex'), Buffer.alloc(100_000, 5)]);
  expect(() => checkFraming(long, 'field', { maxDepth: 40, maxNodes: 5000 })).toThrow(DecodeError);
});
