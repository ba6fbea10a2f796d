import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import { hashForm } from './segment-hash.js';

/** What peers need to find, decrypt and check a range of a content. [MS-PCCRC] 2.3, 2.4 */
export type ContentInformation = ContentInformation1 | ContentInformation2;

interface Range {
  /** Its first byte, from the start of the content. */
  readonly start: bigint;
  /** The byte behind its last. */
  readonly end: bigint;
}

/** Version 1.0: segments of 32 MB in blocks of 64 KB. [MS-PCCRC] 2.3 */
export interface ContentInformation1 extends Range {
  readonly version: 1;
  readonly algorithm: Exclude<SegmentHash, 'sha512-256'>;
  /** Those with a byte of the range, whole. */
  readonly segments: readonly Segment1[];
}

/** Version 2.0: segments of up to 128 KB, cut by content. [MS-PCCRC] 2.4 */
export interface ContentInformation2 extends Range {
  readonly version: 2;
  readonly algorithm: 'sha512-256';
  readonly segments: readonly Segment[];
  /** ullIndexOfFirstSegment: how many segments of the content are before those. */
  readonly firstIndex: bigint;
  /** The range is the entire content. */
  readonly whole: boolean;
}

export interface Segment {
  /** From the start of the content. */
  readonly offset: bigint;
  readonly length: number;
  /** HoD. */
  readonly hashOfData: Uint8Array;
  /** Kp. */
  readonly secret: Uint8Array;
}

export interface Segment1 extends Segment {
  /** The index of the first block whose hash is listed. */
  readonly firstBlock: number;
  /** One hash behind the other. */
  readonly blockHashes: Uint8Array;
}

/** [MS-PCCRC] 2.1 */
export const SEGMENT_LENGTH_1 = 0x200_0000;
/** [MS-PCCRC] 2.1 */
export const BLOCK_LENGTH = 0x1_0000;
/** [MS-PCCRC] 2.4.1.2 */
export const SEGMENT_LIMIT_2 = 0x2_0000;

export function segmentEnd({ offset, length }: { readonly offset: bigint; readonly length: number }): bigint {
  return offset + BigInt(length);
}

/** How many blocks of 64 KB a segment of version 1 has. */
export function blockCount({ length }: { readonly length: number }): number {
  return Math.ceil(length / BLOCK_LENGTH);
}

/** The blocks with a byte of the range: the first, and the one behind the last. */
export function blocksIn({ start, end }: Range, segment: Segment): { readonly first: number; readonly end: number } {
  const from = Number(start - segment.offset);
  const to = Number(end - segment.offset);
  return {
    first: Math.floor(Math.max(0, from) / BLOCK_LENGTH),
    end: Math.ceil(Math.min(segment.length, to) / BLOCK_LENGTH),
  };
}

/** The hash of a block of a segment of version 1; undefined where it is not listed. */
export function blockHash(
  { algorithm }: { readonly algorithm: SegmentHash },
  { firstBlock, blockHashes }: Segment1,
  index: number,
): Uint8Array | undefined {
  const { length } = hashForm(algorithm);
  const at = (index - firstBlock) * length;
  return at < 0 || at >= blockHashes.length ? undefined : blockHashes.subarray(at, at + length);
}
