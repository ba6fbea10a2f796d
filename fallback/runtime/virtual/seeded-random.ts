import { createHash } from 'node:crypto';
import type { Random } from '../../../lib/backend/contract/host.js';

/** The same bytes for the same seed: xoshiro128** by Blackman and Vigna, which is quick and has no short cycle. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => digest.readUInt32LE(4 * index));
  }

  bytes(length: number): Uint8Array {
    const bytes = Buffer.alloc(length);
    for (let offset = 0; offset < length; offset += 4) {
      const word = this.#next();
      for (let index = 0; index < 4 && offset + index < length; index++) bytes[offset + index] = word >>> (8 * index);
    }
    return bytes;
  }

  below(bound: number): number {
    if (!(Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 48)) throw new RangeError(`no bound: ${bound}`);
    return Math.floor(this.fraction() * bound);
  }

  /** From 0 up to, not including, 1, in steps of 2^-53. */
  fraction(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) * 2 ** -53;
  }

  #next(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9);
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result >>> 0;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
