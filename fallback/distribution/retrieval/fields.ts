import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { BlockRange } from './block-ranges.js';
import { SEGMENT_ID_LENGTHS } from './constants.js';

/** Bytes until the next multiple of 4: all else in a message has such a length. [MS-PCCRR] 2.2.1 */
export function padding(length: number): number {
  return -length & 3;
}

/** A byte array with its size before it and its padding behind it. */
export function paddedLength(length: number): number {
  return 4 + length + padding(length);
}

export function writePadded(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u32be(bytes.length);
  writer.bytes(bytes);
  writer.zeros(padding(bytes.length));
}

export function readPadded(reader: ByteReader, field: string): Uint8Array {
  const bytes = reader.bytes(reader.u32be(`SizeOf${field}`), field);
  reader.skip(padding(bytes.length), 'ZeroPad');
  return bytes;
}

/** An array whose padding, if it has any, is written elsewhere or nowhere. */
export function readSized(reader: ByteReader, field: string): Uint8Array {
  return reader.bytes(reader.u32be(`SizeOf${field}`), field);
}

export function writeSized(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u32be(bytes.length);
  writer.bytes(bytes);
}

/** Of an identifier as hexadecimal text, whose lengths need no padding. */
export function segmentIdLength(id: string): number {
  return 4 + id.length / 2;
}

export function writeSegmentId(writer: ByteWriter, id: string): void {
  writer.u32be(id.length / 2);
  writer.hex(id, id.length / 2);
}

export function readSegmentId(reader: ByteReader): string {
  const size = reader.u32be('SizeOfSegmentID');
  if (!SEGMENT_ID_LENGTHS.includes(size)) reader.fail('SizeOfSegmentID', `is ${size}`);
  return reader.hex(size, 'SegmentID');
}

const RANGE_LENGTH = 8;

export function rangesLength(ranges: readonly BlockRange[]): number {
  return 4 + RANGE_LENGTH * ranges.length;
}

/** BLOCK_RANGE_ARRAY or SEGMENT_RANGE_ARRAY after its count. [MS-PCCRR] 2.2.1.3, 2.2.1.4 */
export function writeRanges(writer: ByteWriter, ranges: readonly BlockRange[]): void {
  writer.u32be(ranges.length);
  for (const { index, count } of ranges) {
    writer.u32be(index);
    writer.u32be(count);
  }
}

/** Ranges of any order and extent. */
export function readRanges(reader: ByteReader, field: string, limit: number): BlockRange[] {
  const length = reader.u32be(field);
  if (length > limit) reader.fail(field, `is ${length}`);
  const ranges: BlockRange[] = [];
  for (const array = reader.sub(RANGE_LENGTH * length, field); array.remaining > 0; ) {
    ranges.push({ index: array.u32be('Index'), count: array.u32be('Count') });
  }
  return ranges;
}
