import { isPeerError } from '../../errors.js';
import type { ContentInformation, Operation, PublicationStream } from '../contract/distribution.js';
import type { DistributionCalls, PeerDistContentInfo, PeerDistStream } from './distribution-calls.js';
import { checkDword } from './distribution-errors.js';
import { DistributionObject, type DistributionParts } from './distribution-object.js';

/** PEERDIST_STREAM_HANDLE. */
export class NativePublicationStream extends DistributionObject implements PublicationStream {
  readonly #addon: DistributionCalls;
  readonly #handle: PeerDistStream;
  readonly #completed: () => void;

  constructor(parts: DistributionParts<PeerDistStream>, completed: () => void) {
    super(parts);
    this.#addon = parts.addon;
    this.#handle = parts.handle;
    this.#completed = completed;
  }

  async add(bytes: Uint8Array, options: Operation = {}): Promise<void> {
    const name = 'PeerDistServerPublishAddToStream';
    this.checkAlone(name);
    await this.run(name, options, (it) => this.#addon.PeerDistServerPublishAddToStream(this.#handle, bytes, it));
  }

  async complete(options: Operation = {}): Promise<void> {
    const name = 'PeerDistServerPublishCompleteStream';
    this.checkAlone(name);
    await this.run(name, options, (it) => this.#addon.PeerDistServerPublishCompleteStream(this.#handle, it));
    this.#completed();
  }

  protected release(): Promise<void> {
    return this.#addon.PeerDistServerCloseStreamHandle(this.#handle);
  }
}

/** PEERDIST_CONTENTINFO_HANDLE. */
export class NativeContentInformation extends DistributionObject implements ContentInformation {
  readonly #addon: DistributionCalls;
  readonly #handle: PeerDistContentInfo;

  constructor(parts: DistributionParts<PeerDistContentInfo>) {
    super(parts);
    this.#addon = parts.addon;
    this.#handle = parts.handle;
  }

  async read(max: number, options: Operation = {}): Promise<Uint8Array | undefined> {
    const name = 'PeerDistServerRetrieveContentInformation';
    checkDword('max', max, name);
    try {
      return await this.run(name, options, (it) =>
        this.#addon.PeerDistServerRetrieveContentInformation(this.#handle, max, it),
      );
    } catch (error) {
      if (isPeerError(error, 'PEERDIST_ERROR_NO_MORE')) return undefined;
      throw error;
    }
  }

  protected release(): Promise<void> {
    return this.#addon.PeerDistServerCloseContentInformation(this.#handle);
  }
}
