import type { CachedBlock, NewSegment, SegmentKeys } from '../../../lib/backend/contract/cache-store.js';

/*
 * What every store keeps and counts alike. All of it may come from peers: a segment costs something although it has no
 * block, and a block of a byte as much as a file does, so that the limit bounds whatever they think of.
 */

/** A segment of version 1 has 32 MB in blocks of 64 KB. [MS-PCCRC] 2.3 */
const BLOCKS_MAX = 512;
/** Of a block: a segment of version 2, and what its cipher adds. [MS-PCCRC] 2.4, [MS-PCCRR] 2.2.5.3 */
const BLOCK_LENGTH_MAX = 131_072 + 16;
/** SegmentSize is a u32. [MS-PCHC] 2.2.1.5 */
const LENGTH_MAX = 0xffff_ffff;
/** SHA-512. */
const HASH_LENGTH_MAX = 64;

const UNIT = 4096;
/** Of a segment: what it takes without, and for each block. */
const SEGMENT_LENGTH = 1024;
const LENGTH_PER_BLOCK = 64;

/** HoHoDk of 32, 48 or 64 bytes. */
function isSegmentId(id: string): boolean {
  return /^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/.test(id);
}

function isTag(tag: string): boolean {
  return /^[0-9a-f]{32}$/.test(tag);
}

export function isSegment({ id, length, blockSize, tags, keys }: NewSegment): boolean {
  return (
    isSegmentId(id) &&
    isCount(length, LENGTH_MAX) &&
    isCount(blockSize, LENGTH_MAX) &&
    blockCount({ length, blockSize }) <= BLOCKS_MAX &&
    tags.every(isTag) &&
    (keys === undefined || areKeys(keys, blockCount({ length, blockSize })))
  );
}

function areKeys({ hashOfData, secret, blockHashes }: SegmentKeys, blocks: number): boolean {
  const hashes = [hashOfData, secret, ...blockHashes.filter((it) => it !== undefined)];
  return blockHashes.length <= blocks && hashes.every((it) => isCount(it.length, HASH_LENGTH_MAX));
}

export function isBlock({ bytes, cipher, iv }: CachedBlock): boolean {
  return isCount(bytes.length, BLOCK_LENGTH_MAX) && iv.length === (cipher === 'none' ? 0 : 16);
}

function isCount(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}

export function isIndex(index: number, segment: NewSegment): boolean {
  return Number.isInteger(index) && index >= 0 && index < blockCount(segment);
}

export function blockCount({ length, blockSize }: Pick<NewSegment, 'length' | 'blockSize'>): number {
  return Math.ceil(length / blockSize);
}

/** Alike whatever is known of it, so that learning more changes nothing. */
export function segmentCost(segment: Pick<NewSegment, 'length' | 'blockSize'>): number {
  return units(SEGMENT_LENGTH + LENGTH_PER_BLOCK * blockCount(segment));
}

export function blockCost(length: number): number {
  return units(length);
}

function units(bytes: number): number {
  return Math.ceil(bytes / UNIT) * UNIT;
}
