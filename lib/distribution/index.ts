import type {
  Content,
  ContentInformation,
  ContentInformationOptions,
  DistributionEvent,
  DistributionStatusInfo,
  PublicationStream,
  PublishOptions,
} from '../backend/contract/distribution.js';
import { EventSource } from '../events.js';
import type { Runtime } from '../runtime.js';
import { ContentServer, type ContentServerOptions } from './content-server.js';
import { type ContentResponse, type FetchContentOptions, fetchContent } from './fetch-content.js';
import { type InterceptorOptions, peerDistInterceptor } from './interceptor.js';

export type * from '../backend/contract/distribution.js';
export type * from '../backend/contract/events.js';
export type { ContentSources } from './content-reader.js';
export { type ContentAnswer, ContentServer, type ContentServerOptions } from './content-server.js';
export { type ContentStore, folderStore, type StoredContent } from './content-store.js';
export { ContentResponse, type FetchContentOptions, type FetchProgress } from './fetch-content.js';
export type { PublishedContent } from './hashed-contents.js';
export type { InterceptorOptions } from './interceptor.js';
export type { PeerReadOptions } from './peer-content.js';

/**
 * Peer distribution (BranchCache): content that the machines of a site give each other. Its event is `status-changed`: the
 * present status at once unless it is `disabled`, then each change.
 */
export class Distribution extends EventSource<DistributionEvent> {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    super(runtime, (sink) =>
      runtime.call('distribution', 'PeerDistRegisterForStatusChangeNotification', (backend) => backend.subscribe(sink)),
    );
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

  /**
   * A content server: a handler for `http.createServer`, a middleware for Express and Connect, a plugin for Fastify. Clients
   * that offer `peerdist` get content information of contents of `minLength` bytes and more, all others the contents.
   * Throws `E_INVALIDARG` unless there is either `root` or `store`. [MS-PCCRTP] 3.2
   */
  contentServer(options: ContentServerOptions): ContentServer {
    return new ContentServer(this.#runtime, options);
  }

  /**
   * Fetches a content, each block of it from this machine's cache, from peers or a hosted cache where they have it, else from its
   * server; all are checked against the server's hashes. A server without content information answers as to `fetch`.
   * The body fails with `ERR_CONTENT_CHANGED` where the content became another one while it was read. [MS-PCCRTP] 3.1
   */
  fetchContent(url: string | URL, options: FetchContentOptions = {}): Promise<ContentResponse> {
    return fetchContent(this.#runtime, url, options);
  }

  /**
   * For a dispatcher of undici 7 or newer, so that what it requests comes from peers where they have it:
   * `setGlobalDispatcher(new Agent().compose(distribution.interceptor()))` does it for a program's own `fetch`.
   */
  interceptor(
    options: InterceptorOptions = {},
  ): <D extends (options: never, handler: never) => boolean>(dispatch: D) => D {
    const interceptor = peerDistInterceptor(this.#runtime, options);
    return interceptor as unknown as <D>(dispatch: D) => D;
  }
}
