import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { DecodeError } from './decode-error.js';

/**
 * One structure of a specification: bytes to object and back. `length` is exact; `read` takes what belongs to the
 * structure and throws nothing but DecodeError; `write` puts exactly `length` bytes.
 */
export interface Codec<T> {
  readonly name: string;
  length(value: T): number;
  write(writer: ByteWriter, value: T): void;
  read(reader: ByteReader): T;
}

/** The bytes of `value`; what `length` promised and `write` put must agree. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new ByteWriter(codec.length(value));
  codec.write(writer, value);
  return writer.finish(codec.name);
}

/** The value of all of `bytes`; bytes left over are a DecodeError. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new ByteReader(bytes);
  const value = codec.read(reader);
  if (reader.remaining > 0) throw new DecodeError(codec.name, reader.offset, `${reader.remaining} bytes too many`);
  return value;
}
