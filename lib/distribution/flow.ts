/** A request as undici lets its caller steer it. */
export interface Controller {
  readonly paused: boolean;
  readonly aborted: boolean;
  readonly reason: Error | null;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** What the caller holds: the request's controller at first, then the delivery's. */
export class Flow implements Controller {
  #target: Controller | undefined;
  #paused = false;
  readonly #left = new AbortController();
  #resumed: (() => void) | undefined;

  follow(target: Controller): void {
    this.#target = target;
    if (this.aborted) target.abort(this.signal.reason);
  }

  detach(): void {
    this.#target = undefined;
  }

  /** Aborted when the caller has left. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  get paused(): boolean {
    return this.#target?.paused ?? this.#paused;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): Error | null {
    return this.signal.reason ?? null;
  }

  abort(reason: Error): void {
    this.#left.abort(reason);
    this.#target?.abort(reason);
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#target?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#target?.resume();
    this.#resumed?.();
  }

  /** Resolves when the caller takes more. */
  async ready(): Promise<void> {
    while (this.#paused && !this.aborted) {
      await new Promise<void>((resolve) => {
        this.#resumed = resolve;
      });
    }
  }
}
