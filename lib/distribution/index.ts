import { optional } from '../argument-types.js';
import type {
  ContentInformationOptions,
  ContentOptions,
  DistributionEvent,
  DistributionStatusInfo,
  PublishOptions,
  RestoreOptions,
} from '../backend/contract/distribution.js';
import type {
  ContentDescription,
  DistributionServices,
  HashContentOptions,
  HashedContent,
  HostedCacheOptions,
  PeerCacheOptions,
  ServerSecret,
} from '../backend/contract/distribution-services.js';
import { invalidArgType } from '../errors.js';
import { EventSource } from '../events.js';
import type { Runtime } from '../runtime.js';
import { abortable, type Waiting } from '../waiting.js';
import {
  binary,
  contentOptions,
  contentServerOptions,
  hostedCacheOptions,
  optionalBigint,
  optionalSecret,
  peerCacheOptions,
  peerReadOptions,
} from './arguments.js';
import { HostedCache, LocalCache, PeerCache } from './caches.js';
import { OperationNumbers } from './cancellable-calls.js';
import { Content } from './content.js';
import { ContentInformation } from './content-information.js';
import { ContentServer, type ContentServerOptions } from './content-server.js';
import type { ContentResponse, FetchContentOptions } from './fetch-content.js';
import { type InterceptorOptions, peerDistInterceptor } from './interceptor.js';
import { Publication } from './publication.js';

export type {
  BlockCipher,
  CachedBlock,
  CachedSegment,
  CacheLocation,
  CacheStore,
  CacheUsage,
  NewSegment,
  SegmentHash,
  SegmentKeys,
} from '../backend/contract/cache-store.js';
export type {
  ContentInformationOptions,
  ContentOptions,
  DistributionEvent,
  DistributionStatus,
  DistributionStatusInfo,
  HostedCacheLocation,
  PublishOptions,
  ReadResult,
  RestoreOptions,
} from '../backend/contract/distribution.js';
export type {
  ContentDescription,
  HashContentOptions,
  HashedContent,
  HostedCacheOptions,
  PeerCacheOptions,
  SegmentDescription,
  ServerSecret,
} from '../backend/contract/distribution-services.js';
export type * from '../backend/contract/distribution-trace.js';
export type { SocketAddress } from '../backend/contract/host.js';
export type { Waiting } from '../waiting.js';
export { HostedCache, LocalCache, PeerCache } from './caches.js';
export { Content, type ContentReadOptions } from './content.js';
export { ContentInformation } from './content-information.js';
export type { ContentSources } from './content-reader.js';
export { type ContentAnswer, ContentServer, type ContentServerOptions } from './content-server.js';
export { type ContentStore, folderStore, type StoredContent } from './content-store.js';
export type { ContentResponse, FetchContentOptions, FetchProgress } from './fetch-content.js';
export type { InterceptorOptions } from './interceptor.js';
export type { PeerReadOptions } from './peer-content.js';
export { Publication } from './publication.js';

/**
 * Peer distribution (BranchCache): content that the machines of a site give each other. Its one event, `status-changed`,
 * comes with the present status as soon as somebody listens, unless that is `disabled`, and then with each change.
 * [MS-PCCRC], [MS-PCCRD], [MS-PCCRR], [MS-PCCRTP], [MS-PCHC].
 */
export class Distribution extends EventSource<DistributionEvent> {
  readonly #runtime: Runtime;
  readonly #numbers = new OperationNumbers();

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
   * A listener for `status-changed`.
   * @win32 PeerDistRegisterForStatusChangeNotification, PeerDistRegisterForStatusChangeNotificationEx, PeerDistUnregisterForStatusChangeNotification
   */
  override on<T extends 'status-changed'>(
    type: T,
    listener: (event: Extract<DistributionEvent, { event: T }>) => void,
  ): this {
    return super.on(type, listener);
  }

  /**
   * Begins to publish a content under an id: add its bytes in order, then complete it. Rejects with
   * `PEERDIST_ERROR_ALREADY_EXISTS`, `ERROR_INVALID_PARAMETER`, `PEERDIST_ERROR_SERVICE_UNAVAILABLE` where the secret of
   * the home is needed and can't be had.
   * @win32 PeerDistServerPublishStream
   */
  async publishStream({ signal, ...options }: PublishOptions & Waiting): Promise<Publication> {
    const { contentId, keptId, length, version, secret } = options;
    binary('contentId', contentId);
    if (keptId !== undefined) binary('keptId', keptId);
    optionalBigint('length', length);
    optional('version', version, 'number');
    optionalSecret(secret);
    signal?.throwIfAborted();
    const id = Uint8Array.from(contentId);
    const stream = await abortable(
      this.#runtime.call('distribution', 'PeerDistServerPublishStream', (backend) => backend.publishStream(options)),
      signal,
      (late) => late.close(),
    );
    return new Publication(this.#runtime, this.#numbers, stream, (operation) => this.#cancel(id, operation));
  }

  /**
   * Publishes anew what an earlier platform of this home published with `keep`, without its bytes. False where
   * nothing is kept for this id and secret; on Windows always. Rejects with `PEERDIST_ERROR_ALREADY_EXISTS`,
   * `ERROR_INVALID_PARAMETER`, `PEERDIST_ERROR_SERVICE_UNAVAILABLE`, `ERROR_NOT_SUPPORTED` for a secret on Windows.
   */
  async restore(options: RestoreOptions): Promise<boolean> {
    binary('contentId', options.contentId);
    if (options.keptId !== undefined) binary('keptId', options.keptId);
    optionalSecret(options.secret);
    return this.#runtime.call('distribution', 'PeerDistServerPublishStream', (backend) =>
      backend.restorePublication(options),
    );
  }

