import { DecodeError } from '../wire/decode-error.js';

/** A value of X.690 as it is encoded; both are views. */
export interface Value {
  /** The identifier octet. 8.1.2. */
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

export const Tag = {
  INTEGER: 0x02,
  OBJECT_IDENTIFIER: 0x06,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** [0] and [1], constructed. */
  CONTEXT_0: 0xa0,
  CONTEXT_1: 0xa1,
} as const;

/** The largest here is a chain of 25 certificates inside a PFX: no honest input comes near. */
export const LIMITS = { maxDepth: 40, maxNodes: 5000 } as const;

/** A bit of the identifier octet, and its number where more octets follow. 8.1.2.4, 8.1.2.5. */
const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
/** The one length octet of the indefinite form. 8.1.3.6. */
const INDEFINITE = 0x80;
/** Longer lengths than four octets can say have no place in memory. */
const LENGTH_OCTETS = 4;

/** The one value that `bytes` is. */
export function readValue(bytes: Uint8Array, field: string): Value {
  const [only, second] = readValues(bytes, field);
  if (only === undefined) throw new DecodeError(field, 0, 'is missing');
  if (second !== undefined) throw new DecodeError(field, only.whole.length, 'has something behind its end');
  return only;
}

/**
 * The values that `bytes` is a row of. Each value in them has to end where what it is in does, however deep it lies; what
 * is in primitive ones is not looked at.
 */
export function readValues(bytes: Uint8Array, field: string): Value[] {
  const walk = new Walk(bytes, field);
  const values: Value[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { content, contentEnd, end } = walk.value(at, bytes.length, 0);
    values.push({
      tag: bytes[at] as number,
      content: bytes.subarray(content, contentEnd),
      whole: bytes.subarray(at, end),
    });
    at = end;
  }
  return values;
}

/** A value in DER. */
export function writeValue(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  const digits = length.toString(16);
  const octets = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  const prefix = length < INDEFINITE ? [tag, length] : [tag, INDEFINITE + octets.length, ...octets];
  return new Uint8Array(Buffer.concat([Uint8Array.from(prefix), ...content]));
}

interface Extent {
  readonly content: number;
  readonly contentEnd: number;
  readonly end: number;
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #field: string;
  #nodes = 0;

  constructor(bytes: Uint8Array, field: string) {
    this.#bytes = bytes;
    this.#field = field;
  }

  /** Where the value at `start` is, which has to end before `limit`. */
  value(start: number, limit: number, depth: number): Extent {
    this.#nodes += 1;
    if (this.#nodes > LIMITS.maxNodes) this.#refuse(start, `has more than ${LIMITS.maxNodes} values`);
    if (depth > LIMITS.maxDepth) this.#refuse(start, `is nested deeper than ${LIMITS.maxDepth}`);
    if (limit - start < 2) this.#refuse(start, 'a value ends too early');
    const tag = this.#bytes[start] as number;
    if ((tag & LONG_TAG) === LONG_TAG) this.#refuse(start, 'has a tag that nothing here has');
    const isConstructed = (tag & CONSTRUCTED) !== 0;
    const first = this.#bytes[start + 1] as number;
    if (first === INDEFINITE) {
      if (!isConstructed) this.#refuse(start, 'a primitive value has no end');
      return this.#untilZeros(start + 2, limit, depth);
    }
    const content = start + 2 + (first < INDEFINITE ? 0 : first & 0x7f);
    if (content > Math.min(limit, start + 2 + LENGTH_OCTETS)) this.#refuse(start, 'a value ends too early');
    let length = first < INDEFINITE ? first : 0;
    for (let at = start + 2; at < content; at++) length = 256 * length + (this.#bytes[at] as number);
    const end = content + length;
    if (end > limit) this.#refuse(start, `a value of ${length} bytes, ${limit - content} are left`);
    if (isConstructed) for (let at = content; at < end; ) at = this.value(at, end, depth + 1).end;
    return { content, contentEnd: end, end };
  }

  #untilZeros(content: number, limit: number, depth: number): Extent {
    let at = content;
    while (limit - at >= 2 && !(this.#bytes[at] === 0 && this.#bytes[at + 1] === 0)) {
      at = this.value(at, limit, depth + 1).end;
    }
    if (limit - at < 2) this.#refuse(at, 'a value has no end');
    return { content, contentEnd: at, end: at + 2 };
  }

  #refuse(at: number, what: string): never {
    throw new DecodeError(this.#field, at, what);
  }
}
