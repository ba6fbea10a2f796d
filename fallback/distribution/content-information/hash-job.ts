import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import { AT_START, type CutRules, type CutState } from './cut-points.js';
import type { ContentHashes, HashedSegment } from './describe.js';
import type { HashLanes, PieceUnderWay } from './hash-lanes.js';
import { OVERLAP_LIMIT, type Piece, type PieceHashes } from './hash-tasks.js';
import { BLOCK_LENGTH, SEGMENT_LENGTH_1 } from './model.js';
import { hashForm, segmentHash } from './segment-hash.js';

export interface CutOrder extends CutRules {
  /** Bytes that are cut by themselves; infinite for the whole content. */
  readonly window: number;
}

/** One content on its way through the lanes, in pieces whose lengths divide 32 MB. */
export class HashJob {
  readonly algorithms: readonly SegmentHash[];
  readonly #lanes: HashLanes;
  readonly #order: CutOrder;
  readonly #pieces: PieceUnderWay[] = [];
  #length = 0;
  #state: Promise<CutState> = Promise.resolve(AT_START);

  constructor(lanes: HashLanes, algorithms: readonly SegmentHash[], order: CutOrder) {
    this.#lanes = lanes;
    this.algorithms = algorithms;
    this.#order = order;
  }

  /** How many bytes the next piece needs of those before it. */
  get overlap(): number {
    return this.#cuts ? Math.min(OVERLAP_LIMIT, this.#length) : 0;
  }

  get count(): number {
    return this.#pieces.length;
  }

  /** Resolves when there may be another piece; then the bytes of so many before it as there are lanes were taken. */
  async room(): Promise<void> {
    await this.#pieces.at(-this.#lanes.count)?.loaded;
  }

  add(source: Piece['source'], length: number, last: boolean): PieceUnderWay {
    const { overlap, algorithms } = this;
    this.#length += length;
    const { window, ...rules } = this.#order;
    const final = last || this.#length % window === 0;
    const cut = this.#cuts ? { before: this.#state, final, rules } : undefined;
    const piece = this.#lanes.start({ piece: { source, overlap, length }, algorithms, ...(cut ? { cut } : {}) });
    this.#state = piece.state;
    this.#pieces.push(piece);
    return piece;
  }

  /** After the last piece. */
  async finish(): Promise<readonly ContentHashes[]> {
    const pieces = await Promise.all(this.#pieces.map((it) => it.hashes));
    return this.algorithms.map((algorithm, i) => {
      const hashes = Buffer.concat(pieces.map((it) => it.hashes[i] as Uint8Array));
      const segments =
        algorithm === 'sha512-256' ? segments2(hashes, pieces) : segments1(hashes, algorithm, this.#length);
      return { algorithm, length: BigInt(this.#length), segments };
    });
  }

  get #cuts(): boolean {
    return this.algorithms.includes('sha512-256');
  }
}

function segments1(blockHashes: Uint8Array, algorithm: SegmentHash, length: number): HashedSegment[] {
  const perSegment = (SEGMENT_LENGTH_1 / BLOCK_LENGTH) * hashForm(algorithm).length;
  return Array.from({ length: Math.ceil(length / SEGMENT_LENGTH_1) }, (_, i) => {
    const offset = i * SEGMENT_LENGTH_1;
    const own = blockHashes.subarray(i * perSegment, (i + 1) * perSegment);
    return {
      offset: BigInt(offset),
      length: Math.min(SEGMENT_LENGTH_1, length - offset),
      hashOfData: segmentHash(algorithm, own),
      blockHashes: own,
    };
  });
}

function segments2(hashes: Uint8Array, pieces: readonly PieceHashes[]): HashedSegment[] {
  const { length: hashLength } = hashForm('sha512-256');
  let offset = 0;
  return pieces
    .flatMap((it) => it.lengths)
    .map((length, i) => {
      const hashOfData = hashes.subarray(i * hashLength, (i + 1) * hashLength);
      const segment = { offset: BigInt(offset), length, hashOfData, blockHashes: new Uint8Array(0) };
      offset += length;
      return segment;
    });
}