  /**
   * Content information of this id is no longer given out; what was, keeps working among peers, and what was kept stays
   * kept. Rejects with `ERROR_INVALID_PARAMETER`; where nothing is published under this id, with `PEER_E_NOT_FOUND`, unless
   * Windows takes that for done.
   * @win32 PeerDistServerUnpublish
   */
  async unpublish(contentId: Uint8Array): Promise<void> {
    binary('contentId', contentId);
    await this.#runtime.call('distribution', 'PeerDistServerUnpublish', (backend) => backend.unpublish(contentId));
  }

  /**
   * The content information of a published content, or of a range of it (bytes): of version 1 unless other versions are
   * allowed. Keep it secret. Rejects with `PEER_E_NOT_FOUND`, `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED`,
   * `ERROR_INVALID_PARAMETER`.
   * @win32 PeerDistServerOpenContentInformation, PeerDistServerOpenContentInformationEx
   */
  async openContentInformation({
    signal,
    ...options
  }: ContentInformationOptions & Waiting): Promise<ContentInformation> {
    const { contentId, range, minVersion, maxVersion } = options;
    binary('contentId', contentId);
    optionalBigint('range.offset', range?.offset);
    optionalBigint('range.length', range?.length);
    optional('minVersion', minVersion, 'number');
    optional('maxVersion', maxVersion, 'number');
    signal?.throwIfAborted();
    const id = Uint8Array.from(contentId);
    const information = await abortable(
      this.#runtime.call('distribution', 'PeerDistServerOpenContentInformation', (backend) =>
        backend.openContentInformation(options),
      ),
      signal,
      (late) => late.close(),
    );
    return new ContentInformation(this.#runtime, this.#numbers, information, (operation) =>
      this.#cancel(id, operation),
    );
  }

  /**
   * A content to be read from this machine's cache, from peers or a hosted cache. The tag, 16 bytes of the application's
   * choice, serves `flush` and statistics. Rejects with `ERROR_INVALID_PARAMETER`.
   * @win32 PeerDistClientOpenContent
   */
  async openContent(tag: Uint8Array, { signal, ...options }: ContentOptions & Waiting = {}): Promise<Content> {
    binary('tag', tag);
    contentOptions(options);
    signal?.throwIfAborted();
    const content = await abortable(
      this.#runtime.call('distribution', 'PeerDistClientOpenContent', (backend) => backend.openContent(tag, options)),
      signal,
      (late) => late.close(),
    );
    return new Content(this.#runtime, this.#numbers, content);
  }

  /**
   * Removes what this machine keeps under a tag alone. Rejects with `ERROR_INVALID_PARAMETER`,
   * `PEERDIST_ERROR_SERVICE_UNAVAILABLE` where the cache can't be reached.
   * @win32 PeerDistClientFlushContent
   */
  async flush(tag: Uint8Array): Promise<void> {
    binary('tag', tag);
    await this.#runtime.call('distribution', 'PeerDistClientFlushContent', (backend) => backend.flushContent(tag));
  }

  /** What the home keeps, on every system; not what Windows' own service does. */
  get cache(): LocalCache {
    return new LocalCache(this.#runtime);
  }

  /**
   * The secret key of the home from now on: a pass phrase, taken as Windows takes it, or the key's bytes. Servers with the
   * same one give the same content information. Windows' own service does not look at it: there the machine's secret, which
   * `Set-BCSecretKey` sets, is that of what is published, and the home's that of `hash` alone. Rejects with `E_INVALIDARG`,
   * `PEERDIST_ERROR_SERVICE_UNAVAILABLE`. [MS-PCCRC] 2.5
   */
  async setSecret(secret: ServerSecret): Promise<void> {
    if (secret === undefined) throw invalidArgType('secret', 'a string or a Uint8Array', secret);
    optionalSecret(secret);
    await this.#services('setSecret', (services) => services.setSecret(secret));
  }

  /**
   * The key file by which other servers take the secret of the home, as `netsh branchcache exportkey` writes it; Windows'
   * own service takes it with `Import-BCSecretKey`. Rejects with `PEERDIST_ERROR_SERVICE_UNAVAILABLE`.
   */
  async exportSecret(passPhrase: string): Promise<Uint8Array> {
    if (typeof passPhrase !== 'string') throw invalidArgType('passPhrase', 'a string', passPhrase);
    return this.#services('exportSecret', (services) => services.exportSecret(passPhrase));
  }

  /**
   * Takes the secret of another server for the home's, as `setSecret` does. `E_INVALIDARG` for a damaged file and for another
   * pass phrase.
   */
  async importSecret(file: Uint8Array, passPhrase: string): Promise<void> {
    binary('file', file);
    if (typeof passPhrase !== 'string') throw invalidArgType('passPhrase', 'a string', passPhrase);
    await this.#services('importSecret', (services) => services.importSecret(file, passPhrase));
  }

  /**
   * Content information of a file, or of bytes as they come, without publishing it. Rejects with `E_INVALIDARG` for a
   * range that is not inside, and for a content without a byte; with the system's error code for the file, and with
   * `ESTALE` where that changes meanwhile.
   */
  async hash(options: HashContentOptions): Promise<HashedContent> {
    const { source, secret, version, algorithm, range } = options;
    if (typeof source !== 'string' && typeof source?.[Symbol.asyncIterator] !== 'function') {
      throw invalidArgType('source', 'a path or an async iterable of Uint8Arrays', source);
    }
    optionalSecret(secret);
    optional('version', version, 'number');
    optional('algorithm', algorithm, 'string');
    optionalBigint('range.offset', range?.offset);
    optionalBigint('range.length', range?.length);
    return this.#services('hashContent', (services) => services.hashContent(options));
  }

  /**
   * What a content information says. Rejects with `PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO`,
   * `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED`.
   */
  async describe(contentInformation: Uint8Array): Promise<ContentDescription> {
    binary('contentInformation', contentInformation);
    return this.#services('describe', (services) => services.describeContentInformation(contentInformation));
  }

  /**
   * Serves a cache, the home's unless another is given, to the subnets of this machine until it is closed. Rejects with
   * the system's error code where it can't listen. [MS-PCCRD], [MS-PCCRR]
   */
  async peerCache({ signal, ...options }: PeerCacheOptions & Waiting = {}): Promise<PeerCache> {
    peerCacheOptions(options);
    signal?.throwIfAborted();
    const started = this.#services('startPeerCache', (services) => services.startPeerCache(options));
    return new PeerCache(this.#runtime, await abortable(started, signal, (late) => late.close()));
  }

  /**
   * A hosted cache of a branch, until it is closed. Rejects with the system's error code where it can't listen:
   * `EACCES` for ports that only the superuser has, as Windows' own 80 and 443 are on most systems. [MS-PCHC]
   */
  async hostedCache({ signal, ...options }: HostedCacheOptions & Waiting = {}): Promise<HostedCache> {
    hostedCacheOptions(options);
    signal?.throwIfAborted();
    const started = this.#services('startHostedCache', (services) => services.startHostedCache(options));
    return new HostedCache(this.#runtime, await abortable(started, signal, (late) => late.close()));
  }

  /**
   * A content server: a handler for `http.createServer`, a middleware for Express and Connect, a plugin for Fastify. Clients
   * that offer `peerdist` get content information of contents of `minLength` bytes and more, all others the contents.
   * Throws `E_INVALIDARG` unless there is either `root` or `store`, and for an empty secret. [MS-PCCRTP] 3.2
   */
  contentServer(options: ContentServerOptions): ContentServer {
    contentServerOptions(options);
    return new ContentServer(this.#runtime, options);
  }

  /**
   * Fetches a content, each block of it from this machine's cache, from peers or a hosted cache where they have it, else from its
   * server; all are checked against the server's hashes. A server without content information answers as to `fetch`.
   * The body fails with `ERR_CONTENT_CHANGED` where the content became another one while it was read. Rejects with
   * `ERROR_INVALID_PARAMETER`. [MS-PCCRTP] 3.1
   */
  async fetchContent(url: string | URL, options: FetchContentOptions = {}): Promise<ContentResponse> {
    peerReadOptions(options);
    // Not before: it stands on `Response`, with which Node.js loads its HTTP client.
    const { fetchContent } = await import('./fetch-content.js');
    return fetchContent(this.#runtime, url, options);
  }

  /**
   * For a dispatcher of undici 7 or newer, so that what it requests comes from peers where they have it:
   * `setGlobalDispatcher(new Agent().compose(distribution.interceptor()))` does it for a program's own `fetch`. Throws
   * `ERROR_INVALID_PARAMETER`.
   */
  interceptor(
    options: InterceptorOptions = {},
  ): <D extends (options: never, handler: never) => boolean>(dispatch: D) => D {
    peerReadOptions(options);
    optional('onContent', options.onContent, 'function');
    const interceptor = peerDistInterceptor(this.#runtime, options);
    return interceptor as unknown as <D>(dispatch: D) => D;
  }

  #services<T>(operation: string, use: (services: DistributionServices) => Promise<T>): Promise<T> {
    return this.#runtime.call('distribution', operation, async (backend) => use(await backend.services()));
  }

  #cancel(contentId: Uint8Array, operation: number): Promise<void> {
    return this.#runtime.call('distribution', 'PeerDistServerCancelAsyncOperation', (backend) =>
      backend.cancelServerOperation(contentId, operation),
    );
  }
}
