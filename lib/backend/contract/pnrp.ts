import type { AreaLifetime } from './backend.js';
import type { EventSink, Subscription } from './events.js';

/** Peer Name Resolution Protocol. [MS-PNRP]. */
export interface PnrpBackend extends AreaLifetime {
  /** `PeerPnrpGetCloudInfo`: the clouds of this machine; none without IPv6. */
  clouds(): Promise<readonly CloudInfo[]>;
  /** `sink` is called whenever what `clouds` gives may have changed. For Winsock (on Windows: `E_NOTIMPL`). */
  watchClouds(sink: EventSink<void>): Promise<Subscription>;
  /**
   * Opens a cloud and keeps it open, as the system's service does on Windows (there: `E_NOTIMPL`).
   * `sink` gets the cloud's events from the start. [MS-PNRP] 3.1.4.1. `PEER_E_CLOUD_NOT_FOUND`,
   * `PEER_E_CLOUD_IS_DEAD`, `E_INVALIDARG`.
   */
  open(options: CloudOpenOptions, sink?: EventSink<CloudEvent>): Promise<OpenCloud>;
  /**
   * `PeerPnrpRegister`: resolves when the name is registered in each cloud asked for.
   * `PEER_E_DUPLICATE_PEER_NAME`, `PEER_E_IDENTITY_NOT_FOUND`, `PEER_E_INVALID_IDENTITY`, `E_INVALIDARG`,
   * `PEER_E_INVALID_PEER_NAME`, `PEER_E_CLOUD_NOT_FOUND`.
   */
  register(peerName: string, info: RegistrationInfo): Promise<Registration>;
  /** The same with what Winsock can say of a name (on Windows, whose own provider does it: `E_NOTIMPL`). */
  publish(peerName: string, info: PublicationInfo): Promise<Publication>;
  /**
   * `PeerPnrpStartResolve`, `PeerPnrpGetEndpoint`: resolves when the search runs; `sink` gets each endpoint, then the
   * end, once. `PEER_E_INVALID_PEER_NAME`, `PEER_E_CLOUD_NOT_FOUND`, `E_INVALIDARG`.
   */
  startResolve(peerName: string, options: ResolveOptions, sink: ResolveSink): Promise<Resolution>;
}

export type PnrpScope = 'global' | 'site-local' | 'link-local';

/** PNRP_CLOUD_STATE, by the names of its members. */
export type CloudState = 'virtual' | 'synchronising' | 'active' | 'dead' | 'disabled' | 'no-net' | 'alone';

/** PEER_PNRP_CLOUD_INFO with the state that PNRPCLOUDINFO adds. */
export interface CloudInfo {
  readonly name: string;
  readonly scope: PnrpScope;
  /** Interface index for link-local clouds, else 0. */
  readonly scopeId: number;
  /** Absent on Windows, which tells it through Winsock alone. */
  readonly state?: CloudState;
}

export interface CloudOpenOptions {
  /** `Global_` unless given. */
  readonly cloud?: string;
  /** 1 to 4 addresses of one scope and zone, one port for all. Without it, what the machine has and port 3540, else a free one. */
  readonly listen?: readonly PnrpAddress[];
  /** Nodes to ask first, in this order. [MS-PNRP] 3.1.4.2.1. */
  readonly seeds?: readonly PnrpAddress[];
}

/** IPv6 text without brackets; `scope` is the interface's name for link-local addresses. */
export interface PnrpAddress {
  readonly address: string;
  readonly port: number;
  readonly scope?: string;
}

export interface OpenCloud {
  readonly cloud: string;
  readonly addresses: readonly PnrpAddress[];
  /** Resolves when the first discovery ended: another node is known, or none was found. */
  joined(): Promise<CloudState>;
  subscribe(sink: EventSink<CloudEvent>): Promise<Subscription>;
  close(): Promise<void>;
}

export type CloudEvent = CloudStateEvent | CloudStatisticsEvent;

export interface CloudStateEvent {
  readonly event: 'state';
  readonly state: CloudState;
}

/** After a change of what the node holds. */
export interface CloudStatisticsEvent {
  readonly event: 'statistics';
  /** Names registered here. */
  readonly names: number;
  /** Other nodes' names in the route entry cache. */
  readonly cached: number;
  readonly resolves: number;
}

