import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { BlockRange } from './block-ranges.js';
import { Limit, REQUEST_ID_LENGTH } from './constants.js';
import {
  paddedLength,
  padding,
  rangesLength,
  readPadded,
  readRanges,
  readSegmentId,
  readSized,
  segmentIdLength,
  writePadded,
  writeRanges,
  writeSegmentId,
  writeSized,
} from './fields.js';
import { readVersion, type Version, writeVersion } from './header.js';
import type { Headed, MessageBody } from './message-parts.js';

/** The versions that a server speaks. [MS-PCCRR] 2.2.5.1 */
export interface NegoResp extends Headed {
  readonly type: 'MSG_NEGO_RESP';
  readonly min: Version;
  readonly max: Version;
}

export const negoResp: MessageBody<NegoResp> = {
  type: 'MSG_NEGO_RESP',
  response: true,
  length: () => 8,
  write(writer, { min, max }) {
    writeVersion(writer, min);
    writeVersion(writer, max);
  },
  read: (reader, headed) => ({
    type: 'MSG_NEGO_RESP',
    ...headed,
    min: readVersion(reader, 'MinSupportedProtocolVersion'),
    max: readVersion(reader, 'MaxSupportedProtocolVersion'),
  }),
};

/** Which of the blocks asked for are there. [MS-PCCRR] 2.2.5.2 */
export interface BlkList extends Headed {
  readonly type: 'MSG_BLKLIST';
  readonly segmentId: string;
  readonly ranges: readonly BlockRange[];
  /** 0: none. */
  readonly nextBlockIndex: number;
}

export const blkList: MessageBody<BlkList> = {
  type: 'MSG_BLKLIST',
  response: true,
  length: ({ segmentId, ranges }) => segmentIdLength(segmentId) + rangesLength(ranges) + 4,
  write(writer, { segmentId, ranges, nextBlockIndex }) {
    writeSegmentId(writer, segmentId);
    writeRanges(writer, ranges);
    writer.u32be(nextBlockIndex);
  },
  read: (reader, headed) => ({
    type: 'MSG_BLKLIST',
    ...headed,
    segmentId: readSegmentId(reader),
    ranges: readRanges(reader, 'BlockRangeCount', Limit.RESPONSE_RANGES),
    nextBlockIndex: reader.u32be('NextBlockIndex'),
  }),
};

/** A block, or none. [MS-PCCRR] 2.2.5.3 */
export interface Blk extends Headed {
  readonly type: 'MSG_BLK';
  readonly segmentId: string;
  readonly blockIndex: number;
  /** The first block behind this one that is there; 0: none. */
  readonly nextBlockIndex: number;
  /** None: the block is not there. */
  readonly block: Uint8Array;
  /** Not used. */
  readonly vrfBlock: Uint8Array;
  readonly iv: Uint8Array;
}

export const blk: MessageBody<Blk> = {
  type: 'MSG_BLK',
  response: true,
  length: (m) => blkHeadLength(m) + m.block.length + blkTailLength(m),
  write(writer, m) {
    writeBlkHead(writer, m);
    writer.bytes(m.block);
    writeBlkTail(writer, m);
  },
  read: (reader: ByteReader, headed) => ({
    type: 'MSG_BLK',
    ...headed,
    segmentId: readSegmentId(reader),
    blockIndex: reader.u32be('BlockIndex'),
    nextBlockIndex: reader.u32be('NextBlockIndex'),
    block: readPadded(reader, 'Block'),
    vrfBlock: readPadded(reader, 'VrfBlock'),
    iv: readSized(reader, 'IVBlock'),
  }),
};

/** The fields before the block, which goes out without being copied. */
export function blkHeadLength({ segmentId }: Blk): number {
  return segmentIdLength(segmentId) + 12;
}

export function writeBlkHead(writer: ByteWriter, { segmentId, blockIndex, nextBlockIndex, block }: Blk): void {
  writeSegmentId(writer, segmentId);
  writer.u32be(blockIndex);
  writer.u32be(nextBlockIndex);
  writer.u32be(block.length);
}

/** The fields behind the block, with its padding. */
export function blkTailLength({ block, vrfBlock, iv }: Blk): number {
  return padding(block.length) + paddedLength(vrfBlock.length) + 4 + iv.length;
}

export function writeBlkTail(writer: ByteWriter, { block, vrfBlock, iv }: Blk): void {
  writer.zeros(padding(block.length));
  writePadded(writer, vrfBlock);
  writeSized(writer, iv);
}

/** Which of the segments asked for are there. Of version 2.0. [MS-PCCRR] 2.2.5.4 */
export interface SegList extends Headed {
  readonly type: 'MSG_SEGLIST';
  readonly requestId: string;
  /** By their places in the request. */
  readonly ranges: readonly BlockRange[];
  /** ExtensibleBlob. */
  readonly blob: Uint8Array;
}

export const segList: MessageBody<SegList> = {
  type: 'MSG_SEGLIST',
  response: true,
  length: ({ ranges, blob }) => REQUEST_ID_LENGTH + rangesLength(ranges) + 4 + blob.length,
  write(writer, { requestId, ranges, blob }) {
    writer.hex(requestId, REQUEST_ID_LENGTH);
    writeRanges(writer, ranges);
    writeSized(writer, blob);
  },
  read: (reader, headed) => ({
    type: 'MSG_SEGLIST',
    ...headed,
    requestId: reader.hex(REQUEST_ID_LENGTH, 'RequestID'),
    ranges: readRanges(reader, 'SegmentRangeCount', Limit.SEGMENTS),
    blob: readSized(reader, 'ExtensibleBlob'),
  }),
};
