import { Limit } from './bounds.js';

export interface Pull {
  /** HoHoDk, lower-case hexadecimal text. */
  readonly segment: string;
  /** The address that it is fetched from. */
  readonly source: string;
  /** Ends soon once it is aborted, which it may do itself. Never rejects. */
  run(abort: AbortController): Promise<void>;
}

/** Segments that are to be fetched: so many at once, and the sources by turns. */
export class PullQueue {
  readonly #waiting = new Map<string, Pull[]>();
  /** How many of each source. */
  readonly #running = new Map<string, number>();
  /** Those that wait or are being fetched. */
  readonly #segments = new Set<string>();
  /** Of what is being fetched. */
  readonly #aborts = new Set<AbortController>();
  #closed = false;
  #idle: () => void = () => undefined;

  get running(): number {
    return [...this.#running.values()].reduce((sum, it) => sum + it, 0);
  }

  get waiting(): number {
    return this.#segments.size - this.running;
  }

  /** Why it was not taken, where it was not. */
  add(pull: Pull): 'under way' | 'too many' | 'closed' | undefined {
    if (this.#closed) return 'closed';
    if (this.#segments.has(pull.segment)) return 'under way';
    const own = this.#waiting.get(pull.source) ?? [];
    if (this.waiting >= Limit.WAITING || own.length >= Limit.WAITING_OF_SOURCE) return 'too many';
    own.push(pull);
    this.#waiting.set(pull.source, own);
    this.#segments.add(pull.segment);
    this.#start();
    return undefined;
  }

  /** Cuts off what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const abort of this.#aborts) abort.abort(new Error('the hosted cache is closed'));
    for (const { segment } of [...this.#waiting.values()].flat()) this.#segments.delete(segment);
    this.#waiting.clear();
    if (this.running === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #start(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) void this.#run(next);
  }

  async #run(pull: Pull): Promise<void> {
    const { segment, source } = pull;
    this.#running.set(source, this.#of(source) + 1);
    const abort = new AbortController();
    this.#aborts.add(abort);
    await pull.run(abort);
    this.#aborts.delete(abort);
    this.#segments.delete(segment);
    const left = this.#of(source) - 1;
    if (left === 0) this.#running.delete(source);
    else this.#running.set(source, left);
    this.#start();
    if (this.running === 0) this.#idle();
  }

  #next(): Pull | undefined {
    if (this.running >= Limit.PULLS) return undefined;
    for (const [source, pulls] of this.#waiting) {
      if (this.#of(source) >= Limit.PULLS_OF_SOURCE) continue;
      const next = pulls.shift();
      // At the end, so that it is the others' turn.
      this.#waiting.delete(source);
      if (pulls.length > 0) this.#waiting.set(source, pulls);
      return next;
    }
    return undefined;
  }

  #of(source: string): number {
    return this.#running.get(source) ?? 0;
  }
}
