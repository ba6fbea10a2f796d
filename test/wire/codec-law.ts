import assert from 'node:assert/strict';
import { ByteReader } from '#fallback/wire/byte-reader';
import { ByteWriter } from '#fallback/wire/byte-writer';
import { type Codec, decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';

/** What a sample may cost: this many cut or lengthened forms of it are decoded. */
const CUTS = 600;

/**
 * Proves the codec law for each sample: `length` is exact, decoding gives the value back, encoding the bytes back, both
 * also in the middle of a larger buffer; decoding takes a number of reads that is linear in the bytes; a cut or
 * lengthened form gives a value or a DecodeError.
 */
export function proveCodecLaw<T>(codec: Codec<T>, samples: readonly T[]): void {
  assert.ok(samples.length > 0, `${codec.name}: no sample`);
  for (const sample of samples) {
    const bytes = encode(codec, sample); // asserts that write put what length promised
    const label = `${codec.name} ${Buffer.from(bytes.subarray(0, 64)).toString('hex')}`;
    assert.equal(bytes.length, codec.length(sample), `${label}: length`);
    assert.deepEqual(plain(decode(codec, bytes)), plain(sample), `${label}: decode(encode(value))`);
    proveCanonical(codec, bytes);
    proveOffset(codec, sample, bytes);
    proveLinear(codec, bytes, label);
    for (const cut of cuts(bytes.length)) valueOrDecodeError(codec, bytes.subarray(0, cut));
    for (const tail of [1, 2, 3, 4, 64]) valueOrDecodeError(codec, Buffer.concat([bytes, Buffer.alloc(tail, 0xa5)]));
  }
}

/** Proves that bytes in canonical form come out of decoding and encoding as they were. */
function proveCanonical<T>(codec: Codec<T>, bytes: Uint8Array): void {
  assert.equal(hex(encode(codec, decode(codec, bytes))), hex(bytes), `${codec.name}: encode(decode(bytes))`);
}

/** Decodes; true for a value, false for a DecodeError. Anything else that is thrown fails the test. */
function valueOrDecodeError<T>(codec: Codec<T>, bytes: Uint8Array): boolean {
  try {
    decode(codec, bytes);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw new Error(`${codec.name} threw something else for ${hex(bytes)}`, { cause: error });
  }
}

/** The value with byte arrays as text and without absent fields: what two values are compared by. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [plain(key), plain(inner)]));
  const present = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(present.map(([key, inner]) => [key, plain(inner)]));
}

/** At an odd offset, with other bytes on both sides, nothing outside is touched and nothing outside is read. */
function proveOffset<T>(codec: Codec<T>, sample: T, bytes: Uint8Array): void {
  for (const before of [1, 7]) {
    const after = 5;
    const writer = new ByteWriter(before + bytes.length + after);
    for (let i = 0; i < before; i++) writer.u8(0xff);
    codec.write(writer, sample);
    assert.equal(writer.offset, before + bytes.length, `${codec.name}: write at offset ${before}`);
    for (let i = 0; i < after; i++) writer.u8(0xff);
    const whole = writer.finish(codec.name);
    assert.equal(hex(whole.subarray(before, -after)), hex(bytes), `${codec.name}: bytes at offset ${before}`);
    const reader = new ByteReader(whole, before, before + bytes.length);
    assert.deepEqual(plain(codec.read(reader)), plain(sample), `${codec.name}: read at offset ${before}`);
    assert.equal(reader.remaining, 0, `${codec.name}: bytes left at offset ${before}`);
  }
}

/** Each byte is looked at a bounded number of times, and each read looks at a byte. */
function proveLinear<T>(codec: Codec<T>, bytes: Uint8Array, label: string): void {
  const cost = { reads: 0, bytes: 0 };
  codec.read(new CountingReader(bytes, 0, bytes.length, cost));
  assert.ok(cost.bytes <= 3 * bytes.length, `${label}: read ${cost.bytes} bytes of ${bytes.length}`);
  assert.ok(cost.reads <= 2 * bytes.length + 16, `${label}: ${cost.reads} reads of ${bytes.length} bytes`);
}

/** Every length below `length`, or an even choice of them that keeps both ends. */
function cuts(length: number): number[] {
  if (length <= CUTS) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: CUTS }, (_, i) => Math.floor((i * (length - 1)) / (CUTS - 1)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

interface Cost {
  reads: number;
  bytes: number;
}

class CountingReader extends ByteReader {
  readonly #bytes: Uint8Array;
  readonly #cost: Cost;

  constructor(bytes: Uint8Array, start: number, end: number, cost: Cost) {
    super(bytes, start, end);
    this.#bytes = bytes;
    this.#cost = cost;
  }

  override u8(field: string): number {
    return this.#counted(1, super.u8(field));
  }
  override u16be(field: string): number {
    return this.#counted(2, super.u16be(field));
  }
  override u16le(field: string): number {
    return this.#counted(2, super.u16le(field));
  }
  override u32be(field: string): number {
    return this.#counted(4, super.u32be(field));
  }
  override u32le(field: string): number {
    return this.#counted(4, super.u32le(field));
  }
  override u64be(field: string): bigint {
    return this.#counted(8, super.u64be(field));
  }
  override u64le(field: string): bigint {
    return this.#counted(8, super.u64le(field));
  }
  override bytes(length: number, field: string): Uint8Array {
    return this.#counted(length, super.bytes(length, field));
  }
  override hex(length: number, field: string): string {
    return this.#counted(length, super.hex(length, field));
  }
  override byteString(length: number, field: string): string {
    return this.#counted(length, super.byteString(length, field));
  }
  override peekU16be(): number | undefined {
    return this.#counted(0, super.peekU16be());
  }
  override skip(length: number, field: string): void {
    this.#counted(length, super.skip(length, field));
  }
  override sub(length: number, field: string): ByteReader {
    const start = this.offset;
    super.skip(length, field);
    return new CountingReader(this.#bytes, start, start + length, this.#cost);
  }
  override fork(): ByteReader {
    return new CountingReader(this.#bytes, this.offset, this.offset + this.remaining, this.#cost);
  }

  #counted<T>(bytes: number, value: T): T {
    this.#cost.reads++;
    this.#cost.bytes += bytes;
    return value;
  }
}
