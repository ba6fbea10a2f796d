import type { AreaLifetime } from './backend.js';
import type { DrtBootstrapProvider, DrtSecurityProvider } from './drt-providers.js';
import type { EventSink } from './events.js';
import type { SocketAddress } from './host.js';

/**
 * Distributed Routing Table: keys of 256 bits on a ring. [MC-DRT]. Transport, security and bootstrap are made first,
 * and each serves one open instance at a time. Any call on an object may fail with `E_HANDLE` after it closed, any call
 * with `E_INVALIDARG` for an argument that can't be, `E_OUTOFMEMORY`, `E_UNEXPECTED` and `E_FAIL`; any call at all with
 * `PEER_E_NOT_INITIALIZED` after the platform closed. What Windows copies into a caller's buffer comes as a value here,
 * so `DRT_E_INSUFFICIENT_BUFFER` never does.
 */
export interface DrtBackend extends AreaLifetime {
  /**
   * `DrtCreateIpv6UdpTransport`: `DRT_E_INVALID_PORT`, `DRT_E_INVALID_SCOPE`, `DRT_E_INVALID_TRANSPORT_PROVIDER`,
   * `DRT_E_TRANSPORT_UNEXPECTED`; Winsock's codes pass through.
   */
  createIpv6UdpTransport(options: DrtTransportOptions): Promise<DrtTransport>;
  /**
   * `DrtCreatePnrpBootstrapResolver`: finds nodes by a peer name. `DRT_S_RETRY`, here `retry`, when the name service or
   * the identity is not ready yet.
   */
  createPnrpBootstrapResolver(options: PnrpBootstrapOptions): Promise<DrtBuiltIn<'pnrp'>>;
  /** `DrtCreateDnsBootstrapResolver`: finds nodes at a host name and UDP port; Winsock's codes pass through. */
  createDnsBootstrapResolver(host: string, port: number): Promise<DrtBuiltIn<'dns'>>;
  /**
   * `DrtCreateDerivedKeySecurityProvider`: keys belong to certificates under one root. Without a local certificate the
   * node can only search. `DRT_E_CAPABILITY_MISMATCH`, `DRT_E_INVALID_CERT_CHAIN`.
   */
  createDerivedKeySecurityProvider(options: DerivedKeySecurityOptions): Promise<DrtBuiltIn<'derived-key'>>;
  /** `DrtCreateNullSecurityProvider`: any key, no proof. */
  createNullSecurityProvider(): Promise<DrtBuiltIn<'null'>>;
  /** `DrtCreateDerivedKey`: the key, 32 bytes, of a certificate (DER). `DRT_E_CAPABILITY_MISMATCH`. */
  createDerivedKey(certificate: Uint8Array): Promise<Uint8Array>;
  /**
   * `DrtOpen`, `DrtGetEventData`, `DrtGetEventDataSize`: resolves when the instance runs; `sink` gets its events from
   * the start, without ever an end (`DRT_E_NO_MORE`). `DRT_S_RETRY`, here `retry`: nobody was found yet. Windows does
   * not say whether it waits for the first bootstrap: here not. `DRT_E_INVALID_SETTINGS`, `DRT_E_INVALID_KEY_SIZE`,
   * `DRT_E_INVALID_MAX_ADDRESSES`, `DRT_E_INVALID_INSTANCE_PREFIX`, `DRT_E_INVALID_SECURITY_MODE`,
   * `DRT_E_INVALID_TRANSPORT_PROVIDER`, `DRT_E_INVALID_SECURITY_PROVIDER`, `DRT_E_INVALID_BOOTSTRAP_PROVIDER`,
   * `DRT_E_TRANSPORTPROVIDER_IN_USE`, `DRT_E_SECURITYPROVIDER_IN_USE`, `DRT_E_BOOTSTRAPPROVIDER_IN_USE`,
   * `DRT_E_INVALID_CERT_CHAIN`, `DRT_E_CAPABILITY_MISMATCH` for a mode that needs a local certificate,
   * `DRT_E_TRANSPORT_ALREADY_BOUND`, `DRT_E_TRANSPORT_SHUTTING_DOWN`, `DRT_E_TRANSPORT_INVALID_ARGUMENT`,
   * `DRT_E_TRANSPORTPROVIDER_NOT_ATTACHED`.
   */
  open(settings: DrtSettings, sink: EventSink<DrtEvent>): Promise<DrtInstance>;
}

/** DRT_SCOPE, by the names of its members; site-local is deprecated. */
export type DrtScope = 'global' | 'site-local' | 'link-local';

