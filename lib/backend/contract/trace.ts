import type { PnrpAddress, ResolveHop } from './pnrp.js';

/** What is published on the diagnostics channels `winpeer:pnrp:<event>`; docs/trace.md. */
export interface PnrpTrace {
  readonly send: PnrpSendEvent;
  readonly receive: PnrpReceiveEvent;
  readonly drop: PnrpDropEvent;
  readonly hop: PnrpHopEvent;
  readonly cache: PnrpCacheEvent;
  readonly discovery: PnrpDiscoveryEvent;
  readonly error: PnrpErrorEvent;
}

/** The messages of [MS-PNRP] 2.2.2. */
export type PnrpMessageType =
  | 'SOLICIT'
  | 'ADVERTISE'
  | 'REQUEST'
  | 'FLOOD'
  | 'INQUIRE'
  | 'AUTHORITY'
  | 'ACK'
  | 'LOOKUP';

/** A message goes to the network. */
export interface PnrpSendEvent {
  readonly cloud: string;
  readonly type: PnrpMessageType;
  readonly messageId: number;
  readonly to: PnrpAddress;
  /** Once more, because nobody has answered. */
  readonly repeated: boolean;
}

/** A datagram came that is a message. */
export interface PnrpReceiveEvent {
  readonly cloud: string;
  readonly type: PnrpMessageType;
  readonly messageId: number;
  readonly from: PnrpAddress;
}

/** Something was passed over: a datagram, an answer, a route entry, or what a bound has no room for. */
export interface PnrpDropEvent {
  readonly cloud: string;
  /** As in the counters of `stats()`. */
  readonly reason: string;
  /** Where it came from, for what came in a datagram of its own. */
  readonly from?: PnrpAddress;
  /** What is known beyond the reason. */
  readonly detail?: string;
}

/** A step of a search ended, that of a registration included. */
export type PnrpHopEvent = ResolveHop;

/** The route entry cache took an entry in, or gave one up. */
export interface PnrpCacheEvent {
  readonly cloud: string;
  readonly change: 'added' | 'removed';
  /** 64 hexadecimal digits. */
  readonly pnrpId: string;
}

/** A node is asked for others, because this one knows nobody yet. */
export interface PnrpDiscoveryEvent {
  readonly cloud: string;
  /** How it was found: given by the program, noted by an earlier run, by SSDP on a link, or as a published seed server. */
  readonly way: 'seed' | 'known-node' | 'ssdp' | 'dns';
  readonly address: PnrpAddress;
}

/** Something failed that the node does without: an answer could not be signed, or the home not be read. */
export interface PnrpErrorEvent {
  readonly cloud: string;
  readonly error: unknown;
}

/** What is published on the diagnostics channels `winpeer:ssdp:<event>`; docs/trace.md. */
export interface SsdpTrace {
  readonly send: SsdpSendEvent;
  readonly receive: SsdpReceiveEvent;
  readonly drop: SsdpDropEvent;
  readonly error: SsdpErrorEvent;
}

export type SsdpMessageType = 'M-SEARCH' | '200 OK' | 'ssdp:alive' | 'ssdp:byebye';

/** A search, an answer, or an announcement goes to the network. */
export interface SsdpSendEvent {
  readonly interface: string;
  readonly type: SsdpMessageType;
  readonly target: string;
  readonly to: PnrpAddress;
}

/** A message came for a target that is announced, searched or listened for here. */
export interface SsdpReceiveEvent {
  readonly interface: string;
  readonly type: SsdpMessageType;
  readonly target: string;
  readonly from: PnrpAddress;
}

/** Something was passed over: a datagram, or what a bound has no room for. */
export interface SsdpDropEvent {
  /** Where that is known: not for what comes from beyond the link. */
  readonly interface?: string;
  readonly reason: string;
  readonly from: PnrpAddress;
  /** What is known beyond the reason. */
  readonly detail?: string;
}

/** Port 1900 or an interface can't be had: nobody is told of what is announced there. */
export interface SsdpErrorEvent {
  readonly interface: string;
  readonly error: unknown;
}