/** PEER_PNRP_REGISTRATION_INFO. */
export interface RegistrationInfo {
  /** Undefined: every cloud that this machine has. `PEER_PNRP_ALL_LINKS`: every link-local one. */
  readonly cloud?: string;
  /** The identity that signs; for a secure name it must own the name. Undefined: its owner, or the default identity. */
  readonly identity?: string;
  /** At most 10. Undefined: up to 4 of this machine's own, with `port`, kept current. */
  readonly addresses?: readonly PnrpAddress[];
  readonly port?: number;
  /** At most 39 UTF-16 units. */
  readonly comment?: string;
  /** At most 4,096 bytes. */
  readonly payload?: Uint8Array;
}

export interface Registration {
  readonly peerName: string;
  /** Where it is registered: the PNRP ID (64 hexadecimal digits) a cloud. Empty on Windows, which does not tell. */
  readonly clouds: readonly {
    readonly cloud: string;
    readonly pnrpId: string;
    readonly listening: readonly PnrpAddress[];
  }[];
  /** `PeerPnrpUpdateRegistration`; cloud name and number of addresses can't change: `E_INVALIDARG`. */
  update(info: RegistrationInfo): Promise<void>;
  /** `PeerPnrpUnregister`: revokes the name. A second call is `E_INVALIDARG`. */
  unregister(): Promise<void>;
}

/** What Winsock's PNRPINFO can say of a name beyond PEER_PNRP_REGISTRATION_INFO, and in one cloud alone. */
export interface PublicationInfo extends Omit<RegistrationInfo, 'port' | 'payload'> {
  readonly cloud: string;
  readonly addresses: readonly PnrpAddress[];
  /** An address that the service location begins like. [MS-PNRP] 3.2.4.1. */
  readonly hint: string;
  /** A text has at most 2,047 UTF-16 units. [MS-PNRP] 2.2.3.3. */
  readonly payload?: Uint8Array | string;
}

export interface Publication {
  /** Changes everything but name and cloud; what fails leaves all as it was. The errors of `register`. */
  replace(info: PublicationInfo): Promise<void>;
  /** Tells the neighbours again. [MS-PNRP] 3.2.4.1. */
  refresh(): Promise<void>;
  unregister(): Promise<void>;
}

/** PNRP_RESOLVE_CRITERIA, by the names of its members. */
export type ResolveCriteria =
  | 'default'
  | 'remote-peer-name'
  | 'nearest-remote-peer-name'
  | 'non-current-process-peer-name'
  | 'nearest-non-current-process-peer-name'
  | 'any-peer-name'
  | 'nearest-peer-name';

export interface ResolveOptions {
  /** Undefined: every cloud, in parallel. */
  readonly cloud?: string;
  /** Ends after so many endpoints; undefined: 1. */
  readonly max?: number;
  /** Ends after so long: 1 to 600,000; undefined: 30,000. */
  readonly timeoutMs?: number;
  readonly criteria?: ResolveCriteria;
  /** Prefers names registered near this address; a local address unless given. */
  readonly hint?: string;
}

/** PEER_PNRP_ENDPOINT_INFO. */
export interface EndpointInfo {
  readonly peerName: string;
  /** Absent on Windows where none was asked for. */
  readonly cloud?: string;
  readonly addresses: readonly PnrpAddress[];
  readonly comment?: string;
  readonly payload?: Uint8Array;
}

export interface ResolveSink {
  /** `text` is the payload where it was published as one; in the endpoint it is UTF-16LE, as `PeerPnrpResolve` gives it. */
  endpoint(endpoint: EndpointInfo, text?: string): void;
  /** A step of the search, in the order taken. */
  hop(hop: ResolveHop): void;
  /** `error` is what broke the search off. */
  end(end: ResolveEnd, error?: unknown): void;
}

export interface ResolveHop {
  readonly cloud: string;
  readonly message: 'LOOKUP' | 'INQUIRE';
  readonly address: PnrpAddress;
  /** Of the node asked, 64 hexadecimal digits. */
  readonly pnrpId: string;
  /** How many leading bits that ID shares with the target. */
  readonly matchingBits: number;
  /** From sending to the answer, or to giving up. */
  readonly ms: number;
  readonly outcome: 'accepted' | 'unreachable' | 'dead-end' | 'not-registered' | 'invalid';
}

export interface ResolveEnd {
  /** Useful hops: nodes that answered a LOOKUP. 0 on Windows, which does not tell. */
  readonly hops: number;
  /** To enter the clouds. 0 on Windows, whose service is in them. */
  readonly joinMs: number;
  /** From the first LOOKUP. */
  readonly ms: number;
  /** The time was over before the search was. */
  readonly timedOut: boolean;
}

export interface Resolution {
  /** `PeerPnrpEndResolve`: also cancels. Nothing reaches the sink once it resolved. */
  end(): Promise<void>;
}
