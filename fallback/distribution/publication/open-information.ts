import type { ContentInformation, Operation } from '../../../lib/backend/contract/distribution.js';
import { checkDword, invalidHandle, invalidParameter } from '../checks.js';
import { Operations } from '../operations.js';

const READ = 'PeerDistServerRetrieveContentInformation';

/** The handle of content information that is read. */
export class OpenInformation implements ContentInformation {
  readonly operations = new Operations();
  readonly #bytes: Uint8Array;
  readonly #closed: () => void;
  #position = 0;
  #isClosed = false;

  constructor(bytes: Uint8Array, closed: () => void) {
    this.#bytes = bytes;
    this.#closed = closed;
  }

  async read(max: number, options: Operation = {}): Promise<Uint8Array | undefined> {
    if (this.#isClosed) throw invalidHandle(READ, 'the content information is closed');
    checkDword('max', max, READ);
    if (max === 0) throw invalidParameter(READ, 'max is 0');
    return this.operations.run(READ, options, async (signal) => {
      if (signal.aborted || this.#position >= this.#bytes.length) return undefined;
      const part = this.#bytes.slice(this.#position, this.#position + max);
      this.#position += part.length;
      return part;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed();
    await this.operations.cancelAll();
  }
}
