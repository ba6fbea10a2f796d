import type { AreaLifetime } from './backend.js';
import type { DistributionServices, ServerSecret } from './distribution-services.js';
import type { EventSink, Subscription } from './events.js';

/**
 * Peer distribution (BranchCache): content that peers of a site give each other. [MS-PCCRC], [MS-PCCRD], [MS-PCCRR].
 * Any call may fail with `ERROR_ACCESS_DISABLED_BY_POLICY` or `PEERDIST_ERROR_SERVICE_UNAVAILABLE`, with
 * `ERROR_INVALID_PARAMETER` for an argument that can't be, with `ERROR_INVALID_HANDLE` on an object that closed, with
 * `PEERDIST_ERROR_INVALIDATED` on one from before the service stopped, and with `PEER_E_NOT_INITIALIZED` after the
 * platform closed. A call that was cancelled, or whose object closed, fails with `ERROR_OPERATION_ABORTED`.
 * Windows answers a call that goes on in the background with `ERROR_IO_PENDING` and posts its end, which
 * `PeerDistGetOverlappedResult` reads: a promise is both.
 */
export interface DistributionBackend extends AreaLifetime {
  /** `PeerDistGetStatus`. */
  getStatus(): Promise<DistributionStatus>;
  /** `PeerDistGetStatusEx`. Windows names no codes. */
  getStatusInfo(): Promise<DistributionStatusInfo>;
  /**
   * `PeerDistRegisterForStatusChangeNotification`, `PeerDistRegisterForStatusChangeNotificationEx`,
   * `PeerDistUnregisterForStatusChangeNotification`: the present status at once unless it is disabled, then each
   * change.
   */
  subscribe(sink: EventSink<DistributionEvent>): Promise<Subscription>;

  /** `PeerDistServerPublishStream`: for content under the user's account. `PEERDIST_ERROR_ALREADY_EXISTS`. */
  publishStream(options: PublishOptions): Promise<PublicationStream>;
  /**
   * Publishes what an earlier platform of this home published with `keep`, without its bytes. False where nothing is
   * kept for this id and secret; always so on Windows, which takes the bytes again. `PEERDIST_ERROR_ALREADY_EXISTS`.
   */
  restorePublication(options: RestoreOptions): Promise<boolean>;
  /**
   * `PeerDistServerUnpublish`: by who published. Windows does not say what an unknown id does: by default
   * `PEER_E_NOT_FOUND` (reading `distribution.unknown-content`). What was kept stays kept.
   */
  unpublish(contentId: Uint8Array): Promise<void>;
  /**
   * `PeerDistServerOpenContentInformation`, `PeerDistServerOpenContentInformationEx` where a version is given.
   * For an unknown id Windows names `PEERDIST_ERROR_NOT_FOUND` and no value for it: here `PEER_E_NOT_FOUND`.
   * `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED` for versions in which the content is not published.
   */
  openContentInformation(options: ContentInformationOptions): Promise<ContentInformation>;
  /**
   * `PeerDistServerCancelAsyncOperation`: one call on a stream or content information of this id, by the number given
   * with it. A result may win the race. `PEERDIST_ERROR_OPERATION_NOTFOUND`.
   */
  cancelServerOperation(contentId: Uint8Array, operation: number): Promise<void>;

  /**
   * Rejects as a call with these options would, before anything is done for it: with `ERROR_NOT_SUPPORTED` for what Windows
   * has set for the machine, with `ERROR_INVALID_PARAMETER` for a hosted cache that can't be.
   */
  checkOptions(options: ContentOptions & Pick<PublishOptions, 'secret'>): Promise<void>;

  /** `PeerDistClientOpenContent`: the tag, 16 bytes, is for statistics and `flush` alone. */
  openContent(tag: Uint8Array, options?: ContentOptions): Promise<Content>;
  /** `PeerDistClientFlushContent`: removes what is stored under the tag. */
  flushContent(tag: Uint8Array): Promise<void>;

  services(): Promise<DistributionServices>;
}

/** PEERDIST_STATUS, by the names of its members. Unavailable: configured, but not usable at present. */
export type DistributionStatus = 'disabled' | 'unavailable' | 'available';

