import {
  type ContentHashes,
  type ContentInformation,
  describe,
  type HashedSegment,
  hashForm,
} from '#fallback/distribution/content-information/index';
import { Readings } from '#fallback/wire/readings';
import type { SegmentHash } from '#lib/backend/contract/cache-store';
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
export function fakeHashes1(length: number, algorithm: Exclude<SegmentHash, 'sha512-256'> = 'sha256'): ContentHashes {
  const { length: hashLength } = hashForm(algorithm);
  const count = Math.ceil(length / (32 * MIB));
  const segments = Array.from({ length: count }, (_, i): HashedSegment => {
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

export function fakeHashes2(...lengths: readonly number[]): ContentHashes {
  let offset = 0n;
  const segments = lengths.map((length, i): HashedSegment => {
    const segment = { offset, length, hashOfData: fakeHash(32, i), blockHashes: new Uint8Array(0) };
    offset += BigInt(length);
    return segment;
  });
  return { algorithm: 'sha512-256', length: offset, segments };
}

export function described(hashes: ContentHashes): ContentInformation {
  return describe(hashes, SECRET_KEY, READINGS);
}
