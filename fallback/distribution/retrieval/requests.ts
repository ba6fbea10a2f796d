import type { BlockRange } from './block-ranges.js';
import { Limit, REQUEST_ID_LENGTH } from './constants.js';
import {
  rangesLength,
  readRanges,
  readSegmentId,
  readSized,
  segmentIdLength,
  writeRanges,
  writeSegmentId,
  writeSized,
} from './fields.js';
import { readVersion, type Version, writeVersion } from './header.js';
import type { Headed, MessageBody } from './message-parts.js';

/** Asks for the versions that a server speaks. [MS-PCCRR] 2.2.4.1 */
export interface NegoReq extends Headed {
  readonly type: 'MSG_NEGO_REQ';
  readonly min: Version;
  readonly max: Version;
}

export const negoReq: MessageBody<NegoReq> = {
  type: 'MSG_NEGO_REQ',
  response: false,
  length: () => 8,
  write(writer, { min, max }) {
    writeVersion(writer, min);
    writeVersion(writer, max);
  },
  read: (reader, headed) => ({
    type: 'MSG_NEGO_REQ',
    ...headed,
    min: readVersion(reader, 'MinSupportedProtocolVersion'),
    max: readVersion(reader, 'MaxSupportedProtocolVersion'),
  }),
};

/** Asks which blocks of a segment are there. [MS-PCCRR] 2.2.4.2 */
export interface GetBlkList extends Headed {
  readonly type: 'MSG_GETBLKLIST';
  /** HoHoDk, hexadecimal. */
  readonly segmentId: string;
  readonly ranges: readonly BlockRange[];
}

export const getBlkList: MessageBody<GetBlkList> = {
  type: 'MSG_GETBLKLIST',
  response: false,
  length: ({ segmentId, ranges }) => segmentIdLength(segmentId) + rangesLength(ranges),
  write(writer, { segmentId, ranges }) {
    writeSegmentId(writer, segmentId);
    writeRanges(writer, ranges);
  },
  read: (reader, headed) => ({
    type: 'MSG_GETBLKLIST',
    ...headed,
    segmentId: readSegmentId(reader),
    ranges: readRanges(reader, 'NeededBlocksRangeCount', Limit.REQUEST_RANGES),
  }),
};

/** Asks for a block: ranges of more are a fault of the sender. [MS-PCCRR] 2.2.4.3 */
export interface GetBlks extends Headed {
  readonly type: 'MSG_GETBLKS';
  readonly segmentId: string;
  readonly ranges: readonly BlockRange[];
  /** DataForVrfBlock, not used. */
  readonly vrfData: Uint8Array;
}

export const getBlks: MessageBody<GetBlks> = {
  type: 'MSG_GETBLKS',
  response: false,
  length: ({ segmentId, ranges, vrfData }) => segmentIdLength(segmentId) + rangesLength(ranges) + 4 + vrfData.length,
  write(writer, { segmentId, ranges, vrfData }) {
    writeSegmentId(writer, segmentId);
    writeRanges(writer, ranges);
    writeSized(writer, vrfData);
  },
  read: (reader, headed) => ({
    type: 'MSG_GETBLKS',
    ...headed,
    segmentId: readSegmentId(reader),
    ranges: readRanges(reader, 'ReqBlockRangeCount', Limit.REQUEST_RANGES),
    vrfData: readSized(reader, 'DataForVrfBlock'),
  }),
};

/** Asks which segments are there, wholly or in part. Of version 2.0. [MS-PCCRR] 2.2.4.4 */
export interface GetSegList extends Headed {
  readonly type: 'MSG_GETSEGLIST';
  /** Hexadecimal. */
  readonly requestId: string;
  readonly segmentIds: readonly string[];
  /** ExtensibleBlob. */
  readonly blob: Uint8Array;
}

export const getSegList: MessageBody<GetSegList> = {
  type: 'MSG_GETSEGLIST',
  response: false,
  length: ({ segmentIds, blob }) =>
    segmentIds.reduce((sum, id) => sum + segmentIdLength(id), REQUEST_ID_LENGTH + 4) + 4 + blob.length,
  write(writer, { requestId, segmentIds, blob }) {
    writer.hex(requestId, REQUEST_ID_LENGTH);
    writer.u32be(segmentIds.length);
    for (const id of segmentIds) writeSegmentId(writer, id);
    writeSized(writer, blob);
  },
  read(reader, headed) {
    const requestId = reader.hex(REQUEST_ID_LENGTH, 'RequestID');
    const count = reader.u32be('CountOfSegmentIDs');
    if (count === 0) reader.fail('CountOfSegmentIDs', 'is 0');
    const segmentIds: string[] = [];
    while (segmentIds.length < count) segmentIds.push(readSegmentId(reader));
    return { type: 'MSG_GETSEGLIST', ...headed, requestId, segmentIds, blob: readSized(reader, 'ExtensibleBlob') };
  },
};
