import type { Lookup } from '../../lib/backend/contract/winsock.js';
import { PeerError } from '../../lib/errors.js';
import { invalid, type WinsockOperation } from './codes.js';

/** Where a lookup takes its results from. */
export interface Results<Result> {
  /** Whether there is a result to take, or the end of them. */
  readonly ready: boolean;
  /** Undefined is the end. */
  take(): Result | undefined;
  close(): Promise<void>;
}

/** The handle of a lookup: lets its calls wait, in their order, until there are results or it ends. */
export class OpenLookup<Result> implements Lookup<Result> {
  readonly #results: Results<Result>;
  readonly #ended: () => void;
  #waiting: (() => void)[] = [];
  #open = true;

  constructor(results: Results<Result>, ended: () => void) {
    this.#results = results;
    this.#ended = ended;
  }

  next(): Promise<Result | undefined> {
    return this.#whenReady('WSALookupServiceNextW', () => this.#results.take());
  }

  notifyChange(): Promise<void> {
    return this.#whenReady('WSANSPIoctl', () => undefined);
  }

  async end(): Promise<void> {
    this.#checkOpen('WSALookupServiceEnd');
    this.#open = false;
    this.#ended();
    this.wake();
    await this.#results.close();
  }

  /** The results may have become ready. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  async #whenReady<T>(operation: WinsockOperation, use: () => T): Promise<T> {
    this.#checkOpen(operation);
    while (!this.#results.ready) {
      await new Promise<void>((resume) => this.#waiting.push(resume));
      if (!this.#open) throw new PeerError('WSA_E_CANCELLED', operation, 'the lookup ended meanwhile');
    }
    return use();
  }

  #checkOpen(operation: WinsockOperation): void {
    if (!this.#open) throw invalid(operation, 'the lookup has ended');
  }
}
