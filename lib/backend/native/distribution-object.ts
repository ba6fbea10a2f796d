import { PeerError } from '../../errors.js';
import type { Operation } from '../contract/distribution.js';
import type { DistributionCalls, Overlapped } from './distribution-calls.js';
import { distributionCalls, invalidParameter } from './distribution-errors.js';

/** What an object of Windows is opened with. */
export interface DistributionParts<H> {
  readonly addon: DistributionCalls;
  readonly handle: H;
  readonly closed: (object: DistributionObject) => void;
}

interface Going {
  readonly overlapped: Overlapped;
  /** Resolves when its caller has been told. */
  readonly over: Promise<unknown>;
}

/** Something that Windows opened. It closes once; what goes on ends with ERROR_OPERATION_ABORTED by that. */
export abstract class DistributionObject {
  readonly #addon: DistributionCalls;
  readonly #closed: (object: DistributionObject) => void;
  /** By the numbers that their callers gave. */
  readonly #numbered = new Map<number, Going>();
  readonly #going = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor({ addon, closed }: DistributionParts<unknown>) {
    this.#addon = addon;
    this.#closed = closed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The call that goes on by this number. */
  going(operation: number): Going | undefined {
    return this.#numbered.get(operation);
  }

  /** How the object is closed. */
  protected abstract release(): Promise<void>;

  protected checkOpen(name: string): void {
    if (this.#closing !== undefined) throw new PeerError('ERROR_INVALID_HANDLE', name, 'it has been closed');
  }

  /** For a call whose caller has to wait for the one before. */
  protected checkAlone(name: string): void {
    this.checkOpen(name);
    if (this.#going.size > 0) throw invalidParameter(name, 'the call before goes on');
  }

  /** A call that goes on after it has returned. `name` is the function's. */
  protected async run<T>(
    name: string,
    { operation }: Operation,
    call: (overlapped: Overlapped) => Promise<T>,
  ): Promise<T> {
    this.checkOpen(name);
    if (operation !== undefined && this.#numbered.has(operation)) {
      throw invalidParameter(name, `a call with the number ${operation} goes on`);
    }
    const overlapped = this.#addon.overlapped();
    const result = distributionCalls(() => call(overlapped));
    const over = result.catch(() => undefined);
    this.#going.add(over);
    if (operation !== undefined) this.#numbered.set(operation, { overlapped, over });
    try {
      return await result;
    } finally {
      this.#going.delete(over);
      if (operation !== undefined) this.#numbered.delete(operation);
    }
  }

  /** Resolves when those who wait for what goes on have been told of its end. */
  protected async settled(): Promise<void> {
    await Promise.all(this.#going);
  }

  async #close(): Promise<void> {
    try {
      await distributionCalls(() => this.release());
      await this.settled();
    } finally {
      this.#closed(this);
    }
  }
}
