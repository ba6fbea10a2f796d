import type { FileLook, Host, Timer, WorkThread } from '../../../lib/backend/contract/host.js';
import type { HashTask, PieceHashes } from './hash-tasks.js';

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

  hash(task: HashTask): Promise<PieceHashes> {
    return this.#counted(this.#take().call('hash', task)) as Promise<PieceHashes>;
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
