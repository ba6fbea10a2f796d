import type { ContentInformation as ContractInformation } from '../backend/contract/distribution.js';
import { invalidArgType } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { Waiting } from '../waiting.js';
import { CancellableCalls, type OperationNumbers } from './cancellable-calls.js';

/** Content information of a published content. Keep it secret: whoever holds it can fetch the content from peers. */
export class ContentInformation {
  readonly #runtime: Runtime;
  readonly #information: ContractInformation;
  readonly #calls: CancellableCalls;

  /** @internal */
  constructor(
    runtime: Runtime,
    numbers: OperationNumbers,
    information: ContractInformation,
    cancel: (operation: number) => Promise<void>,
  ) {
    this.#runtime = runtime;
    this.#information = information;
    this.#calls = new CancellableCalls(runtime, numbers, cancel);
  }

  /**
   * The next bytes, at most `max`; undefined at the end (`PEERDIST_ERROR_NO_MORE`). Rejects with
   * `ERROR_INVALID_PARAMETER` for a `max` of 0, `ERROR_INVALID_HANDLE`, `ERROR_OPERATION_ABORTED`.
   * @win32 PeerDistServerRetrieveContentInformation, PeerDistServerCancelAsyncOperation
   */
  async read(max: number, waiting: Waiting = {}): Promise<Uint8Array | undefined> {
    if (typeof max !== 'number') throw invalidArgType('max', 'a number', max);
    return this.#calls.inTurn('PeerDistServerRetrieveContentInformation', waiting, (options) =>
      this.#information.read(max, options),
    );
  }

  /**
   * Cancels what goes on. Closing twice is fine.
   * @win32 PeerDistServerCloseContentInformation
   */
  close(): Promise<void> {
    return this.#runtime.end(() => this.#information.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
