import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { CutRules } from './cut-points.js';
import { CutRelay } from './cut-relay.js';
import type { ContentHashes, HashedSegment, HashedSegment1 } from './describe.js';
import type { HashLanes } from './hash-lanes.js';
import { OVERLAP_LIMIT, type Piece, type PieceHashes } from './hash-tasks.js';
import { BLOCK_LENGTH, SEGMENT_LENGTH_1 } from './model.js';
import { hashForm, segmentHash } from './segment-hash.js';

export interface CutOrder extends CutRules {
  /** Bytes that are cut by themselves; infinite for the whole content. */
  readonly window: number;
}

/** How many pieces each thread has at most: the one that it works on, and some that wait. */
const MOST_AHEAD = 4;

/** One content on its way through the lanes, in pieces whose lengths divide 32 MB. */
export class HashJob {
  readonly algorithms: readonly SegmentHash[];
  readonly #lanes: HashLanes;
  readonly #order: CutOrder;
  readonly #relay = new CutRelay();
  /** Of the last pieces what `add` returned. */
  #underWay: readonly Promise<unknown>[] = [];
  /** Why the first piece failed. */
  #failure: unknown;
  #count = 0;
  #length = 0;
  /** Of the pieces that are done, by algorithm. */
  readonly #hashes: readonly Uint8Array[][];
  readonly #lengths: number[] = [];
  #done: Promise<void> = Promise.resolve();

  constructor(lanes: HashLanes, algorithms: readonly SegmentHash[], order: CutOrder) {
    this.#lanes = lanes;
    this.algorithms = algorithms;
    this.#order = order;
    this.#hashes = algorithms.map(() => []);
  }

  /** How many bytes the next piece needs of those before it. */
  get overlap(): number {
    return this.#cuts ? Math.min(OVERLAP_LIMIT, this.#length) : 0;
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when all pieces before the last `pieces` are done, by default when the threads can have another one. */
  async room(pieces = MOST_AHEAD * this.#lanes.count): Promise<void> {
    await this.#underWay.at(-pieces)?.catch(() => {
      throw this.#failure;
    });
  }

  /** Resolves when the piece and all before it are done. */
  add(source: Piece['source'], length: number, last: boolean): Promise<void> {
    const { overlap, algorithms } = this;
    const index = this.#count++;
    this.#length += length;
    const { window, ...rules } = this.#order;
    const final = last || this.#length % window === 0;
    const cut = this.#cuts ? { cut: { memory: this.#relay.memory, index, final, rules } } : {};
    const hashes = this.#lanes.hash({ piece: { source, overlap, length }, algorithms, ...cut });
    this.#done = Promise.all([hashes, this.#done]).then(([done]) => this.#keep(done));
    this.#underWay = [...this.#underWay, this.#done].slice(-MOST_AHEAD * this.#lanes.count);
    this.#done.catch((error: unknown) => {
      // Pieces that wait for others, before this one or behind it, can't know of it: they fail for that reason alone.
      this.#failure ??= error;
      this.#relay.fail();
    });
    return this.#done;
  }

  /** After the last piece. */
  async finish(): Promise<readonly ContentHashes[]> {
    await this.#done;
    return this.algorithms.map((algorithm, i) => {
      const hashes = Buffer.concat(this.#hashes[i] as Uint8Array[]);
      const length = BigInt(this.#length);
      return algorithm === 'sha512-256'
        ? { algorithm, length, segments: segments2(hashes, this.#lengths) }
        : { algorithm, length, segments: segments1(hashes, algorithm, this.#length) };
    });
  }

  get #cuts(): boolean {
    return this.algorithms.includes('sha512-256');
  }

  #keep({ hashes, lengths }: PieceHashes): void {
    for (const [i, own] of hashes.entries()) this.#hashes[i]?.push(own);
    this.#lengths.push(...lengths);
  }
}

function segments1(blockHashes: Uint8Array, algorithm: SegmentHash, length: number): HashedSegment1[] {
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

function segments2(hashes: Uint8Array, lengths: readonly number[]): HashedSegment[] {
  const { length: hashLength } = hashForm('sha512-256');
  let offset = 0;
  return lengths.map((length, i) => {
    const segment = {
      offset: BigInt(offset),
      length,
      hashOfData: hashes.subarray(i * hashLength, (i + 1) * hashLength),
    };
    offset += length;
    return segment;
  });
}
