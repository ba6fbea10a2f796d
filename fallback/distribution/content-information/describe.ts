import type { ServerSecret } from '../../../lib/backend/contract/distribution-services.js';
import type { Readings } from '../../wire/readings.js';
import { segmentSecret, serverSecret } from './keys.js';
import {
  blocksIn,
  type ContentInformation,
  type ContentInformation1,
  type ContentInformation2,
  type Segment,
  type Segment1,
  segmentEnd,
} from './model.js';
import { hashForm } from './segment-hash.js';

/** The segments of a whole content, without secrets. */
export type ContentHashes = ContentHashes1 | ContentHashes2;

interface HashedContent {
  /** Of the content, in bytes. */
  readonly length: bigint;
}

export interface ContentHashes1 extends HashedContent {
  readonly algorithm: ContentInformation1['algorithm'];
  readonly segments: readonly HashedSegment1[];
}

export interface ContentHashes2 extends HashedContent {
  readonly algorithm: ContentInformation2['algorithm'];
  readonly segments: readonly HashedSegment[];
}

export type HashedSegment = Omit<Segment, 'secret'>;

export interface HashedSegment1 extends HashedSegment {
  /** Those of all its blocks, one behind the other. */
  readonly blockHashes: Uint8Array;
}

export interface ContentRange {
  /** Bytes from the start of the content. */
  readonly offset: bigint;
  readonly length: bigint;
}

/**
 * Content information of the whole content, which has at least one byte. The version is that of the hashes'
 * algorithm.
 */
export function describe(hashes: ContentHashes, secret: ServerSecret, readings: Readings): ContentInformation {
  const { algorithm, length } = hashes;
  if (length === 0n) throw new RangeError('an empty content has no content information');
  const key = serverSecret(algorithm, secret, readings);
  const secretOf = ({ hashOfData }: HashedSegment): Uint8Array => segmentSecret(algorithm, key, hashOfData);
  const range = { start: 0n, end: length };
  if (hashes.algorithm === 'sha512-256') {
    const segments = hashes.segments.map((segment) => ({ ...segment, secret: secretOf(segment) }));
    return { version: 2, algorithm: hashes.algorithm, ...range, whole: true, firstIndex: 0n, segments };
  }
  const segments = hashes.segments.map((segment) => ({ ...segment, secret: secretOf(segment), firstBlock: 0 }));
  return { version: 1, algorithm: hashes.algorithm, ...range, segments };
}

/** Content information of a range, out of that of the whole content. RangeError for one that is empty or not inside. */
export function describeRange(
  whole: ContentInformation,
  { offset, length }: ContentRange,
  readings: Readings,
): ContentInformation {
  const range = { start: offset, end: offset + length };
  if (range.start < whole.start || length < 1n || range.end > whole.end) {
    throw new RangeError(`${length} bytes from ${offset} on are not a range of ${whole.end - whole.start} bytes`);
  }
  return whole.version === 1 ? range1(whole, range, readings) : range2(whole, range);
}

interface Bounds {
  readonly start: bigint;
  readonly end: bigint;
}

function range1(whole: ContentInformation1, range: Bounds, readings: Readings): ContentInformation1 {
  const { length: hashLength } = hashForm(whole.algorithm);
  const segments = intersecting(whole.segments, range).map((segment): Segment1 => {
    const { first, end } = blocksIn(range, segment);
    // UNCONFIRMED: distribution.block-lists
    const firstBlock = readings.get('distribution.block-lists') === 'strict' ? first : 0;
    const blockHashes = segment.blockHashes.subarray(firstBlock * hashLength, end * hashLength);
    return { ...segment, firstBlock, blockHashes };
  });
  return { version: 1, algorithm: whole.algorithm, ...range, segments };
}

function range2(whole: ContentInformation2, range: Bounds): ContentInformation2 {
  const segments = intersecting(whole.segments, range);
  const before = whole.segments.findIndex((segment) => segmentEnd(segment) > range.start);
  return {
    ...whole,
    ...range,
    whole: whole.whole && range.start === whole.start && range.end === whole.end,
    firstIndex: whole.firstIndex + BigInt(before),
    segments,
  };
}

function intersecting<S extends { readonly offset: bigint; readonly length: number }>(
  segments: readonly S[],
  { start, end }: Bounds,
): S[] {
  return segments.filter((segment) => segment.offset < end && segmentEnd(segment) > start);
}
