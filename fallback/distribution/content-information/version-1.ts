import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { Codec } from '../../wire/codec.js';
import type { Readings } from '../../wire/readings.js';
import {
  BLOCK_LENGTH,
  blockCount,
  blocksIn,
  type ContentInformation1,
  SEGMENT_LENGTH_1,
  type Segment,
  type Segment1,
  segmentEnd,
} from './model.js';
import { algorithmOf, hashForm } from './segment-hash.js';

/** The minor version is the first byte. */
const VERSION = 0x0100;
const HEADER_LENGTH = 18;
/** Of a SegmentDescription, up to its hashes. */
const DESCRIPTION_LENGTH = 16;
const END_OF_OFFSETS = 1n << 64n;

type Algorithm1 = ContentInformation1['algorithm'];

interface Header {
  readonly algorithm: Algorithm1;
  readonly offsetInFirstSegment: number;
  readonly readBytesInLastSegment: number;
}

/** Content information 1.0. [MS-PCCRC] 2.3. Little-endian; what follows its end is left to the reader. */
export const contentInformation1: Codec<ContentInformation1> = {
  name: 'Content Information 1.0',
  length: ({ algorithm, segments }) => structureLength(algorithm, segments),
  write(writer, { algorithm, start, end, segments }) {
    const first = segments[0] as Segment1;
    const last = segments.at(-1) as Segment1;
    // Of a single segment the bytes from the start of the range count, of several those of the last one.
    const from = segments.length === 1 ? start : last.offset;
    const header = {
      algorithm,
      offsetInFirstSegment: Number(start - first.offset),
      readBytesInLastSegment: end === segmentEnd(last) ? 0 : Number(end - from),
    };
    writeStructure(writer, header, segments);
  },
  read(reader) {
    const { header, count } = readHeader(reader);
    const { algorithm } = header;
    const described = readDescriptions(reader, algorithm, count);
    const range = rangeOf(reader, header, described);
    const segments = described.map((segment): Segment1 => {
      const blockHashes = readBlocks(reader, algorithm, segment);
      return { ...segment, firstBlock: firstListed(reader, range, segment, blockHashes, algorithm), blockHashes };
    });
    return { version: 1, algorithm, ...range, segments };
  },
};

/** One segment, as a hosted cache is told of it. [MS-PCHC] 2.2.1.4 */
export interface SegmentInformation {
  readonly algorithm: Algorithm1;
  /** Where the range begins that the sender's content information was for; the structure is about the whole segment. */
  readonly rangeOffset: number;
  readonly segment: Segment1;
}

/** Content information 1.0 in a SEGMENT_INFO. Its dwReadBytesInLastSegment is the segment's length, whatever dwOffset is. */
export function segmentInformation(readings: Readings): Codec<SegmentInformation> {
  return {
    name: 'Content Information 1.0 of one segment',
    length: ({ algorithm, segment }) => structureLength(algorithm, [segment]),
    write(writer, { algorithm, rangeOffset, segment }) {
      const header = { algorithm, offsetInFirstSegment: rangeOffset, readBytesInLastSegment: segment.length };
      writeStructure(writer, header, [segment]);
    },
    read(reader) {
      const { header, count } = readHeader(reader);
      if (count !== 1) reader.fail('cSegments', `is ${count}`);
      const { algorithm, offsetInFirstSegment: rangeOffset } = header;
      const [segment] = readDescriptions(reader, algorithm, count) as [Segment];
      const blockHashes = readBlocks(reader, algorithm, segment);
      const missing = blockCount(segment) - blockHashes.length / hashForm(algorithm).length;
      // UNCONFIRMED: distribution.block-lists
      const strict = readings.get('distribution.block-lists') === 'strict';
      const firstBlock = strict ? Math.min(missing, Math.floor(rangeOffset / BLOCK_LENGTH)) : 0;
      return { algorithm, rangeOffset, segment: { ...segment, firstBlock, blockHashes } };
    },
  };
}

function structureLength(algorithm: SegmentHash, segments: readonly Segment1[]): number {
  const each = DESCRIPTION_LENGTH + 2 * hashForm(algorithm).length + 4;
  return segments.reduce((sum, { blockHashes }) => sum + each + blockHashes.length, HEADER_LENGTH);
}

