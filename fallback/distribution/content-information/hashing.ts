import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { Host } from '../../../lib/backend/contract/host.js';
import type { Readings } from '../../wire/readings.js';
import type { ContentHashes } from './describe.js';
import { type CutOrder, HashJob } from './hash-job.js';
import { HashLanes } from './hash-lanes.js';
import { OVERLAP_LIMIT, PIECE_LIMIT } from './hash-tasks.js';
import { SEGMENT_LENGTH_1 } from './model.js';

/** Of a content that comes in parts; while it is open it has some buffers of so much for each thread. */
const PUSHED_PIECE = 0x10_0000;
/** One is filled while the thread works on another. */
const BUFFERS_OF_A_THREAD = 2;

export interface HashFileOptions {
  /** Bytes hashed so far. */
  readonly progress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Hashes contents of any length in the same memory, on threads that all of them share. */
export class ContentHashing {
  readonly #lanes: HashLanes;
  readonly #order: CutOrder;

  constructor(host: Pick<Host, 'threads' | 'clock'>, readings: Readings) {
    this.#lanes = new HashLanes(host);
    this.#order = {
      // UNCONFIRMED: distribution.zero-runs
      zeroRuns: readings.get('distribution.zero-runs') === 'own-segment',
      // UNCONFIRMED: distribution.longest-segment
      partialMatches: readings.get('distribution.longest-segment') === 'best-match',
      // UNCONFIRMED: distribution.cut-window
      window: readings.get('distribution.cut-window') === 'content' ? Number.POSITIVE_INFINITY : SEGMENT_LENGTH_1,
    };
  }

  /** For a content whose bytes are added, by each of the algorithms at once. */
  open(algorithms: readonly SegmentHash[]): ContentHasher {
    const job = new HashJob(this.#lanes, algorithms, this.#order);
    return new ContentHasher(job, BUFFERS_OF_A_THREAD * this.#lanes.count);
  }

  /**
   * The threads read the file. Rejects with the system's error codes, with `ESTALE` where it changes meanwhile, and with
   * the signal's reason.
   */
  async hashFile(
    path: string,
    algorithms: readonly SegmentHash[],
    { progress, signal }: HashFileOptions = {},
  ): Promise<readonly ContentHashes[]> {
    const look = await this.#lanes.look(path);
    const job = new HashJob(this.#lanes, algorithms, this.#order);
    let position = 0;
    do {
      await job.room();
      signal?.throwIfAborted();
      const length = Math.min(PIECE_LIMIT, look.length - position);
      const done = job.add({ path, look, position }, length, position + length === look.length);
      position += length;
      const hashed = position;
      const report = (): void => {
        if (signal?.aborted !== true) progress?.(hashed);
      };
      done.then(report, () => undefined);
    } while (position < look.length);
    const hashes = await job.finish();
    signal?.throwIfAborted();
    return hashes;
  }

  close(): Promise<void> {
    return this.#lanes.close();
  }
}

/** The bytes of one content, one part after the other. */
export class ContentHasher {
  readonly #job: HashJob;
  readonly #buffers: readonly SharedArrayBuffer[];
  /** Of the piece that is being filled: bytes of the pieces before it, and its own so far. */
  #overlap = 0;
  #filled = 0;

  constructor(job: HashJob, buffers: number) {
    this.#job = job;
    this.#buffers = Array.from({ length: buffers }, () => new SharedArrayBuffer(OVERLAP_LIMIT + PUSHED_PIECE));
  }

  /** Resolves when the bytes were taken; whoever waits for that never gets far ahead of the threads. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      if (this.#filled === PUSHED_PIECE) await this.#beginPiece();
      const part = bytes.subarray(done, done + PUSHED_PIECE - this.#filled);
      this.#bytes().set(part, this.#overlap + this.#filled);
      this.#filled += part.length;
      done += part.length;
    }
  }

  /** There are no more bytes. */
  end(): Promise<readonly ContentHashes[]> {
    this.#send(true);
    return this.#job.finish();
  }

  async #beginPiece(): Promise<void> {
    const before = this.#bytes().subarray(0, this.#overlap + this.#filled);
    this.#send(false);
    // Then the piece that had the next buffer is hashed; it may be this one.
    await this.#job.room(this.#buffers.length);
    this.#overlap = this.#job.overlap;
    this.#filled = 0;
    this.#bytes().set(before.subarray(before.length - this.#overlap));
  }

  #send(last: boolean): void {
    this.#job.add({ shared: this.#buffer() }, this.#filled, last);
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.#buffer());
  }

  #buffer(): SharedArrayBuffer {
    return this.#buffers[this.#job.count % this.#buffers.length] as SharedArrayBuffer;
  }
}