export interface DrtTransportOptions {
  readonly scope: DrtScope;
  /** Interface index, for `link-local`; 0 unless given. */
  readonly scopeId?: number;
  /** How many common leading bits make an address near; 0 unless given. */
  readonly localityThreshold?: number;
  /** UDP; 0 takes a free one, the default. */
  readonly port?: number;
}

export interface DrtTransport {
  /** The real one. */
  readonly port: number;
  /**
   * `DrtDeleteIpv6UdpTransport`, after its instance closed. `DRT_E_TRANSPORT_STILL_BOUND`,
   * `DRT_E_TRANSPORT_EXECUTING_CALLBACK`, `DRT_E_TRANSPORTPROVIDER_IN_USE`, `DRT_E_INVALID_TRANSPORT_PROVIDER` after it
   * closed.
   */
  close(): Promise<void>;
}

/** A provider that the platform brings. */
export interface DrtBuiltIn<Kind extends string> {
  readonly kind: Kind;
  /** `DRT_S_RETRY`. */
  readonly retry: boolean;
  /**
   * `DrtDeletePnrpBootstrapResolver`, `DrtDeleteDnsBootstrapResolver`, `DrtDeleteDerivedKeySecurityProvider`,
   * `DrtDeleteNullSecurityProvider`, after its instance closed. Windows does not say what an earlier call does: here
   * `DRT_E_BOOTSTRAPPROVIDER_IN_USE` or `DRT_E_SECURITYPROVIDER_IN_USE`.
   */
  close(): Promise<void>;
}

export interface PnrpBootstrapOptions {
  /** At most 137 UTF-16 units. */
  readonly peerName: string;
  /** At most 256 UTF-16 units; every cloud unless given. */
  readonly cloud?: string;
  /** Who signs a secure name. */
  readonly identity?: string;
  /** Whether this node registers itself under the name. */
  readonly publish: boolean;
}

/** A certificate with its private key. */
export interface DrtCertificate {
  /** DER, leaf first; the chain up to the root. */
  readonly certificates: readonly Uint8Array[];
  /** PKCS#8 DER. */
  readonly privateKey: Uint8Array;
}

export interface DerivedKeySecurityOptions {
  /** DER. */
  readonly root: Uint8Array;
  readonly local?: DrtCertificate;
}

/** DRT_SECURITY_MODE, by the names of its members; alike at all nodes. */
export type DrtSecurityMode = 'resolve' | 'membership' | 'confidential-payload';

/** DRT_SETTINGS. */
export interface DrtSettings {
  /** Bytes: 32, the default and the only one. */
  readonly keySize?: number;
  /** 0 to 255, of the application; carried in every packet. 0 unless given, both. */
  readonly protocolMajor?: number;
  readonly protocolMinor?: number;
  /** 1 to 20, of which the protocol carries 4, the default. */
  readonly maxRoutingAddresses?: number;
  /** At most 128 UTF-16 units. Empty unless given. */
  readonly instancePrefix?: string;
  readonly mode: DrtSecurityMode;
  readonly transport: DrtTransport;
  readonly security: DrtBuiltIn<'derived-key' | 'null'> | DrtSecurityProvider;
  readonly bootstrap: DrtBuiltIn<'pnrp' | 'dns'> | DrtBootstrapProvider;
}

/** DRT_STATUS, by the names of its members. Only closing leads out of `faulted`. */
export type DrtStatus = 'active' | 'alone' | 'no-network' | 'faulted';

/** DRT_EVENT_DATA; `result` is an HRESULT, 0 for success. */
export type DrtEvent =
  | {
      readonly event: 'status-changed';
      readonly result: number;
      readonly status: DrtStatus;
      /** Whom a bootstrap found, where there was one. */
      readonly bootstrapAddresses: readonly SocketAddress[];
    }
  | {
      readonly event: 'leafset-key-changed';
      readonly result: number;
      readonly change: 'added' | 'deleted';
      readonly localKey: Uint8Array;
      readonly remoteKey: Uint8Array;
    }
  /** The security provider can't prove the key any more, so nobody finds it. */
  | {
      readonly event: 'registration-state-changed';
      readonly result: number;
      readonly state: 'unresolveable';
      readonly localKey: Uint8Array;
    };

