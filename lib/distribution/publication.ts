import type { PublicationStream } from '../backend/contract/distribution.js';
import { invalidArgType } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { Waiting } from '../waiting.js';
import { CancellableCalls, type OperationNumbers } from './cancellable-calls.js';

/** A content that is being published. */
export class Publication {
  readonly #runtime: Runtime;
  readonly #stream: PublicationStream;
  readonly #calls: CancellableCalls;

  /** @internal */
  constructor(
    runtime: Runtime,
    numbers: OperationNumbers,
    stream: PublicationStream,
    cancel: (operation: number) => Promise<void>,
  ) {
    this.#runtime = runtime;
    this.#stream = stream;
    this.#calls = new CancellableCalls(runtime, numbers, cancel);
  }

  /**
   * The next bytes of the content, at least one; resolves when they were taken. Calls wait for their turn. A signal that
   * cuts one off leaves the publication unusable, since nobody knows which bytes were taken. Rejects with
   * `ERROR_INVALID_PARAMETER` for more bytes than the given length, `PEERDIST_ERROR_ALREADY_COMPLETED`,
   * `ERROR_INVALID_HANDLE`, `ERROR_OPERATION_ABORTED`.
   * @win32 PeerDistServerPublishAddToStream, PeerDistServerCancelAsyncOperation
   */
  async add(bytes: Uint8Array, waiting: Waiting = {}): Promise<void> {
    if (!(bytes instanceof Uint8Array)) throw invalidArgType('bytes', 'a Uint8Array', bytes);
    await this.#calls.inTurn('PeerDistServerPublishAddToStream', waiting, (options) =>
      this.#stream.add(bytes, options),
    );
  }

  /**
   * There are no more bytes; resolves when content information can be had. Rejects with `ERROR_INVALID_PARAMETER` where
   * they don't come to the given length or there is none, `PEERDIST_ERROR_ALREADY_COMPLETED`, `ERROR_INVALID_HANDLE`,
   * `ERROR_OPERATION_ABORTED`.
   * @win32 PeerDistServerPublishCompleteStream, PeerDistServerCancelAsyncOperation
   */
  async complete(waiting: Waiting = {}): Promise<void> {
    await this.#calls.inTurn('PeerDistServerPublishCompleteStream', waiting, (options) =>
      this.#stream.complete(options),
    );
  }

  /**
   * What was completed stays published; what was not, never was. Cancels what goes on. Closing twice is fine.
   * @win32 PeerDistServerCloseStreamHandle
   */
  close(): Promise<void> {
    return this.#runtime.end(() => this.#stream.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
