import { expect, test } from 'vitest';
import type { Codec } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { proveCodecLaw } from './codec-law.js';
import { mutate } from './mutations.mjs';

/** A count, that many bytes, and the last of them as a check. */
const sound: Codec<readonly number[]> = {
  name: 'sound',
  length: (value) => 1 + value.length,
  write(writer, value) {
    writer.u8(value.length);
    for (const item of value) writer.u8(item);
  },
  read(reader) {
    const count = reader.u8('count');
    return Array.from({ length: count }, () => reader.u8('item'));
  },
};
const SAMPLES = [[], [1], [1, 2, 3]];

test('a sound codec keeps the law', () => proveCodecLaw(sound, SAMPLES));

const broken: readonly (readonly [string, Partial<Codec<readonly number[]>>])[] = [
  ['length promises too much', { length: (value) => 2 + value.length }],
  ['length promises too little', { length: (value) => value.length }],
  ['write loses a value', { write: (writer, value) => writer.bytes(new Uint8Array(1 + value.length)) }],
  ['read gives another value', { read: (reader) => [...sound.read(reader), 0] }],
  [
    'read throws another error',
    {
      read(reader) {
        if (reader.remaining === 0) throw new TypeError('no bytes');
        return sound.read(reader);
      },
    },
  ],
  [
    'read counts from the start of the buffer',
    {
      read(reader) {
        if (reader.offset > 0) reader.fail('offset', 'is not 0');
        return sound.read(reader);
      },
    },
  ],
  [
    'read leaves bytes',
    {
      length: (value) => 2 + value.length,
      write(writer, value) {
        sound.write(writer, value);
        writer.u8(0);
      },
    },
  ],
  [
    'read looks again and again',
    {
      read(reader) {
        for (let i = 0; i < 100; i++) sound.read(reader.fork());
        return sound.read(reader);
      },
    },
  ],
];

test.each(broken)('the law finds it when %s', (_, fault) => {
  expect(() => proveCodecLaw({ ...sound, ...fault }, SAMPLES)).toThrow();
});

const VECTORS = [Uint8Array.of(3, 1, 2, 3), Uint8Array.of(8, 1, 2, 3, 4, 5, 6, 7, 8)];

/** Takes the count as it is; `shorter` makes what does not fit an error. */
function decodeCounted(bytes: Uint8Array): void {
  if (bytes.length === 0 || (bytes[0] as number) > bytes.length - 1) throw new DecodeError('count', 0, 'is too large');
}

test('the same seed makes the same mutations, another seed others', () => {
  const seen = (seed: number): string => {
    const inputs: string[] = [];
    mutate(seed, VECTORS, 500, (bytes) => {
      inputs.push(Buffer.from(bytes).toString('hex'));
      decodeCounted(bytes);
    });
    return inputs.join();
  };
  expect(seen(1)).toBe(seen(1));
  expect(seen(1)).not.toBe(seen(2));
});

test('mutations leave the vectors alone and count values and errors', () => {
  const before = VECTORS.map((vector) => Uint8Array.from(vector));
  const { values, errors } = mutate(3, VECTORS, 1000, decodeCounted);
  expect(values + errors).toBe(1000);
  expect(errors).toBeGreaterThan(0);
  expect(VECTORS).toEqual(before);
});

test('mutations find a decoder that throws something else, and name the seed and the input', () => {
  const decode = (bytes: Uint8Array): void => {
    decodeCounted(bytes);
    if (bytes[1] === 0xff) throw new RangeError('out of bounds');
  };
  expect(() => mutate(4, VECTORS, 5000, decode)).toThrow(/seed 4, mutation \d+ .* for [0-9a-f]+/);
});

test.each([
  ['takes everything', () => undefined],
  [
    'refuses everything',
    () => {
      throw new DecodeError('all', 0, 'is refused');
    },
  ],
])('mutations find a decoder that %s', (_, decode) => {
  expect(() => mutate(5, VECTORS, 1000, decode)).toThrow('5 to 95 %');
});