export interface DrtInstance {
  /** `DrtGetInstanceName`, `DrtGetInstanceNameSize`: prefix and what the system adds. */
  readonly instanceName: string;
  /** `DRT_S_RETRY`: no other node was found yet. */
  readonly retry: boolean;
  /**
   * `DrtRegisterKey`: in any status but `faulted`; visible to others once `active`. `DRT_E_INVALID_KEY_SIZE`,
   * `DRT_E_DUPLICATE_KEY`, `DRT_E_FAULTED`, `DRT_E_INVALID_KEY`, `DRT_E_INVALID_CERT_CHAIN`,
   * `DRT_E_CAPABILITY_MISMATCH`, `DRT_E_SECURITYPROVIDER_NOT_ATTACHED`, `DRT_E_TRANSPORTPROVIDER_NOT_ATTACHED`,
   * `DRT_E_INVALID_TRANSPORT_PROVIDER`, `DRT_E_TRANSPORT_NO_DEST_ADDRESSES`, `DRT_E_TRANSPORT_NOT_BOUND`,
   * `DRT_E_TRANSPORT_SHUTTING_DOWN`. What Windows says about an empty payload contradicts itself: here it is allowed.
   */
  registerKey(registration: DrtKeyOptions): Promise<DrtKey>;
  /**
   * `DrtStartSearch`: resolves when the search runs; `sink` gets each result, then the end, once.
   * `DRT_E_INVALID_KEY_SIZE`, `DRT_E_INVALID_SEARCH_INFO`, `DRT_E_INVALID_MAX_ENDPOINTS`, `DRT_E_INVALID_SEARCH_RANGE`,
   * `DRT_E_FAULTED`.
   */
  startSearch(key: Uint8Array, options: DrtSearchOptions, sink: DrtSearchSink): Promise<DrtSearch>;
  /** `DrtClose`: unregisters every key, ends every search. */
  close(): Promise<void>;
}

/** DRT_REGISTRATION. */
export interface DrtKeyOptions {
  /** 32 bytes, the last one most significant. */
  readonly key: Uint8Array;
  /** At most 5,120 bytes; empty unless given. */
  readonly payload?: Uint8Array;
  /** For the security provider: the key's certificate with derived keys. */
  readonly context?: DrtCertificate | Uint8Array;
}

export interface DrtKey {
  readonly key: Uint8Array;
  /** `DrtUpdateKey`: another payload for the same key. */
  update(payload: Uint8Array): Promise<void>;
  /** `DrtUnregisterKey`. */
  unregister(): Promise<void>;
}

/** DRT_SEARCH_INFO. */
export interface DrtSearchOptions {
  /** For the whole search; then `timeout`. Windows gives no default: here 30,000. */
  readonly timeoutMs?: number;
  /** At least 1, the default; more are 1 with `iterative` or `anyMatchInRange`. */
  readonly maxEndpoints?: number;
  /** Stops at every hop until `continue`. False unless given. */
  readonly iterative?: boolean;
  /** Whether own keys count. False unless given. */
  readonly allowCurrentInstanceMatch?: boolean;
  /** The first key in the range wins. False unless given. */
  readonly anyMatchInRange?: boolean;
  /** Lowest and highest key, 32 bytes each: both or neither, around the target. */
  readonly range?: { readonly minimum: Uint8Array; readonly maximum: Uint8Array };
}

export interface DrtSearchSink {
  /** `DrtGetSearchResult`, `DrtGetSearchResultSize`: as soon as it is there, so never `DRT_E_SEARCH_IN_PROGRESS`. */
  result(result: DrtSearchResult): void;
  /**
   * The codes that `DrtGetSearchResult` and `DrtGetSearchResultSize` end with: `DRT_E_NO_MORE` is `complete`, the
   * others are `DRT_E_TIMEOUT` and `DRT_E_FAULTED`.
   */
  end(outcome: 'complete' | 'timeout' | 'faulted'): void;
}

/** DRT_SEARCH_RESULT. */
export interface DrtSearchResult {
  /** DRT_MATCH_TYPE, by the names of its members. */
  readonly match: 'exact' | 'near' | 'intermediate';
  readonly key: Uint8Array;
  readonly payload: Uint8Array;
}

export interface DrtSearch {
  /** `DrtContinueSearch`: the next hop of an iterative search; `E_UNEXPECTED` for any other. */
  continue(): Promise<void>;
  /** `DrtGetSearchPath`, `DrtGetSearchPathSize`: whom the search asked so far. Windows names no codes. */
  path(): Promise<readonly DrtPathStep[]>;
  /** `DrtEndSearch`: also cancels. Nothing reaches the sink once it resolved. */
  end(): Promise<void>;
}

/** DRT_ADDRESS. */
export interface DrtPathStep {
  readonly address: SocketAddress;
  readonly flags: readonly DrtPathFlag[];
  /** Leading bits that the node's key shares with the target. */
  readonly nearness: number;
  /** Round trip, milliseconds; Windows does not say the unit. */
  readonly latency: number;
}

/** DRT_ADDRESS_FLAGS, by the names of its members. */
export type DrtPathFlag =
  | 'accepted'
  | 'rejected'
  | 'unreachable'
  | 'loop'
  | 'too-busy'
  | 'bad-validate-id'
  | 'suspect-unregistered-id'
  | 'inquire';