/** PEERDIST_STATUS_INFO. */
export interface DistributionStatusInfo {
  readonly status: DistributionStatus;
  /** Of content information: 1 is the form of Windows 7, 2 of Windows 8. */
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface DistributionEvent extends DistributionStatusInfo {
  readonly event: 'status-changed';
}

/** PEERDIST_PUBLICATION_OPTIONS with what goes beside it. */
export interface PublishOptions {
  /** Any bytes, at least one. */
  readonly contentId: Uint8Array;
  /** Bytes; 0, unknown, unless given. What is added must come to it, and to one byte at least. */
  readonly length?: bigint;
  /** Of content information, 1, or 2 for both; 2 unless given. */
  readonly version?: 1 | 2;
  /**
   * The home's unless given. Windows has one for the machine, and refuses any other with `ERROR_NOT_SUPPORTED`:
   * `Set-BCSecretKey` sets it there.
   */
  readonly secret?: ServerSecret;
  /** Keeps the content information for `restorePublication`, as long as there is room; false unless given. */
  readonly keep?: boolean;
  /** The id that it is kept under; `contentId` unless given. */
  readonly keptId?: Uint8Array;
}

export interface RestoreOptions {
  readonly contentId: Uint8Array;
  /** What it was kept under; `contentId` unless given. */
  readonly keptId?: Uint8Array;
  /** As of `PublishOptions`. */
  readonly secret?: ServerSecret;
}

/**
 * Where the bytes may come from. Windows has these settings for the machine, and refuses those given here with
 * `ERROR_NOT_SUPPORTED`: `Enable-BCDistributed` and `Enable-BCHostedClient` set them there.
 */
export interface ContentOptions {
  /** Peers of the subnets; true unless given or a hosted cache is. */
  readonly peers?: boolean;
  /** A hosted cache that is asked, and offered what came from the origin and is shared; its URL or more of it. */
  readonly hostedCache?: string | HostedCacheLocation;
  /** Keeps what was read and checked in the home's cache, for peers; true unless given. */
  readonly share?: boolean;
}

export interface HostedCacheLocation {
  /** `http://host:port`, which takes offers of version 2.0, or `https://host:port`, of version 1.0. [MS-PCHC] */
  readonly url: string;
  /** Where it serves blocks, over HTTP: the port of an `http` URL, and 80 with `https`, unless given. */
  readonly retrievalPort?: number;
  /** With `https`: PEM of the roots that are trusted; those of Node.js unless given. */
  readonly roots?: string;
}

/** The caller's number for a call, by which it can be cancelled; unique among those of the object that go on. */
export interface Operation {
  readonly operation?: number;
}

/** One call at a time; `PEERDIST_ERROR_ALREADY_COMPLETED` after `complete`. */
export interface PublicationStream {
  /** `PeerDistServerPublishAddToStream`: in order; resolves when the bytes were taken. */
  add(bytes: Uint8Array, options?: Operation): Promise<void>;
  /**
   * `PeerDistServerPublishCompleteStream`: resolves when content information can be had. `ERROR_INVALID_PARAMETER` where
   * the bytes don't come to the length.
   */
  complete(options?: Operation): Promise<void>;
  /** `PeerDistServerCloseStreamHandle`: what goes on is cancelled; what was completed stays published. Twice is fine. */
  close(): Promise<void>;
}

/** PEERDIST_RETRIEVAL_OPTIONS with what goes beside it. */
export interface ContentInformationOptions {
  readonly contentId: Uint8Array;
  /** Bytes; the whole content unless given. */
  readonly range?: { readonly offset: bigint; readonly length: bigint };
  /** 1 or 2; the system's choice unless given. */
  readonly minVersion?: 1 | 2;
  readonly maxVersion?: 1 | 2;
}

/** A secret: whoever holds it can fetch the content from peers. */
export interface ContentInformation {
  /**
   * `PeerDistServerRetrieveContentInformation`: the next bytes, at most `max`; undefined at the end, which is
   * `PEERDIST_ERROR_NO_MORE`.
   */
  read(max: number, options?: Operation): Promise<Uint8Array | undefined>;
  /** `PeerDistServerCloseContentInformation`: what goes on is cancelled. Twice is fine. */
  close(): Promise<void>;
}

export interface ReadOptions extends Operation {
  /** Bytes to deliver at most; 0 asks how many are at hand in one piece, without the network. */
  readonly max: number;
  /** 0 looks on this machine alone; 5,000 unless given. */
  readonly timeoutMs?: number;
}

/**
 * What a read brought: some bytes, perhaps fewer than asked for (none with `max` 0, but `available`), or which range,
 * of at most `max` bytes, must come from the origin, because of `PEERDIST_ERROR_MISSING_DATA` or `ERROR_TIMEOUT`.
 */
export type ReadResult =
  | {
      readonly kind: 'data';
      readonly offset: bigint;
      readonly bytes: Uint8Array;
      readonly available: number;
      /** Where the first of the bytes came from; Windows does not tell. */
      readonly source?: 'cache' | 'peer' | 'hosted-cache' | 'origin';
    }
  | { readonly kind: 'missing' | 'timeout'; readonly offset: bigint; readonly length: number };

export interface Content {
  /**
   * `PeerDistClientAddContentInformation`: in order, one at a time; `PEERDIST_ERROR_ALREADY_COMPLETED` after the end. Windows does not say when a damaged one is noticed:
   * here at the latest in `completeContentInformation`, as `PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO` or
   * `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED`.
   */
  addContentInformation(bytes: Uint8Array, options?: Operation): Promise<void>;
  /** `PeerDistClientCompleteContentInformation`: from now on reads are valid. */
  completeContentInformation(options?: Operation): Promise<void>;
  /**
   * `PeerDistClientBlockRead`: undefined beyond the content, which is `PEERDIST_ERROR_NO_MORE`.
   * `PEERDIST_ERROR_MISSING_DATA` and `ERROR_TIMEOUT` come as results.
   */
  blockRead(offset: bigint, options: ReadOptions): Promise<ReadResult | undefined>;
  /**
   * `PeerDistClientStreamRead`: at a position that each read moves by what it delivered or found missing; several may
   * wait, in order. Undefined at the end, which is `PEERDIST_ERROR_NO_MORE`. `PEERDIST_ERROR_MISSING_DATA`
   * and `ERROR_TIMEOUT` come as results.
   */
  streamRead(options: ReadOptions): Promise<ReadResult | undefined>;
  /** `PeerDistClientAddData`: bytes from the origin; checked later. `PEERDIST_ERROR_OUT_OF_BOUNDS`. */
  addData(offset: bigint, bytes: Uint8Array, options?: Operation): Promise<void>;
  /** `PeerDistClientGetInformationByHandle`: whether missing data may soon be at peers. Windows names no codes. */
  getInformation(): Promise<{ readonly flashCrowd: boolean }>;
  /**
   * `PeerDistClientCancelAsyncOperation`: one call by its number, or all that go on. A result may win the race.
   * `PEERDIST_ERROR_OPERATION_NOTFOUND`.
   */
  cancel(operation?: number): Promise<void>;
  /** `PeerDistClientCloseContent`: what goes on is cancelled. Twice is fine. */
  close(): Promise<void>;
}
