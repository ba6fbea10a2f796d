import type { Clock } from '../../lib/backend/contract/host.js';

export interface QuotaLimits {
  readonly PER_SECOND: number;
  readonly PER_SECOND_AND_SOURCE: number;
}

/** How much is done in a second for those who ask, in all and for one address. */
export class Quota {
  readonly #clock: Clock;
  readonly #limits: QuotaLimits;
  readonly #bySource = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;
  #total = 0;

  constructor(clock: Clock, limits: QuotaLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether there is room for one more. */
  take(source: string): boolean {
    const now = this.#clock.now();
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#total = 0;
      this.#bySource.clear();
    }
    const taken = this.#bySource.get(source) ?? 0;
    if (this.#total >= this.#limits.PER_SECOND || taken >= this.#limits.PER_SECOND_AND_SOURCE) return false;
    this.#total += 1;
    this.#bySource.set(source, taken + 1);
    return true;
  }
}
