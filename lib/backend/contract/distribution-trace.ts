/** What is published on the diagnostics channels `winpeer:distribution:<event>`; docs/trace.md. */
export interface DistributionTrace {
  readonly block: DistributionBlockEvent;
  readonly missing: DistributionMissingEvent;
  readonly drop: DistributionDropEvent;
  readonly error: DistributionErrorEvent;
}

/** A block of a content that is read here was taken in: it came, and is the right one. */
export interface DistributionBlockEvent {
  /** HoHoDk, in hexadecimal digits. */
  readonly segment: string;
  readonly index: number;
  readonly source: 'cache' | 'peer' | 'hosted-cache' | 'origin';
  /** Who gave it, for what came from a peer or a hosted cache. */
  readonly from?: DistributionEndpoint;
}

/** A read has to go to the origin: the block is not here, and nobody gave it. */
export interface DistributionMissingEvent {
  readonly segment: string;
  readonly index: number;
  /** Nobody has it, or nobody gave it in time. */
  readonly kind: 'missing' | 'timeout';
}

/** A block was passed over that is not the right one. */
export interface DistributionDropEvent {
  /** As in the counters of `stats()`. */
  readonly reason: 'wrong block' | 'wrong block in the cache' | 'wrong data of the origin';
  readonly segment: string;
  readonly index: number;
  readonly from?: DistributionEndpoint;
}

/** Something failed that is done without: the cache, or hashes kept for the next run. */
export interface DistributionErrorEvent {
  readonly error: unknown;
}

/** What is published on the diagnostics channels `winpeer:retrieval:<event>`; docs/trace.md. */
export interface RetrievalTrace {
  readonly send: RetrievalSendEvent;
  readonly receive: RetrievalReceiveEvent;
  readonly drop: RetrievalDropEvent;
  readonly error: RetrievalErrorEvent;
}

/** The messages of [MS-PCCRR] 2.2.3. */
export type RetrievalMessageType =
  | 'MSG_NEGO_REQ'
  | 'MSG_NEGO_RESP'
  | 'MSG_GETBLKLIST'
  | 'MSG_GETBLKS'
  | 'MSG_BLKLIST'
  | 'MSG_BLK'
  | 'MSG_GETSEGLIST'
  | 'MSG_SEGLIST';

/** A question to a peer or a hosted cache, or an answer to one. */
export interface RetrievalSendEvent {
  readonly type: RetrievalMessageType;
  readonly to: DistributionEndpoint;
}

/** A message came. */
export interface RetrievalReceiveEvent {
  readonly type: RetrievalMessageType;
  readonly from: DistributionEndpoint;
}

/** Something was passed over: a message, or an exchange that came to nothing. */
export interface RetrievalDropEvent {
  /** As in the counters of `stats()`. */
  readonly reason: string;
  readonly from: DistributionEndpoint;
  /** What is known beyond the reason. */
  readonly detail?: string;
}

/** The cache failed, which was answered as if nothing were there. */
export interface RetrievalErrorEvent {
  readonly error: unknown;
}

/** What is published on the diagnostics channels `winpeer:ws-discovery:<event>`; docs/trace.md. */
export interface WsDiscoveryTrace {
  readonly send: WsDiscoverySendEvent;
  readonly receive: WsDiscoveryReceiveEvent;
  readonly drop: WsDiscoveryDropEvent;
  readonly error: WsDiscoveryErrorEvent;
}

export type WsDiscoveryMessageType = 'Probe' | 'ProbeMatches';

/** A question to a link, or an answer to one. */
export interface WsDiscoverySendEvent {
  readonly interface: string;
  readonly type: WsDiscoveryMessageType;
  readonly messageId: string;
  readonly to: DistributionEndpoint;
}

/** A question came that is about contents, or an answer that was waited for. */
export interface WsDiscoveryReceiveEvent {
  readonly interface: string;
  readonly type: WsDiscoveryMessageType;
  readonly messageId: string;
  readonly from: DistributionEndpoint;
}

/** Something was passed over: a datagram, or what a bound has no room for. */
export interface WsDiscoveryDropEvent {
  /** Where that is known: not for what comes from beyond the links. */
  readonly interface?: string;
  /** As in the counters of `stats()`. */
  readonly reason: string;
  readonly from: DistributionEndpoint;
  /** What is known beyond the reason. */
  readonly detail?: string;
}

/** Port 3702, a family or an interface can't be had; or the cache failed. */
export interface WsDiscoveryErrorEvent {
  readonly interface: string;
  readonly error: unknown;
}

/** What is published on the diagnostics channels `winpeer:hosted-cache:<event>`; docs/trace.md. */
export interface HostedCacheTrace {
  readonly send: HostedCacheSendEvent;
  readonly offer: HostedCacheOfferEvent;
  readonly pull: HostedCachePullEvent;
  readonly drop: HostedCacheDropEvent;
}

/** What became of a message to a hosted cache. */
export type OfferOutcome = 'OK' | 'INTERESTED' | 'refused' | 'failed';

/** A hosted cache was offered segments. */
export interface HostedCacheSendEvent {
  readonly type: 'INITIAL_OFFER' | 'SEGMENT_INFO' | 'BATCHED_OFFER';
  readonly to: DistributionEndpoint;
  /** That the message offers: none with INITIAL_OFFER, which only asks. */
  readonly segments: number;
  /** Its answer; `refused` where that was none of the protocol; `failed` where none came. */
  readonly outcome: OfferOutcome;
  /** Why it was refused or failed. */
  readonly error?: unknown;
}

/** A client offered segments, and was answered. */
export interface HostedCacheOfferEvent {
  readonly type: 'INITIAL_OFFER' | 'SEGMENT_INFO' | 'BATCHED_OFFER';
  readonly answer: 'OK' | 'INTERESTED';
  readonly from: DistributionEndpoint;
}

/** The hosted cache has fetched from who offered. */
export interface HostedCachePullEvent {
  /** HoHoDk, lower-case hexadecimal text. */
  readonly segment: string;
  readonly from: DistributionEndpoint;
  /** Of all that was missing, if something was; what came was wrong, or not kept; or the offerer failed. */
  readonly outcome: 'here already' | 'complete' | 'partial' | 'wrong block' | 'not kept' | 'failed';
  readonly blocks: number;
  readonly bytes: number;
  /** Why it failed. */
  readonly error?: unknown;
}

/** An offer was passed over, or a segment of it. */
export interface HostedCacheDropEvent {
  /** As in the counters of `stats()`. */
  readonly reason: string;
  readonly from: DistributionEndpoint;
  /** What is known beyond the reason. */
  readonly detail?: string;
}

/** The address of a hosted cache may be a host name. */
export interface DistributionEndpoint {
  readonly address: string;
  readonly port: number;
}
