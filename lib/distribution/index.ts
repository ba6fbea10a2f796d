import type {
  Content,
  ContentInformation,
  ContentInformationOptions,
  DistributionStatusInfo,
  PublicationStream,
  PublishOptions,
} from '../backend/contract/distribution.js';
import type { Runtime } from '../runtime.js';

export type * from '../backend/contract/distribution.js';
export type * from '../backend/contract/events.js';

/** Peer distribution (BranchCache): content that the machines of a site give each other. */
export class Distribution {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Whether it can be used, and which versions of content information are spoken.
   * @win32 PeerDistGetStatus, PeerDistGetStatusEx
   */
  status(): Promise<DistributionStatusInfo> {
    return this.#runtime.call('distribution', 'PeerDistGetStatusEx', (backend) => backend.getStatusInfo());
  }

  /**
   * Begins to publish content under an id: add its bytes in order, then complete it.
   * Rejects with `PEERDIST_ERROR_ALREADY_EXISTS`, `ERROR_INVALID_PARAMETER`.
   * @win32 PeerDistServerPublishStream
   */
  publishStream(options: PublishOptions): Promise<PublicationStream> {
    return this.#runtime.call('distribution', 'PeerDistServerPublishStream', (backend) =>
      backend.publishStream(options),
    );
  }

  /**
   * Content information of this id is no longer given out; what was, keeps working among peers.
   * @win32 PeerDistServerUnpublish
   */
  unpublish(contentId: Uint8Array): Promise<void> {
    return this.#runtime.call('distribution', 'PeerDistServerUnpublish', (backend) => backend.unpublish(contentId));
  }

  /**
   * The content information of published content, or of a range of it (bytes). Keep it secret.
   * Rejects with `PEER_E_NOT_FOUND`, `ERROR_INVALID_PARAMETER`.
   * @win32 PeerDistServerOpenContentInformation, PeerDistServerOpenContentInformationEx
   */
  openContentInformation(options: ContentInformationOptions): Promise<ContentInformation> {
    return this.#runtime.call('distribution', 'PeerDistServerOpenContentInformation', (backend) =>
      backend.openContentInformation(options),
    );
  }

  /**
   * Content to be read from peers. The tag, 16 bytes of the application's choice, serves `flush` and statistics.
   * @win32 PeerDistClientOpenContent
   */
  openContent(tag: Uint8Array): Promise<Content> {
    return this.#runtime.call('distribution', 'PeerDistClientOpenContent', (backend) => backend.openContent(tag));
  }

  /**
   * Removes what this machine keeps under a tag.
   * @win32 PeerDistClientFlushContent
   */
  flush(tag: Uint8Array): Promise<void> {
    return this.#runtime.call('distribution', 'PeerDistClientFlushContent', (backend) => backend.flushContent(tag));
  }
}
