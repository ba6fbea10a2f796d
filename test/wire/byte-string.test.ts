import { expect, test } from 'vitest';
import { ByteReader } from '#fallback/wire/byte-reader';
import { byteStringFromHex, hexOf } from '#fallback/wire/byte-string';
import { ByteWriter } from '#fallback/wire/byte-writer';
import { DecodeError } from '#fallback/wire/decode-error';

const EVERY = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test('every byte has its character, in its order', () => {
  const characters = Array.from(EVERY, (byte) => byteStringFromHex(byte.toString(16).padStart(2, '0')));
  expect(characters.map((it) => it.charCodeAt(0))).toEqual([...EVERY]);
  expect(characters.toSorted()).toEqual(characters);
  expect(hexOf(characters.join(''))).toBe(Buffer.from(EVERY).toString('hex'));
});

test('a writer takes as many bytes as the field has, and no character above U+00FF', () => {
  const write = (value: string): Uint8Array => {
    const writer = new ByteWriter(4);
    writer.byteString(value, 4);
    return writer.finish('test');
  };
  expect([...write('\0\x7f\x80\xff')]).toEqual([0, 0x7f, 0x80, 0xff]);
  for (const wrong of ['', 'abc', 'abcde', 'abc\u0100', '\uff41bcd']) expect(() => write(wrong)).toThrow(RangeError);
});

test('a reader gives each string as if it were alone, however they lie', () => {
  const bytes = Buffer.concat([EVERY, EVERY, EVERY]);
  for (const length of [1, 16, 32, 300]) {
    for (const gap of [0, 1, 7, 250]) {
      const reader = new ByteReader(bytes, 3, bytes.length - 2);
      while (reader.remaining >= length + gap) {
        const start = reader.offset;
        const read = Buffer.from(reader.byteString(length, 'text'), 'latin1');
        expect(read.equals(bytes.subarray(start, start + length))).toBe(true);
        reader.skip(gap, 'gap');
      }
      expect(() => reader.byteString(reader.remaining + 1, 'text')).toThrow(DecodeError);
    }
  }
});
