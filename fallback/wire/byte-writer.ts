import type { ByteString } from './byte-string.js';

/** Fills a buffer of known length from front to back. A value that its field can't hold is a fault of the caller. */
export class ByteWriter {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(length: number) {
    this.#buffer = Buffer.allocUnsafe(length);
  }

  get offset(): number {
    return this.#offset;
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) throw outOfRange(value, 8);
    this.#buffer[this.#offset++] = value;
  }

  u16be(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange(value, 16);
    const at = this.#take(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
  }

  u16le(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange(value, 16);
    const at = this.#take(2);
    this.#buffer[at] = value;
    this.#buffer[at + 1] = value >>> 8;
  }

  u32be(value: number): void {
    if (value >>> 0 !== value) throw outOfRange(value, 32);
    const at = this.#take(4);
    this.#buffer[at] = value >>> 24;
    this.#buffer[at + 1] = value >>> 16;
    this.#buffer[at + 2] = value >>> 8;
    this.#buffer[at + 3] = value;
  }

  u32le(value: number): void {
    if (value >>> 0 !== value) throw outOfRange(value, 32);
    const at = this.#take(4);
    this.#buffer[at] = value;
    this.#buffer[at + 1] = value >>> 8;
    this.#buffer[at + 2] = value >>> 16;
    this.#buffer[at + 3] = value >>> 24;
  }

  u64be(value: bigint): void {
    this.#buffer.writeBigUInt64BE(value, this.#take(8));
  }

  u64le(value: bigint): void {
    this.#buffer.writeBigUInt64LE(value, this.#take(8));
  }

  bytes(value: Uint8Array): void {
    this.#buffer.set(value, this.#take(value.length));
  }

  /** `length` bytes from hexadecimal digits. */
  hex(value: string, length: number): void {
    const written = value.length === 2 * length ? this.#buffer.write(value, this.#take(length), 'hex') : 0;
    if (written !== length) throw new RangeError(`not ${length} bytes of hex: ${value}`);
  }

  /** `length` bytes from a string of them. One by one, because a call of `Buffer.write` takes longer than that. */
  byteString(value: ByteString, length: number): void {
    if (value.length !== length) throw notBytes(value, length);
    const buffer = this.#buffer;
    let at = this.#take(length);
    let all = 0;
    for (let i = 0; i < length; i++) {
      const byte = value.charCodeAt(i);
      all |= byte;
      buffer[at++] = byte;
    }
    if (all > 0xff) throw notBytes(value, length);
  }

  zeros(count: number): void {
    const start = this.#take(count);
    for (let at = start; at < start + count; at++) this.#buffer[at] = 0;
  }

  finish(name: string): Uint8Array {
    if (this.#offset !== this.#buffer.length) {
      throw new RangeError(`${name}: wrote ${this.#offset} bytes, length promised ${this.#buffer.length}`);
    }
    return this.#buffer;
  }

  /** Where a field of `length` bytes starts. Behind the end nothing is written, and `finish` tells. */
  #take(length: number): number {
    const start = this.#offset;
    this.#offset = start + length;
    return start;
  }
}

function outOfRange(value: number, bits: number): RangeError {
  return new RangeError(`not an unsigned number of ${bits} bits: ${value}`);
}

function notBytes(value: string, length: number): RangeError {
  return new RangeError(`not a string of ${length} bytes: ${value}`);
}
