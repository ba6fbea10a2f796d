import type { CachedSegment, NewSegment, SegmentKeys } from '../../../lib/backend/contract/cache-store.js';
import { decode } from '../../wire/codec.js';
import type { Readings } from '../../wire/readings.js';
import {
  BLOCK_LENGTH,
  blockHash,
  hashForm,
  segmentHash,
  segmentId,
  segmentInformation,
} from '../content-information/index.js';
import { type OfferedSegment, type SegmentInfo, SHA_256 } from './messages.js';

/** [MS-PCCRC] 2.1 */
const SEGMENT_LENGTH_1 = 0x200_0000;
const SEGMENT_LENGTH_2 = 0x2_0000;

/**
 * The segment of a SEGMENT_INFO with what checks it. Its identifier binds HoD and Kp; a list of all of its blocks that
 * does not give HoD is a lie, and undefined. What can't be read is a DecodeError.
 */
export function segmentOfInfo(
  { contentInformation, contentTag }: SegmentInfo,
  readings: Readings,
): (NewSegment & { readonly keys: SegmentKeys }) | undefined {
  const information = decode(segmentInformation(readings), contentInformation);
  const { algorithm, segment } = information;
  const { length, hashOfData, secret } = segment;
  const count = blockCount({ length, blockSize: BLOCK_LENGTH });
  const blockHashes = Array.from({ length: count }, (_, index) => blockHash(information, segment, index));
  const keys = { algorithm, hashOfData, secret, blockHashes };
  const id = Buffer.from(segmentId(information, segment)).toString('hex');
  const offered = { id, length, blockSize: BLOCK_LENGTH, tags: [hex(contentTag)], keys };
  return blockHashes.includes(undefined) || isWhole(offered) ? offered : undefined;
}

/** A segment of a batched offer, which says nothing by which it could be checked; undefined for one that can't be. */
export function segmentOfOffer(offered: OfferedSegment): NewSegment | undefined {
  const { hashAlgorithm, segmentSize: length, blockSize, contentTag, segmentId: id } = offered;
  const segment = { id: hex(id), length, tags: [hex(contentTag)] };
  if (hashAlgorithm === hashForm('sha512-256').id) {
    // Always one block, whatever is said of its size.
    return length >= 1 && length <= SEGMENT_LENGTH_2 ? { ...segment, blockSize: length } : undefined;
  }
  const isOfVersion1 = hashAlgorithm === SHA_256 && blockSize === BLOCK_LENGTH;
  return isOfVersion1 && length >= 1 && length <= SEGMENT_LENGTH_1 ? { ...segment, blockSize } : undefined;
}

/** Whether the hashes of all blocks are known, and are those of HoD. [MS-PCCRC] 2.2 */
export function isWhole({ length, blockSize, keys }: NewSegment): boolean {
  if (keys === undefined) return false;
  // In version 2 the segment is its only block, and HoD its hash.
  if (hashForm(keys.algorithm).version === 2) return true;
  const hashes = keys.blockHashes.filter((it) => it !== undefined);
  if (hashes.length !== blockCount({ length, blockSize })) return false;
  return Buffer.compare(segmentHash(keys.algorithm, Buffer.concat(hashes)), keys.hashOfData) === 0;
}

/** Without what its cache knows of it. */
export function withoutBlocks({ created: _created, blocks: _blocks, ...segment }: CachedSegment): NewSegment {
  return segment;
}

/** Whether all that is known of a segment has proved right: its list, and by its last block its length too. */
export function isSettled(known: CachedSegment): boolean {
  return isWhole(known) && known.blocks.includes(blockCount(known) - 1);
}

/** Whether two are told apart by what they say of the same segment. */
export function contradicts(known: NewSegment, offered: NewSegment): boolean {
  if (known.length !== offered.length || known.blockSize !== offered.blockSize) return true;
  const [own = [], others = []] = [known.keys?.blockHashes, offered.keys?.blockHashes];
  return own.some((hash, index) => {
    const other = others[index];
    return hash !== undefined && other !== undefined && Buffer.compare(hash, other) !== 0;
  });
}

export function blockCount({ length, blockSize }: Pick<NewSegment, 'length' | 'blockSize'>): number {
  return Math.ceil(length / blockSize);
}

/** Bytes of a block. */
export function blockLength({ length, blockSize }: Pick<NewSegment, 'length' | 'blockSize'>, index: number): number {
  return Math.min(blockSize, length - index * blockSize);
}

/** What a block has to hash to; undefined where that is not known. */
export function expectedHash({ keys }: NewSegment, index: number): Uint8Array | undefined {
  if (keys === undefined) return undefined;
  return hashForm(keys.algorithm).version === 2 ? keys.hashOfData : keys.blockHashes[index];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
