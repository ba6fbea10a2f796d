import type { FileLook, Host, Timer, WorkThread } from '../../../lib/backend/contract/host.js';
import type { HashTask, Piece, PieceHashes } from './hash-tasks.js';

/** Threads that have had nothing to do for so long are ended, because each keeps memory. */
const IDLE_MS = 10_000;

/**
 * The threads that all contents share. They get pieces in the order in which these come, each its own in that order: so the piece
 * before one that waits for it is being worked on, or is before it on its thread.
 */
export class HashLanes {
  readonly #clock: Host['clock'];
  readonly #threads: readonly WorkThread[];
  #next = 0;
  #underWay = 0;
  #idle: Timer | undefined;

  constructor({ threads, clock }: Pick<Host, 'threads' | 'clock'>) {
    this.#clock = clock;
    const module = new URL('./hash-tasks.js', import.meta.url).href;
    this.#threads = Array.from({ length: threads.count }, () => threads.open(module));
  }

  get count(): number {
    return this.#threads.length;
  }

  look(path: string): Promise<FileLook> {
    return this.#counted(this.#take().call('look', path)) as Promise<FileLook>;
  }

  /** `loaded`: the bytes have been taken. */
  start(piece: Piece, task: HashTask): { readonly loaded: Promise<unknown>; readonly hashes: Promise<PieceHashes> } {
    const thread = this.#take();
    const loaded = thread.call('load', piece);
    // Sent at once: a thread never waits for this one with something to do. What failed first says why.
    const hashed = Promise.all([thread.call('hash', task), loaded]);
    return { loaded, hashes: this.#counted(hashed.then(([it]) => it as PieceHashes)) };
  }

  async close(): Promise<void> {
    this.#idle?.cancel();
    await Promise.all(this.#threads.map((it) => it.close()));
  }

  #take(): WorkThread {
    return this.#threads[this.#next++ % this.#threads.length] as WorkThread;
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
