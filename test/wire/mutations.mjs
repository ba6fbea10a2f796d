import { DecodeError } from '#fallback/wire/decode-error';

// JavaScript, because benches take it too, and those run without a build of the tests.

/**
 * @typedef {object} MutationCounts
 * @property {number} values How many of the mutated inputs gave a value,
 * @property {number} errors and how many a DecodeError.
 */

/** @typedef {(bound: number) => number} Below */

/**
 * Decodes `count` mutations of `vectors`. Each has to give a value or a DecodeError; 5 to 95 % of them values, so that
 * the mutations reach both the depth of the decoder and its checks. The same seed makes the same mutations. Where the
 * elements of a vector start is known from `boundaries`; without knowledge of the format: at the multiples of 4.
 *
 * @param {number} seed
 * @param {readonly Uint8Array[]} vectors
 * @param {number} count
 * @param {(bytes: Uint8Array) => unknown} decode
 * @param {(bytes: Uint8Array) => readonly number[]} boundaries
 * @returns {MutationCounts}
 */
export function mutate(seed, vectors, count, decode, boundaries = everyFourBytes) {
  const judge = new Judge(seed);
  for (const bytes of mutations(seed, vectors, count, boundaries)) {
    try {
      decode(bytes);
      judge.value();
    } catch (error) {
      judge.error(error, bytes);
    }
  }
  return judge.counts();
}

/**
 * The same for a decoder that takes its time, one mutation after the other.
 *
 * @param {number} seed
 * @param {readonly Uint8Array[]} vectors
 * @param {number} count
 * @param {(bytes: Uint8Array) => Promise<unknown>} decode
 * @param {(bytes: Uint8Array) => readonly number[]} boundaries
 * @returns {Promise<MutationCounts>}
 */
export async function mutateInTurn(seed, vectors, count, decode, boundaries = everyFourBytes) {
  const judge = new Judge(seed);
  for (const bytes of mutations(seed, vectors, count, boundaries)) {
    try {
      await decode(bytes);
      judge.value();
    } catch (error) {
      judge.error(error, bytes);
    }
  }
  return judge.counts();
}

class Judge {
  #values = 0;
  #errors = 0;
  #seed;

  /** @param {number} seed */
  constructor(seed) {
    this.#seed = seed;
  }

  value() {
    this.#values++;
  }

  /** @param {unknown} error @param {Uint8Array} bytes */
  error(error, bytes) {
    if (error instanceof DecodeError) return void this.#errors++;
    const at = `seed ${this.#seed}, mutation ${this.#values + this.#errors}`;
    const hex = Buffer.from(bytes).toString('hex');
    throw new Error(`${at} threw something else than a DecodeError for ${hex}`, { cause: error });
  }

  /** @returns {MutationCounts} */
  counts() {
    const [values, errors] = [this.#values, this.#errors];
    const count = values + errors;
    if (values < 0.05 * count || values > 0.95 * count) {
      throw new Error(`seed ${this.#seed}: ${values} of ${count} mutations decode, which is not 5 to 95 %`);
    }
    return { values, errors };
  }
}

/**
 * @param {number} seed
 * @param {readonly Uint8Array[]} vectors
 * @param {number} count
 * @param {(bytes: Uint8Array) => readonly number[]} boundaries
 */
function* mutations(seed, vectors, count, boundaries) {
  const below = generator(seed);
  const pieces = vectors.map((bytes) => split(bytes, boundaries(bytes)));
  for (let i = 0; i < count; i++) {
    const index = below(vectors.length);
    /** @type {Uint8Array} */
    let bytes =
      below(4) === 0
        ? rearrange(at(pieces, index), pieces, below)
        : Uint8Array.prototype.slice.call(at(vectors, index));
    for (let n = below(3); n >= 0; n--) bytes = damage(bytes, below);
    yield bytes;
  }
}

const BOUNDARY_INTEGERS = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

/** One small fault. @param {Uint8Array} bytes @param {Below} below @returns {Uint8Array} */
function damage(bytes, below) {
  if (bytes.length === 0) return Uint8Array.of(below(256));
  const at = below(bytes.length);
  switch (below(8)) {
    case 0: // a bit
    case 1:
      bytes[at] = Number(bytes[at]) ^ (1 << below(8));
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

/**
 * Changes the next number from `at` on that may be a length or count: one that is not greater than what is there.
 *
 * @param {Uint8Array} bytes @param {number} at @param {Below} below @returns {Uint8Array}
 */
function damageLength(bytes, at, below) {
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

/**
 * Elements left out, twice, in another place, or from another vector.
 *
 * @param {readonly Uint8Array[]} own @param {readonly (readonly Uint8Array[])[]} all @param {Below} below
 */
function rearrange(own, all, below) {
  const elements = [...own];
  const place = below(elements.length);
  const element = at(elements, place);
  switch (below(4)) {
    case 0:
      elements.splice(place, 1);
      break;
    case 1:
      elements.splice(place, 0, element);
      break;
    case 2:
      elements.splice(place, 1);
      elements.splice(below(elements.length + 1), 0, element);
      break;
    default:
      elements.splice(place, below(2), pick(pick(all, below), below));
  }
  return concat(...elements);
}

/** @param {Uint8Array} bytes @param {readonly number[]} boundaries */
function split(bytes, boundaries) {
  const starts = [...new Set([0, ...boundaries])].filter((at) => at < bytes.length || at === 0).sort((a, b) => a - b);
  return starts.map((at, i) => bytes.slice(at, starts[i + 1] ?? bytes.length));
}

/** @param {Uint8Array} bytes */
function everyFourBytes(bytes) {
  return Array.from({ length: Math.ceil(bytes.length / 4) }, (_, i) => 4 * i);
}

/** @param {Uint8Array} bytes @param {number} at @param {number} value @param {Below} below */
function writeInteger(bytes, at, value, below) {
  const width = pick([1, 2, 4], below);
  const little = below(2) === 0;
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    bytes[at + i] = value >>> (8 * (little ? i : width - 1 - i));
  }
}

/** @param {number} length @param {Below} below */
function random(length, below) {
  return Uint8Array.from({ length }, () => below(256));
}

/** @param {readonly Uint8Array[]} parts */
function concat(...parts) {
  return new Uint8Array(Buffer.concat(parts));
}

/** @template T @param {readonly T[]} items @param {Below} below */
function pick(items, below) {
  return at(items, below(items.length));
}

/** @template T @param {readonly T[]} items @param {number} index */
function at(items, index) {
  return /** @type {T} */ (items[index]);
}

/** mulberry32: uniform integers below a bound, from 32 bits of seed. @param {number} seed @returns {Below} */
function generator(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
