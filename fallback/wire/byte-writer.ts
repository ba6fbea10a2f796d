/** What each UTF-16 unit is worth as a hexadecimal digit; -1: it is none. */
const DIGITS: ArrayLike<number> = digitValues();

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
    this.#buffer[this.#offset++] = value >> 8;
    this.#buffer[this.#offset++] = value;
  }

  u16le(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange(value, 16);
    this.#buffer[this.#offset++] = value;
    this.#buffer[this.#offset++] = value >> 8;
  }

  u32be(value: number): void {
    if (value >>> 0 !== value) throw outOfRange(value, 32);
    this.u16be(value >>> 16);
    this.u16be(value & 0xffff);
  }

  u32le(value: number): void {
    if (value >>> 0 !== value) throw outOfRange(value, 32);
    this.u16le(value & 0xffff);
    this.u16le(value >>> 16);
  }

  u64be(value: bigint): void {
    this.#offset = this.#buffer.writeBigUInt64BE(value, this.#offset);
  }

  u64le(value: bigint): void {
    this.#offset = this.#buffer.writeBigUInt64LE(value, this.#offset);
  }

  bytes(value: Uint8Array): void {
    this.#buffer.set(value, this.#offset);
    this.#offset += value.length;
  }

  /** `length` bytes from hexadecimal text. Digit by digit, because a call of `Buffer.write` takes longer than that. */
  hex(value: string, length: number): void {
    const buffer = this.#buffer;
    let at = this.#offset;
    let all = 0;
    for (let i = 0; i < 2 * length; i += 2) {
      const byte = ((DIGITS[value.charCodeAt(i)] as number) << 4) | (DIGITS[value.charCodeAt(i + 1)] as number);
      all |= byte;
      buffer[at++] = byte;
    }
    if (all < 0 || value.length !== 2 * length) throw new RangeError(`not ${length} bytes of hex: ${value}`);
    this.#offset = at;
  }

  zeros(count: number): void {
    this.#buffer.fill(0, this.#offset, this.#offset + count);
    this.#offset += count;
  }

  finish(name: string): Uint8Array {
    if (this.#offset !== this.#buffer.length) {
      throw new RangeError(`${name}: wrote ${this.#offset} bytes, length promised ${this.#buffer.length}`);
    }
    return this.#buffer;
  }
}

function outOfRange(value: number, bits: number): RangeError {
  return new RangeError(`not an unsigned number of ${bits} bits: ${value}`);
}

function digitValues(): Int8Array {
  const values = new Int8Array(0x1_0000).fill(-1);
  for (const [value, digit] of [...'0123456789abcdef'].entries()) {
    values[digit.charCodeAt(0)] = value;
    values[digit.toUpperCase().charCodeAt(0)] = value;
  }
  return values;
}
