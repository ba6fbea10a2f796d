import type { Content, Operation, ReadOptions, ReadResult } from '../../../lib/backend/contract/distribution.js';
import { PeerError } from '../../../lib/errors.js';
import { checkDword, checkNotEmpty, checkOffset, invalidHandle, invalidParameter } from '../checks.js';
import { decodeContentInformation } from '../content-information/index.js';
import { Operations } from '../operations.js';
import { ContentMap } from './content-map.js';
import type { ContentReading } from './content-reading.js';

/** Of a content of 64 GB in version 1, of 8 GB or more in version 2. */
const CONTENT_INFORMATION_LIMIT = 64 << 20;
/** PEERDIST_READ_TIMEOUT_DEFAULT */
const READ_TIMEOUT_MS = 5000;

const BLOCK_READ = 'PeerDistClientBlockRead';
const STREAM_READ = 'PeerDistClientStreamRead';

export interface OpenContentEvents {
  /** The content information is complete: what reads it. */
  readonly begin: (map: ContentMap) => ContentReading;
  readonly closed: () => void;
}

/** The handle of a content that is read. */
export class OpenContent implements Content {
  readonly #events: OpenContentEvents;
  readonly #operations = new Operations();
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #reading: ContentReading | undefined;
  /** Of stream reads. */
  #position = 0n;
  /** The stream read before, which says where the next one begins. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(events: OpenContentEvents) {
    this.#events = events;
  }

  async addContentInformation(bytes: Uint8Array, options: Operation = {}): Promise<void> {
    const name = 'PeerDistClientAddContentInformation';
    this.#checkDescribing(name);
    return this.#operations.run(name, options, async () => {
      if (this.#pieceBytes + bytes.length > CONTENT_INFORMATION_LIMIT) {
        const why = `content information of more than ${CONTENT_INFORMATION_LIMIT} bytes is not read`;
        throw new PeerError('PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO', name, why);
      }
      this.#pieces.push(Uint8Array.from(bytes));
      this.#pieceBytes += bytes.length;
    });
  }

  async completeContentInformation(options: Operation = {}): Promise<void> {
    const name = 'PeerDistClientCompleteContentInformation';
    this.#checkDescribing(name);
    return this.#operations.run(name, options, async () => {
      const map = new ContentMap(decodeContentInformation(Buffer.concat(this.#pieces), name));
      if (!map.hasSoundLists()) {
        const why = 'the hashes of a segment’s blocks do not give the hash of the segment';
        throw new PeerError('PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO', name, why);
      }
      this.#pieces = [];
      this.#position = map.start;
      this.#reading = this.#events.begin(map);
    });
  }

  async blockRead(offset: bigint, options: ReadOptions): Promise<ReadResult | undefined> {
    const reading = this.#checkReading(BLOCK_READ);
    checkOffset('offset', offset, BLOCK_READ);
    const timeoutMs = checkRead(options, BLOCK_READ);
    return this.#operations.run(BLOCK_READ, options, (signal) =>
      reading.read(offset, { max: options.max, timeoutMs, signal }),
    );
  }

  async streamRead(options: ReadOptions): Promise<ReadResult | undefined> {
    const reading = this.#checkReading(STREAM_READ);
    const timeoutMs = checkRead(options, STREAM_READ);
    return this.#operations.run(STREAM_READ, options, (signal) => {
      const turn = this.#turn.then(async () => {
        if (signal.aborted) return undefined;
        const result = await reading.read(this.#position, { max: options.max, timeoutMs, signal });
        if (!signal.aborted) this.#position += BigInt(lengthOf(result));
        return result;
      });
      this.#turn = turn.catch(() => undefined);
      return turn;
    });
  }

  async addData(offset: bigint, bytes: Uint8Array, options: Operation = {}): Promise<void> {
    const name = 'PeerDistClientAddData';
    const reading = this.#checkReading(name);
    checkOffset('offset', offset, name);
    checkNotEmpty('the data', bytes, name);
    return this.#operations.run(name, options, async () => {
      const { start, end } = reading.map;
      if (offset >= end || offset + BigInt(bytes.length) <= start) {
        const why = `the content information tells of the bytes from ${start} up to ${end}`;
        throw new PeerError('PEERDIST_ERROR_OUT_OF_BOUNDS', name, why);
      }
      await reading.add(offset, bytes);
    });
  }

  async getInformation(): Promise<{ readonly flashCrowd: boolean }> {
    this.#checkOpen('PeerDistClientGetInformationByHandle');
    return { flashCrowd: this.#reading?.hasFlashCrowd ?? false };
  }

  async cancel(operation?: number): Promise<void> {
    const name = 'PeerDistClientCancelAsyncOperation';
    this.#checkOpen(name);
    const found =
      operation === undefined ? await this.#operations.cancelAll() : await this.#operations.cancel(operation);
    if (found) return;
    const what = operation === undefined ? 'nothing goes on' : `no operation ${operation} goes on`;
    throw new PeerError('PEERDIST_ERROR_OPERATION_NOTFOUND', name, what);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#events.closed();
    await this.#operations.cancelAll();
    await this.#reading?.end();
  }

  #checkOpen(operation: string): void {
    if (this.#closed !== undefined) throw invalidHandle(operation, 'the content is closed');
  }

  #checkDescribing(operation: string): void {
    this.#checkOpen(operation);
    if (this.#reading === undefined) return;
    throw new PeerError('PEERDIST_ERROR_ALREADY_COMPLETED', operation, 'the content information is complete');
  }

  #checkReading(operation: string): ContentReading {
    this.#checkOpen(operation);
    if (this.#reading !== undefined) return this.#reading;
    throw invalidParameter(operation, 'the content information is not complete yet');
  }
}

function checkRead({ max, timeoutMs = READ_TIMEOUT_MS }: ReadOptions, operation: string): number {
  checkDword('max', max, operation);
  checkDword('timeoutMs', timeoutMs, operation);
  return timeoutMs;
}

function lengthOf(result: ReadResult | undefined): number {
  if (result === undefined) return 0;
  return result.kind === 'data' ? result.bytes.length : result.length;
}
