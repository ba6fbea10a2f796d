import type { CacheLocation, CacheStore, CacheUsage, SegmentHash } from './cache-store.js';
import type { SocketAddress } from './host.js';

/**
 * What Windows does in its BranchCache service and has no functions for: the server's secret, the peer cache, the
 * hosted cache. The fallback serves them on every system.
 */
export interface DistributionServices {
  /**
   * The secret key of the home from now on; made by chance when it is first needed. Windows' own service has another one, of
   * the machine. [MS-PCCRC] 2.5
   */
  setSecret(secret: ServerSecret): Promise<void>;
  /** The key file, by which other servers take the same secret: `netsh branchcache exportkey`. */
  exportSecret(passPhrase: string): Promise<Uint8Array>;
  /** `E_INVALIDARG` for a damaged file and for another pass phrase. */
  importSecret(file: Uint8Array, passPhrase: string): Promise<void>;

  /** Cuts and hashes a content. */
  hashContent(options: HashContentOptions): Promise<HashedContent>;
  /** `PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO`, `PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED`. */
  describeContentInformation(bytes: Uint8Array): Promise<ContentDescription>;

  /** Serves this machine's cache to its subnets. [MS-PCCRD], [MS-PCCRR] */
  startPeerCache(options: PeerCacheOptions): Promise<PeerCache>;
  /** [MS-PCHC]. Rejects with the system's error code where it can't listen, and with `E_INVALIDARG`. */
  startHostedCache(options: HostedCacheOptions): Promise<HostedCache>;

  /** Of the home's cache; Windows' own service has another one, of the machine. */
  cacheUsage(): Promise<CacheUsage>;
  clearCache(): Promise<void>;
}

/** A pass phrase of the administrator, taken as Windows takes it, or the bytes of the secret key. */
export type ServerSecret = string | Uint8Array;

export interface HashContentOptions {
  /** A file's path, or the bytes. */
  readonly source: string | AsyncIterable<Uint8Array>;
  /** The home's unless given. */
  readonly secret?: ServerSecret;
  /** Of content information; 1 unless given. */
  readonly version?: 1 | 2;
  /** Of version 1; SHA-256, the only one that Windows 7 takes, unless given. */
  readonly algorithm?: 'sha256' | 'sha384' | 'sha512';
  /** Bytes; the whole content unless given. */
  readonly range?: { readonly offset: bigint; readonly length: bigint };
  /** Bytes hashed so far. */
  readonly progress?: (bytes: bigint) => void;
  readonly signal?: AbortSignal;
}

export interface HashedContent extends ContentDescription {
  readonly contentInformation: Uint8Array;
}

/** What a content information says. */
export interface ContentDescription {
  readonly version: 1 | 2;
  readonly algorithm: SegmentHash;
  /** Where the range begins, and how many bytes it has. */
  readonly offset: bigint;
  readonly length: bigint;
  readonly segments: readonly SegmentDescription[];
}

export interface SegmentDescription {
  readonly offset: bigint;
  readonly length: number;
  /** HoD. */
  readonly hashOfData: Uint8Array;
  /** Kp. */
  readonly secret: Uint8Array;
  /** HoHoDk. */
  readonly id: Uint8Array;
  /** Hashes of its blocks as far as they are listed, with their indexes; none in version 2. */
  readonly blocks: readonly { readonly index: number; readonly hash: Uint8Array }[];
}

export interface PeerCacheOptions {
  /** Where the retrieval server listens; a free port of every address unless given. */
  readonly listen?: readonly SocketAddress[];
  /** The home's cache unless given. */
  readonly store?: CacheStore | CacheLocation;
  /** Requests served at once, 1 to 16,384; 64 unless given. [MS-PCCRR] 3.2.1 */
  readonly maxClients?: number;
}

export interface PeerCache {
  readonly addresses: readonly SocketAddress[];
  close(): Promise<void>;
}

export interface HostedCacheOptions {
  /**
   * Where HTTP is served: retrieval, and offers of version 2. Port 80 of every address, where clients of Windows look for it,
   * unless given; port 0 takes a free one.
   */
  readonly listen?: readonly SocketAddress[];
  /** HTTPS for offers of version 1 as well, of clients of Windows 7; none unless given. */
  readonly https?: {
    /** Clients of Windows look for it at port 443. */
    readonly listen: readonly SocketAddress[];
    /** PEM, with the certificates between it and a root that clients trust behind it. */
    readonly certificate: string;
    /** PEM, not encrypted. */
    readonly privateKey: string;
  };
  /** Prometheus text at `/metrics`, on loopback alone, elsewhere `E_INVALIDARG`; none unless given. */
  readonly metrics?: SocketAddress;
  /** The home's cache unless given. A store that is handed in stays open when the hosted cache closes. */
  readonly store?: CacheStore | CacheLocation;
  /** Requests served at once, 1 to 4,294,967,295, else `E_INVALIDARG`; 1,024 unless given. [MS-PCCRR] 3.2.1 */
  readonly maxClients?: number;
}

export interface HostedCache {
  readonly addresses: readonly SocketAddress[];
  /** None without HTTPS. */
  readonly httpsAddresses: readonly SocketAddress[];
  readonly metricsAddress: SocketAddress | undefined;
  /** Of its store. */
  usage(): Promise<CacheUsage>;
  close(): Promise<void>;
}
