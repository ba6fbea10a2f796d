/** Fills a buffer of known length from front to back. */
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
    this.#offset = this.#buffer.writeUInt8(value, this.#offset);
  }

  u16be(value: number): void {
    this.#offset = this.#buffer.writeUInt16BE(value, this.#offset);
  }

  u16le(value: number): void {
    this.#offset = this.#buffer.writeUInt16LE(value, this.#offset);
  }

  u32be(value: number): void {
    this.#offset = this.#buffer.writeUInt32BE(value, this.#offset);
  }

  u32le(value: number): void {
    this.#offset = this.#buffer.writeUInt32LE(value, this.#offset);
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

  /** `length` bytes from hexadecimal text; a wrong text is a fault of the caller. */
  hex(value: string, length: number): void {
    const written = this.#buffer.write(value, this.#offset, length, 'hex');
    if (written !== length || value.length !== 2 * length) throw new RangeError(`not ${length} bytes of hex: ${value}`);
    this.#offset += length;
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
