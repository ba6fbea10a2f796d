import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { FileLook, Host, Timer, WorkThread } from '../../../lib/backend/contract/host.js';
import { AT_START, type CutState } from './cut-points.js';
import type { CutTask, HashTask, Piece, PieceHashes } from './hash-tasks.js';

/** Threads that have had nothing to do for so long are ended, because each keeps memory. */
const IDLE_MS = 10_000;

interface Lane {
  readonly thread: WorkThread;
  /** Settles when everything has been sent that concerns the piece that it holds. */
  free: Promise<unknown>;
}

export interface PieceOrder {
  readonly piece: Piece;
  readonly algorithms: readonly SegmentHash[];
  /** For version 2; `before` is the state behind the piece before. */
  readonly cut?: { readonly before: Promise<CutState>; readonly task: Omit<CutTask, 'state'> };
}

export interface PieceUnderWay {
  /** The bytes have been taken. */
  readonly loaded: Promise<unknown>;
  /** Behind it. */
  readonly state: Promise<CutState>;
  readonly hashes: Promise<PieceHashes>;
}

/**
 * The threads that all contents share. Each has room for one piece, and they take pieces in the order in which they come: so that
 * one that waits for the state of the piece before it never stands in that piece's way.
 */
export class HashLanes {
  readonly #clock: Host['clock'];
  readonly #lanes: readonly Lane[];
  #next = 0;
  #underWay = 0;
  #idle: Timer | undefined;

  constructor({ threads, clock }: Pick<Host, 'threads' | 'clock'>) {
    this.#clock = clock;
    const module = new URL('./hash-tasks.js', import.meta.url).href;
    this.#lanes = Array.from({ length: threads.count }, () => {
      return { thread: threads.open(module), free: Promise.resolve() };
    });
  }

  get count(): number {
    return this.#lanes.length;
  }

  look(path: string): Promise<FileLook> {
    return this.#counted(this.#take().thread.call('look', path) as Promise<FileLook>);
  }

  start({ piece, algorithms, cut }: PieceOrder): PieceUnderWay {
    const lane = this.#take();
    const { thread, free } = lane;
    const loaded = free.then(() => thread.call('load', piece));
    // Sent behind it, not upon its answer: a thread with something to do never waits for this one.
    const sent = Promise.all([cut?.before ?? AT_START, free]).then(([state]) => ({
      state: cut === undefined ? state : thread.call('cut', { ...cut.task, state } satisfies CutTask),
      hashes: thread.call('hash', { algorithms } satisfies HashTask),
    }));
    lane.free = sent.catch(() => undefined);
    // What failed first says why.
    const state = Promise.all([sent.then((it) => it.state), loaded]).then(([it]) => it as CutState);
    const hashes = Promise.all([sent.then((it) => it.hashes), state]).then(([it]) => it as PieceHashes);
    for (const each of [loaded, state, hashes]) each.catch(() => undefined);
    return { loaded, state, hashes: this.#counted(hashes) };
  }

  async close(): Promise<void> {
    this.#idle?.cancel();
    await Promise.all(this.#lanes.map(({ thread }) => thread.close()));
  }

  #take(): Lane {
    return this.#lanes[this.#next++ % this.#lanes.length] as Lane;
  }

  async #counted<T>(call: Promise<T>): Promise<T> {
    this.#underWay += 1;
    this.#idle?.cancel();
    try {
      return await call;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#idle = this.#clock.after(IDLE_MS, () => void this.close());
    }
  }
}
