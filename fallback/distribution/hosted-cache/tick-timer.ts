import type { Clock, Timer } from '../../../lib/backend/contract/host.js';
import { ClientTime } from './bounds.js';

interface Pending {
  /** The tick at which it was sent. */
  readonly since: number;
  readonly abort: AbortController;
}

/**
 * The request timer of [MS-PCHC] 3.2.2: counts ticks while requests are pending, and gives those up that have waited for
 * more than two.
 */
export class TickTimer {
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  #tick = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending.size;
  }

  async within<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const pending: Pending = { since: this.#tick, abort: new AbortController() };
    this.#pending.add(pending);
    this.#start();
    try {
      return await request(pending.abort.signal);
    } finally {
      this.#pending.delete(pending);
      if (this.#pending.size === 0) this.#stop();
    }
  }

  /** Gives up all that is pending. */
  close(): void {
    this.#stop();
    for (const { abort } of this.#pending) abort.abort(new Error('the client is closed'));
  }

  #start(): void {
    this.#timer ??= this.#clock.after(ClientTime.TICK_MS, () => {
      this.#timer = undefined;
      this.#tick += 1;
      for (const { since, abort } of this.#pending) {
        if (this.#tick > since + ClientTime.TICKS) abort.abort(new Error('the hosted cache does not answer'));
      }
      if (this.#pending.size > 0) this.#start();
    });
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
