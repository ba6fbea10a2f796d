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

  u8(field: string): number {
    return this.#byte(this.#take(1, field));
  }

  u16be(field: string): number {
    const at = this.#take(2, field);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  u16le(field: string): number {
    const at = this.#take(2, field);
    return this.#byte(at) | (this.#byte(at + 1) << 8);
  }

  u32be(field: string): number {
    return this.#u32beAt(this.#take(4, field));
  }

  u32le(field: string): number {
    return this.#u32leAt(this.#take(4, field));
  }

  u64be(field: string): bigint {
    const at = this.#take(8, field);
    return (BigInt(this.#u32beAt(at)) << 32n) | BigInt(this.#u32beAt(at + 4));
  }

  u64le(field: string): bigint {
    const at = this.#take(8, field);
    return BigInt(this.#u32leAt(at)) | (BigInt(this.#u32leAt(at + 4)) << 32n);
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

  /** `length` bytes as a string: the form of identifiers and addresses in messages. */
  byteString(length: number, field: string): ByteString {
    const start = this.#take(length, field);
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
    if (this.remaining < 4 || this.#u32beAt(this.#offset) !== expected) return false;
    this.#offset += 4;
    return true;
  }

  /** The next u16, big-endian, without taking it; `undefined` when fewer than two bytes are left. */
  peekU16be(): number | undefined {
    const at = this.#offset;
    return this.remaining < 2 ? undefined : (this.#byte(at) << 8) | this.#byte(at + 1);
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

  /** Of a place that `#take` returned. */
  #byte(at: number): number {
    return this.#buffer[at] as number;
  }

  #u32beAt(at: number): number {
    return ((this.#byte(at) << 24) | (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3)) >>> 0;
  }

  #u32leAt(at: number): number {
    return (this.#byte(at) | (this.#byte(at + 1) << 8) | (this.#byte(at + 2) << 16) | (this.#byte(at + 3) << 24)) >>> 0;
  }

  #take(length: number, field: string): number {
    const start = this.#offset;
    if (length > this.#end - start) this.fail(field, `needs ${length} bytes, ${this.#end - start} are left`);
    this.#offset = start + length;
    return start;
  }
}
