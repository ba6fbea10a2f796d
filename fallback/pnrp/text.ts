import { type ByteOrder, utf16Bytes, utf16Text } from '../wire/byte-order.js';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';

/** A text that the publisher chose the encoding of: FriendlyName (2.2.3.1) and the string payload (2.2.3.3). */
export interface EncodedText {
  readonly text: string;
  readonly encoding: 'utf-16' | 'utf-8';
}

export function textLength(value: EncodedText): number {
  return value.encoding === 'utf-8' ? Buffer.byteLength(value.text) : 2 * value.text.length;
}

export function writeText(writer: ByteWriter, value: EncodedText, order: ByteOrder): void {
  writer.bytes(value.encoding === 'utf-8' ? Buffer.from(value.text) : utf16Bytes(value.text, order));
}

export function readText(
  reader: ByteReader,
  length: number,
  encoding: EncodedText['encoding'],
  order: ByteOrder,
  field: string,
): EncodedText {
  const bytes = reader.bytes(length, field);
  if (encoding === 'utf-16') {
    return {
      encoding,
      text: length % 2 === 0 ? utf16Text(bytes, order) : reader.fail(field, `${length} bytes of UTF-16`),
    };
  }
  try {
    return { encoding, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return reader.fail(field, 'is not UTF-8');
  }
}
