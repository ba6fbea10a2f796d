import type { Clock } from '../../lib/backend/contract/host.js';

/** How long single things are gathered that are asked for at nearly the same time. */
const GATHER_MS = 5;

/** Makes one request out of many small ones: what is added goes out together, a moment after the first of it. */
export class Gathered<T> {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #send: (things: readonly T[]) => void;
  #things: T[] = [];

  constructor(clock: Clock, limit: number, send: (things: readonly T[]) => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#send = send;
  }

  add(thing: T): void {
    if (this.#things.length === 0) this.#clock.after(GATHER_MS, () => this.flush(), { hold: true });
    this.#things.push(thing);
    if (this.#things.length >= this.#limit) this.flush();
  }

  flush(): void {
    const things = this.#things;
    this.#things = [];
    if (things.length > 0) this.#send(things);
  }
}
