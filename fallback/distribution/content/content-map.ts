import type { SegmentHash, SegmentKeys } from '../../../lib/backend/contract/cache-store.js';
import {
  BLOCK_LENGTH,
  blockCount,
  blockHash,
  type ContentInformation,
  hashForm,
  type Segment,
  type Segment1,
  type SegmentInformation,
  segmentHash,
  segmentId,
} from '../content-information/index.js';

/** A block of a content: what is asked for, checked and kept as one. In version 2 it is the segment. */
export interface BlockPlace {
  readonly segment: MappedSegment;
  readonly index: number;
  /** From the start of the content. */
  readonly offset: bigint;
  readonly length: number;
}

/** What tells the blocks of one content apart. */
export function keyOf({ segment, index }: BlockPlace): string {
  return `${segment.index} ${index}`;
}

/** Where the blocks of a content lie, as its content information says. */
export class ContentMap {
  readonly version: 1 | 2;
  readonly start: bigint;
  readonly end: bigint;
  readonly #information: ContentInformation;

  constructor(information: ContentInformation) {
    this.#information = information;
    this.version = information.version;
    this.start = information.start;
    this.end = information.end;
  }

  /** Whether lists of all blocks of a segment give its hash, as they have to. [MS-PCCRC] 2.2 */
  hasSoundLists(): boolean {
    const information = this.#information;
    if (information.version === 2) return true;
    const { length } = hashForm(information.algorithm);
    return information.segments.every(
      (segment) =>
        segment.blockHashes.length < blockCount(segment) * length ||
        Buffer.compare(segmentHash(information.algorithm, segment.blockHashes), segment.hashOfData) === 0,
    );
  }

  /** The block with this byte of the content; undefined outside of the segments that are described. */
  at(offset: bigint): BlockPlace | undefined {
    const segments = this.#information.segments;
    let [low, high] = [0, segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((segments[middle] as Segment).offset <= offset) low = middle + 1;
      else high = middle;
    }
    const found = segments[low - 1];
    if (found === undefined || offset >= found.offset + BigInt(found.length)) return undefined;
    const segment = new MappedSegment(this.#information, low - 1, found);
    return segment.place(Math.floor(Number(offset - found.offset) / segment.blockSize));
  }

  /** The blocks with a byte from `from` up to, not including, `to`, as far as they are described. */
  *blocks(from: bigint, to: bigint): Generator<BlockPlace, void, undefined> {
    const { offset: first } = this.#information.segments[0] as Segment;
    for (let place = this.at(from < first ? first : from); place !== undefined && place.offset < to; ) {
      yield place;
      const { segment, index } = place;
      place = index + 1 < segment.blocks ? segment.place(index + 1) : this.at(place.offset + BigInt(place.length));
    }
  }
}

/** A segment of a content, with what finds, decrypts and checks its blocks. */
export class MappedSegment {
  /** In the content information. */
  readonly index: number;
  readonly algorithm: SegmentHash;
  readonly length: number;
  /** Bytes of each block but the last. */
  readonly blockSize: number;
  readonly blocks: number;
  readonly #content: ContentInformation;
  readonly #segment: Segment | Segment1;
  #id: Uint8Array | undefined;

  constructor(content: ContentInformation, index: number, segment: Segment | Segment1) {
    this.algorithm = content.algorithm;
    this.index = index;
    this.length = segment.length;
    this.#content = content;
    this.#segment = segment;
    const inBlocks = 'blockHashes' in segment;
    this.blockSize = inBlocks ? BLOCK_LENGTH : segment.length;
    this.blocks = inBlocks ? blockCount(segment) : 1;
  }

  /** HoHoDk. */
  get id(): Uint8Array {
    this.#id ??= segmentId(this, this.#segment);
    return this.#id;
  }

  /** The same, as lower-case hexadecimal text. */
  get name(): string {
    return Buffer.from(this.id).toString('hex');
  }

  /** Kp. */
  get secret(): Uint8Array {
    return this.#segment.secret;
  }

  get keys(): SegmentKeys {
    const { hashOfData, secret } = this.#segment;
    const listed = 'blockHashes' in this.#segment ? this.blocks : 0;
    const blockHashes = Array.from({ length: listed }, (_, index) => this.#hashOf(index));
    return { algorithm: this.algorithm, hashOfData, secret, blockHashes };
  }

  /** What a hosted cache is told of a segment of version 1. [MS-PCHC] 2.2.1.4 */
  get information(): SegmentInformation | undefined {
    const { version, algorithm, start } = this.#content;
    const segment = this.#segment;
    if (version === 2 || !('blockHashes' in segment)) return undefined;
    const rangeOffset = start > segment.offset ? Number(start - segment.offset) : 0;
    return { algorithm, rangeOffset, segment };
  }

  place(index: number): BlockPlace {
    const from = index * this.blockSize;
    const length = Math.min(this.blockSize, this.length - from);
    return { segment: this, index, offset: this.#segment.offset + BigInt(from), length };
  }

  /** Whether these are the bytes of a block; false for one whose hash is not listed. [MS-PCCRC] 2.2 */
  holds(index: number, bytes: Uint8Array): boolean {
    const hash = this.#hashOf(index);
    return hash !== undefined && Buffer.compare(segmentHash(this.algorithm, bytes), hash) === 0;
  }

  #hashOf(index: number): Uint8Array | undefined {
    const segment = this.#segment;
    return 'blockHashes' in segment ? blockHash(this, segment, index) : segment.hashOfData;
  }
}
