import type { Operation } from '../../lib/backend/contract/distribution.js';
import { PeerError } from '../../lib/errors.js';

interface Going {
  readonly number: number | undefined;
  readonly abort: AbortController;
  /** Resolves when its caller has been told. */
  readonly over: Promise<void>;
}

/** The calls on one object that go on. Each can be cancelled by its number; all of them are, when the object closes. */
export class Operations {
  readonly #going = new Set<Going>();

  /** `work` may listen to the signal; its caller waits no longer in any case. `name` is the Windows function's. */
  run<T>(name: string, { operation }: Operation, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (operation !== undefined && this.#find(operation) !== undefined) {
      const why = `an operation ${operation} goes on already`;
      return Promise.reject(new PeerError('ERROR_INVALID_PARAMETER', name, why));
    }
    const abort = new AbortController();
    const call = new Promise<T>((resolve, reject) => {
      const cancelled = (): void => reject(new PeerError('ERROR_OPERATION_ABORTED', name, 'the call was cancelled'));
      abort.signal.addEventListener('abort', cancelled, { once: true });
      work(abort.signal).then(resolve, reject);
    });
    const result = call.finally(() => this.#going.delete(going));
    const going: Going = { number: operation, abort, over: result.then(done, done) };
    this.#going.add(going);
    return result;
  }

  /** Resolves when the caller has been told; false where no such call goes on. */
  async cancel(operation: number): Promise<boolean> {
    const going = this.#find(operation);
    going?.abort.abort();
    await going?.over;
    return going !== undefined;
  }

  /** False where nothing goes on. */
  async cancelAll(): Promise<boolean> {
    const all = [...this.#going];
    for (const { abort } of all) abort.abort();
    await Promise.all(all.map(({ over }) => over));
    return all.length > 0;
  }

  #find(operation: number): Going | undefined {
    return [...this.#going].find(({ number }) => number === operation);
  }
}

function done(): void {}
