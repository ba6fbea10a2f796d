import { DecodeError } from '#fallback/wire/decode-error';

/** How many of the mutated inputs gave a value, and how many a DecodeError. */
export interface MutationCounts {
  readonly values: number;
  readonly errors: number;
}

/** Where the elements of a vector start. Without knowledge of the format: the multiples of 4. */
export type Boundaries = (bytes: Uint8Array) => readonly number[];

/**
 * Decodes `count` mutations of `vectors`. Each has to give a value or a DecodeError; 5 to 95 % of them values, so that
 * the mutations reach both the depth of the decoder and its checks. The same seed makes the same mutations.
 */
export function mutate(
  seed: number,
  vectors: readonly Uint8Array[],
  count: number,
  decode: (bytes: Uint8Array) => unknown,
  boundaries: Boundaries = everyFourBytes,
): MutationCounts {
  const below = generator(seed);
  const pieces = vectors.map((bytes) => split(bytes, boundaries(bytes)));
  let values = 0;
  for (let i = 0; i < count; i++) {
    const index = below(vectors.length);
    let bytes = vectors[index] as Uint8Array;
    if (below(4) === 0) bytes = rearrange(pieces[index] as readonly Uint8Array[], pieces, below);
    else bytes = Uint8Array.from(bytes);
    for (let n = below(3); n >= 0; n--) bytes = damage(bytes, below);
    try {
      decode(bytes);
      values++;
    } catch (error) {
      if (error instanceof DecodeError) continue;
      const hex = Buffer.from(bytes).toString('hex');
      throw new Error(`seed ${seed}, mutation ${i} threw something else than a DecodeError for ${hex}`, {
        cause: error,
      });
    }
  }
  if (values < 0.05 * count || values > 0.95 * count) {
    throw new Error(`seed ${seed}: ${values} of ${count} mutations decode, which is not 5 to 95 %`);
  }
  return { values, errors: count - values };
}

type Below = (bound: number) => number;

const BOUNDARY_INTEGERS = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** One small fault. */
function damage(bytes: Uint8Array, below: Below): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(below(256));
  const at = below(bytes.length);
  switch (below(8)) {
    case 0: // a bit
    case 1:
      bytes[at] = (bytes[at] as number) ^ (1 << below(8));
      return bytes;
    case 2: // a byte
      bytes[at] = below(256);
      return bytes;
    case 3: // a boundary integer
      writeInteger(bytes, at, pick(BOUNDARY_INTEGERS, below), below);
      return bytes;
    case 4: // a length
    case 5:
      return damageLength(bytes, at, below);
    case 6: // an end too early, mostly by a little
      return bytes.slice(0, below(2) === 0 ? at : Math.max(0, bytes.length - 1 - below(8)));
    default: // bytes between
      return concat(bytes.subarray(0, at), random(1 + below(8), below), bytes.subarray(at));
  }
}

/** Changes the next number from `at` on that may be a length or count: one that is not greater than what is there. */
function damageLength(bytes: Uint8Array, at: number, below: Below): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = at; i + 2 <= bytes.length; i++) {
    const little = below(2) === 0;
    const value = view.getUint16(i, little);
    if (value === 0 || value > bytes.length) continue;
    const change = pick([-value, -4, -2, -1, 1, 2, 4, value, bytes.length], below);
    view.setUint16(i, (value + change) & 0xffff, little);
    return bytes;
  }
  return bytes;
}

/** Elements left out, twice, in another place, or from another vector. */
function rearrange(own: readonly Uint8Array[], all: readonly (readonly Uint8Array[])[], below: Below): Uint8Array {
  const elements = [...own];
  const at = below(elements.length);
  const element = elements[at] as Uint8Array;
  switch (below(4)) {
    case 0:
      elements.splice(at, 1);
      break;
    case 1:
      elements.splice(at, 0, element);
      break;
    case 2:
      elements.splice(at, 1);
      elements.splice(below(elements.length + 1), 0, element);
      break;
    default:
      elements.splice(at, below(2), pick(pick(all, below), below));
  }
  return concat(...elements);
}

function split(bytes: Uint8Array, boundaries: readonly number[]): Uint8Array[] {
  const starts = [...new Set([0, ...boundaries])].filter((at) => at < bytes.length || at === 0).sort((a, b) => a - b);
  return starts.map((at, i) => bytes.slice(at, starts[i + 1] ?? bytes.length));
}

function everyFourBytes(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => 4 * i);
}

function writeInteger(bytes: Uint8Array, at: number, value: number, below: Below): void {
  const width = pick([1, 2, 4], below);
  const little = below(2) === 0;
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    bytes[at + i] = value >>> (8 * (little ? i : width - 1 - i));
  }
}

function random(length: number, below: Below): Uint8Array {
  return Uint8Array.from({ length }, () => below(256));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function pick<T>(items: readonly T[], below: Below): T {
  return items[below(items.length)] as T;
}

/** mulberry32: uniform integers below a bound, from 32 bits of seed. */
function generator(seed: number): Below {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
