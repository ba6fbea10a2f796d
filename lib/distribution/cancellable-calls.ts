import type { Operation } from '../backend/contract/distribution.js';
import type { Runtime } from '../runtime.js';
import { abortable, type Waiting } from '../waiting.js';

/** Numbers by which calls can be cancelled, unique in a platform. */
export class OperationNumbers {
  #last = 0;

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}

/** Calls on one object, each of which its signal cancels below too. */
export class CancellableCalls {
  readonly #runtime: Runtime;
  readonly #numbers: OperationNumbers;
  readonly #cancel: (operation: number) => Promise<void>;
  /** The last of the calls that take their turn, until it has ended. */
  #last: Promise<unknown> | undefined;

  constructor(runtime: Runtime, numbers: OperationNumbers, cancel: (operation: number) => Promise<void>) {
    this.#runtime = runtime;
    this.#numbers = numbers;
    this.#cancel = cancel;
  }

  async run<T>(name: string, { signal }: Waiting, use: (options: Operation) => Promise<T>): Promise<T> {
    if (signal === undefined) return this.#runtime.wait(name, () => use({}));
    signal.throwIfAborted();
    const operation = this.#numbers.next();
    const call = this.#runtime.wait(name, async () => {
      signal.throwIfAborted();
      return use({ operation });
    });
    // What can't be cancelled was done by then, or what it was about has closed.
    return abortable(call, signal, undefined, () => {
      this.#runtime.end(() => this.#cancel(operation)).catch(() => undefined);
    });
  }

  /** As `run`, and begun when those before it have ended: Windows takes one at a time. */
  inTurn<T>(name: string, waiting: Waiting, use: (options: Operation) => Promise<T>): Promise<T> {
    const call =
      this.#last === undefined ? this.run(name, waiting, use) : this.#last.then(() => this.run(name, waiting, use));
    const ended = call
      .catch(() => undefined)
      .then(() => {
        if (this.#last === ended) this.#last = undefined;
      });
    this.#last = ended;
    return abortable(call, waiting.signal);
  }
}
