import type { Clock } from '../../lib/backend/contract/host.js';
import { Limit, Time } from './bounds.js';

/** Tells a message from its repetitions: what goes to a group comes more than once, and by both families. */
export class RecentMessages {
  readonly #clock: Clock;
  /** When each was seen first, the oldest in front. */
  readonly #seen = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#seen.size;
  }

  isNew(messageId: string): boolean {
    const now = this.#clock.now();
    for (const [oldest, since] of this.#seen) {
      if (now - since < Time.MESSAGE_MS && this.#seen.size < Limit.MESSAGES) break;
      this.#seen.delete(oldest);
    }
    if (this.#seen.has(messageId)) return false;
    this.#seen.set(messageId, now);
    return true;
  }
}
