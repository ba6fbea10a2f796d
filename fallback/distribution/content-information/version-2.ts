import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { Codec } from '../../wire/codec.js';
import type { Readings } from '../../wire/readings.js';
import { type ContentInformation2, SEGMENT_LIMIT_2, type Segment, segmentEnd } from './model.js';
import { hashForm } from './segment-hash.js';

/** The minor version is the first byte. */
const VERSION = 0x0002;
const HEADER_LENGTH = 31;
const CHUNK_HEADER_LENGTH = 5;
/** The only one that is defined: segment descriptions. 2.4.1.1 */
const CHUNK_TYPE = 0;
const { id: ALGORITHM_ID, length: HASH_LENGTH } = hashForm('sha512-256');
const DESCRIPTION_LENGTH = 4 + 2 * HASH_LENGTH;
const END_OF_OFFSETS = 1n << 64n;

/** Content information 2.0. [MS-PCCRC] 2.4. Big-endian; it takes all that the reader has. */
export function contentInformation2(readings: Readings): Codec<ContentInformation2> {
  // UNCONFIRMED: distribution.chunks
  const single = readings.get('distribution.chunks') === 'single';
  return {
    name: 'Content Information 2.0',
    length: ({ segments }) =>
      HEADER_LENGTH + (single ? 1 : segments.length) * CHUNK_HEADER_LENGTH + segments.length * DESCRIPTION_LENGTH,
    write(writer, { start, end, whole, firstIndex, segments }) {
      const first = segments[0] as Segment;
      writer.u16be(VERSION);
      writer.u8(ALGORITHM_ID);
      writer.u64be(first.offset);
      writer.u64be(firstIndex);
      writer.u32be(Number(start - first.offset));
      writer.u64be(whole ? 0n : end - start);
      for (const chunk of single ? [segments] : segments.map((segment) => [segment])) writeChunk(writer, chunk);
    },
    read(reader) {
      const version = reader.u16be('Version');
      if (version !== VERSION) reader.fail('Version', `is ${version & 0xff}.${version >> 8}`);
      const id = reader.u8('bHashAlgo');
      if (id !== ALGORITHM_ID) reader.fail('bHashAlgo', `is 0x${id.toString(16)}`);
      const offset = reader.u64be('ullStartInContent');
      const firstIndex = reader.u64be('ullIndexOfFirstSegment');
      const offsetInFirstSegment = reader.u32be('dwOffsetInFirstSegment');
      const length = reader.u64be('ullLengthOfRange');
      const segments = readChunks(reader, offset);
      const first = segments[0] as Segment;
      const last = segmentEnd(segments.at(-1) as Segment);
      if (offsetInFirstSegment >= first.length) reader.fail('dwOffsetInFirstSegment', `is ${offsetInFirstSegment}`);
      const start = offset + BigInt(offsetInFirstSegment);
      const end = length === 0n ? last : start + length;
      if (end > last) reader.fail('ullLengthOfRange', `is ${length}`);
      return { version: 2, algorithm: 'sha512-256', start, end, whole: length === 0n, firstIndex, segments };
    },
  };
}

function writeChunk(writer: ByteWriter, segments: readonly Segment[]): void {
  writer.u8(CHUNK_TYPE);
  writer.u32be(segments.length * DESCRIPTION_LENGTH);
  for (const { length, hashOfData, secret } of segments) {
    writer.u32be(length);
    writer.bytes(hashOfData);
    writer.bytes(secret);
  }
}

/** All chunks, 2.4.1; those of another type are for others. */
function readChunks(reader: ByteReader, start: bigint): Segment[] {
  const segments: Segment[] = [];
  let offset = start;
  do {
    const type = reader.u8('bChunkType');
    const length = reader.u32be('dwChunkDataLength');
    if (type !== CHUNK_TYPE) {
      reader.skip(length, 'ChunkData');
      continue;
    }
    if (length === 0 || length % DESCRIPTION_LENGTH !== 0) reader.fail('dwChunkDataLength', `is ${length}`);
    for (const chunk = reader.sub(length, 'ChunkData'); chunk.remaining > 0; ) {
      const segment = readDescription(chunk, offset);
      offset = segmentEnd(segment);
      segments.push(segment);
    }
  } while (reader.remaining > 0);
  if (segments.length === 0) reader.fail('bChunkType', 'no chunk has segments');
  if (offset > END_OF_OFFSETS) reader.fail('ullStartInContent', `is ${start}`);
  return segments;
}

/** SegmentDescription, 2.4.1.2. */
function readDescription(reader: ByteReader, offset: bigint): Segment {
  const length = reader.u32be('cbSegment');
  if (length < 1 || length > SEGMENT_LIMIT_2) reader.fail('cbSegment', `is ${length}`);
  const hashOfData = reader.bytes(HASH_LENGTH, 'SegmentHashOfData');
  return { offset, length, hashOfData, secret: reader.bytes(HASH_LENGTH, 'SegmentSecret') };
}
