import type { Operation, PublicationStream } from '../../../lib/backend/contract/distribution.js';
import { PeerError } from '../../../lib/errors.js';
import { checkNotEmpty, invalidHandle, invalidParameter } from '../checks.js';
import type { ContentHasher, ContentHashes } from '../content-information/index.js';
import { Operations } from '../operations.js';

const ADD = 'PeerDistServerPublishAddToStream';
const COMPLETE = 'PeerDistServerPublishCompleteStream';

export interface PublishingOptions {
  /** Bytes; 0 for any. */
  readonly length: bigint;
  readonly hasher: ContentHasher;
  readonly complete: (hashes: readonly ContentHashes[]) => Promise<void>;
  readonly closed: () => void;
}

/** The handle of a content that is being published. */
export class Publishing implements PublicationStream {
  readonly operations = new Operations();
  readonly #options: PublishingOptions;
  #added = 0n;
  /** The call that goes on. */
  #going: Promise<void> | undefined;
  /** Broken: a call was cut off, so nobody knows which bytes were taken. */
  #state: 'open' | 'completed' | 'broken' | 'closed' = 'open';

  constructor(options: PublishingOptions) {
    this.#options = options;
  }

  async add(bytes: Uint8Array, options: Operation = {}): Promise<void> {
    this.#checkOpen(ADD);
    checkNotEmpty('what is added', bytes, ADD);
    return this.#alone(ADD, options, async () => {
      const { length, hasher } = this.#options;
      if (length !== 0n && this.#added + BigInt(bytes.length) > length) {
        throw invalidParameter(ADD, `the content has ${length} bytes, and ${bytes.length} more come to more than that`);
      }
      await hasher.add(bytes);
      this.#added += BigInt(bytes.length);
    });
  }

  async complete(options: Operation = {}): Promise<void> {
    this.#checkOpen(COMPLETE);
    return this.#alone(COMPLETE, options, async () => {
      const { length, hasher, complete } = this.#options;
      if (this.#added === 0n) throw invalidParameter(COMPLETE, 'a content has at least one byte');
      if (length !== 0n && this.#added !== length) {
        throw invalidParameter(COMPLETE, `${this.#added} bytes were added of a content of ${length}`);
      }
      await complete(await hasher.end());
      this.#state = 'completed';
    });
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#options.closed();
    await this.operations.cancelAll();
    await this.#going?.catch(() => undefined);
  }

  #alone(name: string, options: Operation, work: () => Promise<void>): Promise<void> {
    if (this.#going !== undefined) throw invalidParameter(name, 'another call on the stream goes on');
    return this.operations.run(name, options, (signal) => {
      const cutOff = (): void => {
        if (this.#state === 'open') this.#state = 'broken';
      };
      signal.addEventListener('abort', cutOff, { once: true });
      this.#going = work().finally(() => {
        signal.removeEventListener('abort', cutOff);
        this.#going = undefined;
      });
      return this.#going;
    });
  }

  #checkOpen(operation: string): void {
    if (this.#state === 'closed') throw invalidHandle(operation, 'the stream is closed');
    if (this.#state === 'broken') throw invalidHandle(operation, 'a call on the stream was cancelled midway');
    if (this.#state === 'open') return;
    throw new PeerError('PEERDIST_ERROR_ALREADY_COMPLETED', operation, 'the content is complete');
  }
}
