/** Requests that end together. Each has a signal of its own, since one signal is not made for many listeners. */
export class Requests {
  readonly #going = new Set<AbortController>();
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  async run<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    if (this.#ended) abort.abort();
    this.#going.add(abort);
    try {
      return await request(abort.signal);
    } finally {
      this.#going.delete(abort);
    }
  }

  end(): void {
    this.#ended = true;
    for (const abort of this.#going) abort.abort();
  }
}