function writeStructure(writer: ByteWriter, header: Header, segments: readonly Segment1[]): void {
  const { id, length } = hashForm(header.algorithm);
  writer.u16le(VERSION);
  writer.u32le(id);
  writer.u32le(header.offsetInFirstSegment);
  writer.u32le(header.readBytesInLastSegment);
  writer.u32le(segments.length);
  for (const segment of segments) {
    writer.u64le(segment.offset);
    writer.u32le(segment.length);
    writer.u32le(BLOCK_LENGTH);
    writer.bytes(segment.hashOfData);
    writer.bytes(segment.secret);
  }
  for (const { blockHashes } of segments) {
    writer.u32le(blockHashes.length / length);
    writer.bytes(blockHashes);
  }
}

function readHeader(reader: ByteReader): { readonly header: Header; readonly count: number } {
  const version = reader.u16le('Version');
  if (version !== VERSION) reader.fail('Version', `is ${version >> 8}.${version & 0xff}`);
  const id = reader.u32le('dwHashAlgo');
  const algorithm = algorithmOf(1, id) as Algorithm1 | undefined;
  if (algorithm === undefined) return reader.fail('dwHashAlgo', `is 0x${id.toString(16)}`);
  const offsetInFirstSegment = reader.u32le('dwOffsetInFirstSegment');
  const readBytesInLastSegment = reader.u32le('dwReadBytesInLastSegment');
  const count = reader.u32le('cSegments');
  return { header: { algorithm, offsetInFirstSegment, readBytesInLastSegment }, count };
}

/** SegmentDescription, 2.3.1.1: one behind the other, and all but the last of full length. */
function readDescriptions(reader: ByteReader, algorithm: Algorithm1, count: number): Segment[] {
  if (count < 1) reader.fail('cSegments', 'is 0');
  const { length: hashLength } = hashForm(algorithm);
  const segments: Segment[] = [];
  for (let end: bigint | undefined; segments.length < count; ) {
    const offset = reader.u64le('ullOffsetInContent');
    if (end !== undefined && offset !== end) reader.fail('ullOffsetInContent', `is ${offset}, not ${end}`);
    const length = reader.u32le('cbSegment');
    const least = segments.length < count - 1 ? SEGMENT_LENGTH_1 : 1;
    if (length < least || length > SEGMENT_LENGTH_1) reader.fail('cbSegment', `is ${length}`);
    const blockSize = reader.u32le('cbBlockSize');
    if (blockSize !== BLOCK_LENGTH) reader.fail('cbBlockSize', `is ${blockSize}`);
    end = offset + BigInt(length);
    if (end > END_OF_OFFSETS) reader.fail('cbSegment', `is ${length} from ${offset} on`);
    const hashOfData = reader.bytes(hashLength, 'SegmentHashOfData');
    segments.push({ offset, length, hashOfData, secret: reader.bytes(hashLength, 'SegmentSecret') });
  }
  return segments;
}

/** The sums of 2.3 leave out the rest of the first of several segments: these are those of the worked examples, 3.5. */
function rangeOf(reader: ByteReader, header: Header, segments: readonly Segment[]): { start: bigint; end: bigint } {
  const first = segments[0] as Segment;
  const last = segments.at(-1) as Segment;
  const { offsetInFirstSegment, readBytesInLastSegment } = header;
  if (offsetInFirstSegment >= first.length) reader.fail('dwOffsetInFirstSegment', `is ${offsetInFirstSegment}`);
  const start = first.offset + BigInt(offsetInFirstSegment);
  if (readBytesInLastSegment === 0) return { start, end: segmentEnd(last) };
  const end = (segments.length === 1 ? start : last.offset) + BigInt(readBytesInLastSegment);
  if (end > segmentEnd(last)) reader.fail('dwReadBytesInLastSegment', `is ${readBytesInLastSegment}`);
  return { start, end };
}

/** SegmentContentBlocks, 2.3.1.2. */
function readBlocks(reader: ByteReader, algorithm: Algorithm1, segment: Segment): Uint8Array {
  const count = reader.u32le('cBlocks');
  if (count < 1 || count > blockCount(segment)) reader.fail('cBlocks', `is ${count}`);
  return reader.bytes(count * hashForm(algorithm).length, 'BlockHashes');
}

/**
 * 2.3 lists the blocks of the range alone, the worked examples of 3.3 and 3.5 all from the segment's first on. A list that is
 * too short for that is read as 2.3 says.
 */
function firstListed(
  reader: ByteReader,
  range: { readonly start: bigint; readonly end: bigint },
  segment: Segment,
  blockHashes: Uint8Array,
  algorithm: Algorithm1,
): number {
  const count = blockHashes.length / hashForm(algorithm).length;
  const { first, end } = blocksIn(range, segment);
  if (count >= end) return 0;
  if (count < end - first || first + count > blockCount(segment)) {
    reader.fail('cBlocks', `is ${count}, for the blocks ${first} to ${end - 1}`);
  }
  return first;
}
