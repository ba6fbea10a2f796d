import {
  type ContentHashes,
  type ContentHashes1,
  type ContentHashes2,
  type ContentInformation,
  describe,
  hashForm,
} from '#fallback/distribution/content-information/index';
import { Readings } from '#fallback/wire/readings';
import vectors from '../../vectors/content-information.json' with { type: 'json' };

export { vectors };

/** The secret key of the vectors: bytes, not a pass phrase. */
export const SECRET_KEY = new Uint8Array(Buffer.from(vectors.secretKey));

export const READINGS = new Readings();

export const MIB = 0x10_0000;

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}

/** Distinct bytes that stand for a hash. */
function fakeHash(length: number, number: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => 0xff & (number * 7 + i));
}

/** Hashes of a content of version 1 that nobody has: they tell segments and blocks apart. */
export function fakeHashes1(length: number, algorithm: ContentHashes1['algorithm'] = 'sha256'): ContentHashes1 {
  const { length: hashLength } = hashForm(algorithm);
  const count = Math.ceil(length / (32 * MIB));
  const segments = Array.from({ length: count }, (_, i) => {
    const own = Math.min(32 * MIB, length - i * 32 * MIB);
    const blocks = Array.from({ length: Math.ceil(own / 65536) }, (_, block) => fakeHash(hashLength, 600 * i + block));
    return {
      offset: BigInt(i * 32 * MIB),
      length: own,
      hashOfData: fakeHash(hashLength, 1000 + i),
      blockHashes: new Uint8Array(Buffer.concat(blocks)),
    };
  });
  return { algorithm, length: BigInt(length), segments };
}

export function fakeHashes2(...lengths: readonly number[]): ContentHashes2 {
  let offset = 0n;
  const segments = lengths.map((length, i) => {
    const segment = { offset, length, hashOfData: fakeHash(32, i) };
    offset += BigInt(length);
    return segment;
  });
  return { algorithm: 'sha512-256', length: offset, segments };
}

export function described(hashes: ContentHashes): ContentInformation {
  return describe(hashes, SECRET_KEY, READINGS);
}

/** The generator of the vectors: xorshift, the low byte of each state. */
export function generated(length: number): Uint8Array {
  const out = new Uint8Array(length);
  let state = 0x12345678;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[i] = state;
  }
  return out;
}

/** The check values of the cuts, besides those of `generated`. */
export const CUT_SAMPLES: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
  ['200,000 zeros', new Uint8Array(200_000), [131_072, 68_928]],
  [
    '300,000 zeros and 50,000 bytes',
    join(new Uint8Array(300_000), generated(50_000)),
    [131_072, 131_072, 37_856, 50_000],
  ],
  ['400,000 bytes that go round', Uint8Array.from({ length: 400_000 }, (_, i) => i), [131_072, 131_072, 131_072, 6784]],
];

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
