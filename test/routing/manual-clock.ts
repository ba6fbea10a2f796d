import type { Clock, Timer } from '#lib/backend/contract/host';

/** A clock that moves when it is told to. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly due: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  filetime(): bigint {
    return BigInt(this.#now) * 10_000n;
  }

  after(ms: number, callback: () => void): Timer {
    const timer = { due: this.#now + ms, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  get timers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.#now = next.due;
      this.#timers.delete(next);
      next.callback();
    }
    this.#now = end;
  }
}
