import { isPeerError, PeerError } from '../../errors.js';
import type { Content, Operation, ReadOptions, ReadResult } from '../contract/distribution.js';
import type { DistributionCalls, Overlapped, PeerDistContent, PeerDistRead } from './distribution-calls.js';
import { checkDword, checkUlonglong, distributionCalls } from './distribution-errors.js';
import { DistributionObject, type DistributionParts } from './distribution-object.js';

/** PEERDIST_READ_TIMEOUT_DEFAULT: five seconds. */
const DEFAULT_TIMEOUT = 0xffff_fffe;
/** ERROR_TIMEOUT. */
const TIMEOUT = 1460;

/** PEERDIST_CONTENT_HANDLE. */
export class NativeContent extends DistributionObject implements Content {
  readonly #addon: DistributionCalls;
  readonly #handle: PeerDistContent;

  constructor(parts: DistributionParts<PeerDistContent>) {
    super(parts);
    this.#addon = parts.addon;
    this.#handle = parts.handle;
  }

  async addContentInformation(bytes: Uint8Array, options: Operation = {}): Promise<void> {
    const name = 'PeerDistClientAddContentInformation';
    this.checkAlone(name);
    await this.run(name, options, (it) => this.#addon.PeerDistClientAddContentInformation(this.#handle, bytes, it));
  }

  async completeContentInformation(options: Operation = {}): Promise<void> {
    const name = 'PeerDistClientCompleteContentInformation';
    this.checkAlone(name);
    await this.run(name, options, (it) => this.#addon.PeerDistClientCompleteContentInformation(this.#handle, it));
  }

  async blockRead(offset: bigint, options: ReadOptions): Promise<ReadResult | undefined> {
    const name = 'PeerDistClientBlockRead';
    checkUlonglong('offset', offset, name);
    return this.#read(name, options, (timeout, it) =>
      this.#addon.PeerDistClientBlockRead(this.#handle, offset, options.max, timeout, it),
    );
  }

  async streamRead(options: ReadOptions): Promise<ReadResult | undefined> {
    return this.#read('PeerDistClientStreamRead', options, (timeout, it) =>
      this.#addon.PeerDistClientStreamRead(this.#handle, options.max, timeout, it),
    );
  }

  async addData(offset: bigint, bytes: Uint8Array, options: Operation = {}): Promise<void> {
    const name = 'PeerDistClientAddData';
    checkUlonglong('offset', offset, name);
    await this.run(name, options, (it) => this.#addon.PeerDistClientAddData(this.#handle, offset, bytes, it));
  }

  async getInformation(): Promise<{ readonly flashCrowd: boolean }> {
    this.checkOpen('PeerDistClientGetInformationByHandle');
    return distributionCalls(() => this.#addon.PeerDistClientGetInformationByHandle(this.#handle));
  }

  async cancel(operation?: number): Promise<void> {
    const name = 'PeerDistClientCancelAsyncOperation';
    this.checkOpen(name);
    const going = operation === undefined ? undefined : this.going(operation);
    if (operation !== undefined && going === undefined) {
      throw new PeerError('PEERDIST_ERROR_OPERATION_NOTFOUND', name, `no call goes on by the number ${operation}`);
    }
    const over = going?.over ?? this.settled();
    const overlapped = going?.overlapped ?? null;
    await distributionCalls(() => this.#addon.PeerDistClientCancelAsyncOperation(this.#handle, overlapped));
    await over;
  }

  protected release(): Promise<void> {
    return this.#addon.PeerDistClientCloseContent(this.#handle);
  }

  async #read(
    name: string,
    options: ReadOptions,
    call: (timeout: number, overlapped: Overlapped) => Promise<PeerDistRead>,
  ): Promise<ReadResult | undefined> {
    const { max, timeoutMs = DEFAULT_TIMEOUT } = options;
    checkDword('max', max, name);
    checkDword('timeoutMs', timeoutMs, name);
    try {
      const { status, offset, length, bytes } = await this.run(name, options, (it) => call(timeoutMs, it));
      if (status === 0) return { kind: 'data', offset, bytes, available: length };
      return { kind: status === TIMEOUT ? 'timeout' : 'missing', offset, length };
    } catch (error) {
      if (isPeerError(error, 'PEERDIST_ERROR_NO_MORE')) return undefined;
      throw error;
    }
  }
}
