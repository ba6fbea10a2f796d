import { optional } from '../argument-types.js';
import type { Content as ContractContent, ReadResult } from '../backend/contract/distribution.js';
import { invalidArgType } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { Waiting } from '../waiting.js';
import { binary } from './arguments.js';
import { CancellableCalls, type OperationNumbers } from './cancellable-calls.js';

export interface ContentReadOptions extends Waiting {
  /** Bytes to deliver at most; 0 asks how many are at hand in one piece, without the network. */
  readonly max: number;
  /** Milliseconds that the network may take; 0 looks on this machine alone. 5,000 unless given. */
  readonly timeoutMs?: number;
}

/**
 * A content that is read from this machine's cache, from peers and from a hosted cache. First its content information is
 * added and completed; then reads give bytes, or say which ones its origin must give.
 */
export class Content {
  readonly #runtime: Runtime;
  readonly #content: ContractContent;
  readonly #calls: CancellableCalls;

  /** @internal */
  constructor(runtime: Runtime, numbers: OperationNumbers, content: ContractContent) {
    this.#runtime = runtime;
    this.#content = content;
    this.#calls = new CancellableCalls(runtime, numbers, (operation) => content.cancel(operation));
  }

  /**
   * The next bytes of the content information, in any pieces. Calls wait for their turn. Rejects with
   * `PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO` for more than 64 MiB, `PEERDIST_ERROR_ALREADY_COMPLETED`,
   * `ERROR_INVALID_HANDLE`, `ERROR_OPERATION_ABORTED`.
   * @win32 PeerDistClientAddContentInformation, PeerDistClientCancelAsyncOperation
   */
  async addContentInformation(bytes: Uint8Array, waiting: Waiting = {}): Promise<void> {
    binary('bytes', bytes);
    await this.#calls.inTurn('PeerDistClientAddContentInformation', waiting, (options) =>
      this.#content.addContentInformation(bytes, options),
    );
  }

  /**
   * The content information is complete: from now on reads are valid. Rejects with
   * `PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO`, `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED`,
   * `PEERDIST_ERROR_ALREADY_COMPLETED`, `ERROR_INVALID_HANDLE`, `ERROR_OPERATION_ABORTED`.
   * @win32 PeerDistClientCompleteContentInformation, PeerDistClientCancelAsyncOperation
   */
  async completeContentInformation(waiting: Waiting = {}): Promise<void> {
    await this.#calls.inTurn('PeerDistClientCompleteContentInformation', waiting, (options) =>
      this.#content.completeContentInformation(options),
    );
  }

  /**
   * Reads from an offset on, counted from the start of the content: as many bytes as are there first, perhaps fewer than
   * `max`; or which ones nobody has, or gave in time. Undefined outside of what the content information is about
   * (`PEERDIST_ERROR_NO_MORE`). Several may wait. Rejects with `ERROR_INVALID_PARAMETER`, also before the content
   * information is complete, `ERROR_INVALID_HANDLE`, `ERROR_OPERATION_ABORTED`, `PEERDIST_ERROR_INVALIDATED`.
   * @win32 PeerDistClientBlockRead, PeerDistClientCancelAsyncOperation
   */
  async blockRead(offset: bigint, { signal, ...read }: ContentReadOptions): Promise<ReadResult | undefined> {
    if (typeof offset !== 'bigint') throw invalidArgType('offset', 'a bigint', offset);
    checkRead(read);
    return this.#calls.run('PeerDistClientBlockRead', waitingOf(signal), (options) =>
      this.#content.blockRead(offset, { ...read, ...options }),
    );
  }

  /**
   * Reads at a position that begins with the range and moves by what was delivered or is missing. Several may wait, and
   * are served in their order. Undefined at the end (`PEERDIST_ERROR_NO_MORE`). Rejects as `blockRead` does.
   * @win32 PeerDistClientStreamRead, PeerDistClientCancelAsyncOperation
   */
  async streamRead({ signal, ...read }: ContentReadOptions): Promise<ReadResult | undefined> {
    checkRead(read);
    return this.#calls.run('PeerDistClientStreamRead', waitingOf(signal), (options) =>
      this.#content.streamRead({ ...read, ...options }),
    );
  }

  /**
   * Bytes that came from the origin, from an offset on, counted from the start of the content. They are checked: what is
   * wrong is dropped without a word, and what is right can be read from now on, by peers too. Parts of a block
   * wait for the rest of it. Rejects with `PEERDIST_ERROR_OUT_OF_BOUNDS` where all of them are outside of the range,
   * `ERROR_INVALID_PARAMETER`, `ERROR_INVALID_HANDLE`, `ERROR_OPERATION_ABORTED`, `PEERDIST_ERROR_INVALIDATED`.
   * @win32 PeerDistClientAddData, PeerDistClientCancelAsyncOperation
   */
  async addData(offset: bigint, bytes: Uint8Array, waiting: Waiting = {}): Promise<void> {
    if (typeof offset !== 'bigint') throw invalidArgType('offset', 'a bigint', offset);
    binary('bytes', bytes);
    await this.#calls.run('PeerDistClientAddData', waiting, (options) => this.#content.addData(offset, bytes, options));
  }

  /**
   * `flashCrowd`: somebody has parts of what was looked for, so that missing data may soon be found at peers.
   * @win32 PeerDistClientGetInformationByHandle
   */
  information(): Promise<{ readonly flashCrowd: boolean }> {
    return this.#runtime.wait('PeerDistClientGetInformationByHandle', () => this.#content.getInformation());
  }

  /**
   * Cancels every call that goes on; a call's signal cancels that one. Rejects with `PEERDIST_ERROR_OPERATION_NOTFOUND`
   * where none does.
   * @win32 PeerDistClientCancelAsyncOperation
   */
  cancel(): Promise<void> {
    return this.#runtime.wait('PeerDistClientCancelAsyncOperation', () => this.#content.cancel());
  }

  /**
   * Cancels what goes on. Closing twice is fine.
   * @win32 PeerDistClientCloseContent
   */
  close(): Promise<void> {
    return this.#runtime.end(() => this.#content.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function waitingOf(signal: AbortSignal | undefined): Waiting {
  return signal === undefined ? {} : { signal };
}

function checkRead({ max, timeoutMs }: Omit<ContentReadOptions, 'signal'>): void {
  if (typeof max !== 'number') throw invalidArgType('max', 'a number', max);
  optional('timeoutMs', timeoutMs, 'number');
}
