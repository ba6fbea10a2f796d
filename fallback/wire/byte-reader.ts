import type { ByteString } from './byte-string.js';
import { DecodeError } from './decode-error.js';

/**
 * How many bytes become a string at a time: those of most messages. Each call of `toString` takes longer than its bytes
 * do, and a field's string keeps no more alive than so many characters.
 */
const STRING_WINDOW = 256;

/** What `toString` of a Buffer comes down to; they take any Uint8Array, and ends that are inside it alone. */
const { hexSlice, latin1Slice } = Buffer.prototype as unknown as {
  readonly [name in 'hexSlice' | 'latin1Slice']: (this: Uint8Array, start: number, end: number) => string;
};

/**
 * Reads a buffer from front to back. Every read names its field and fails with a DecodeError past the end. The bytes
 * that `bytes` returns are a view: copy what outlives the datagram.
 */
export class ByteReader {
  readonly #buffer: Uint8Array;
  readonly #end: number;
  #offset: number;
  /** The bytes from `#stringAt`. */
  #string: ByteString = '';
  #stringAt = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#buffer = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  // Messages are made of these. They take their bytes themselves: to call a private method takes longer than to do that.

  u8(field: string): number {
    const at = this.#offset;
    if (at + 1 > this.#end) this.#refuse(1, field);
    this.#offset = at + 1;
    return this.#buffer[at] as number;
  }

  u16be(field: string): number {
    const at = this.#offset;
    if (at + 2 > this.#end) this.#refuse(2, field);
    this.#offset = at + 2;
    return u16beAt(this.#buffer, at);
  }

  u32be(field: string): number {
    const at = this.#offset;
    if (at + 4 > this.#end) this.#refuse(4, field);
    this.#offset = at + 4;
    return u32beAt(this.#buffer, at);
  }

  /** `length` bytes as a string: the form of identifiers and addresses in messages. */
  byteString(length: number, field: string): ByteString {
    const start = this.#offset;
    if (start + length > this.#end) this.#refuse(length, field);
    this.#offset = start + length;
    if (start + length - this.#stringAt > this.#string.length) {
      const end = Math.min(start + Math.max(length, STRING_WINDOW), this.#end);
      this.#string = latin1Slice.call(this.#buffer, start, end);
      this.#stringAt = start;
    }
    const first = start - this.#stringAt;
    return this.#string.slice(first, first + length);
  }

  /** Takes the next u32, big-endian, if it is `expected`. */
  acceptU32be(expected: number): boolean {
    const at = this.#offset;
    if (at + 4 > this.#end || u32beAt(this.#buffer, at) !== expected) return false;
    this.#offset = at + 4;
    return true;
  }

  /** The next u16, big-endian, without taking it; `undefined` when fewer than two bytes are left. */
  peekU16be(): number | undefined {
    return this.#offset + 2 > this.#end ? undefined : u16beAt(this.#buffer, this.#offset);
  }

  u16le(field: string): number {
    return u16leAt(this.#buffer, this.#take(2, field));
  }

  u32le(field: string): number {
    return u32leAt(this.#buffer, this.#take(4, field));
  }

  u64be(field: string): bigint {
    const at = this.#take(8, field);
    return (BigInt(u32beAt(this.#buffer, at)) << 32n) | BigInt(u32beAt(this.#buffer, at + 4));
  }

  u64le(field: string): bigint {
    const at = this.#take(8, field);
    return BigInt(u32leAt(this.#buffer, at)) | (BigInt(u32leAt(this.#buffer, at + 4)) << 32n);
  }

  /** `length` bytes, as a view. */
  bytes(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return this.#buffer.subarray(start, start + length);
  }

  /** `length` bytes as lower-case hexadecimal digits. */
  hex(length: number, field: string): string {
    const start = this.#take(length, field);
    return hexSlice.call(this.#buffer, start, start + length);
  }

  skip(length: number, field: string): void {
    this.#take(length, field);
  }

  /** A reader of the next `length` bytes, whose offsets count from the same buffer start. */
  sub(length: number, field: string): ByteReader {
    const start = this.#take(length, field);
    return new ByteReader(this.#buffer, start, start + length);
  }

  /** A second reader at the same place, for a structure that may have one of two layouts. */
  fork(): ByteReader {
    return new ByteReader(this.#buffer, this.#offset, this.#end);
  }

  fail(field: string, what: string): never {
    throw new DecodeError(field, this.#offset, what);
  }

  #take(length: number, field: string): number {
    const start = this.#offset;
    if (start + length > this.#end) this.#refuse(length, field);
    this.#offset = start + length;
    return start;
  }

  #refuse(length: number, field: string): never {
    return this.fail(field, `needs ${length} bytes, ${this.remaining} are left`);
  }
}

function u16beAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function u32beAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}

function u16leAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function u32leAt(bytes: Uint8Array, at: number): number {
  return (u16leAt(bytes, at) | (u16leAt(bytes, at + 2) << 16)) >>> 0;
}
