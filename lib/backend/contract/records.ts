/** What graphs and groups have in common: records, connections, and the events about them. */
import type { SocketAddress } from './host.js';

/** PEER_RECORD. Times are peer time in FILETIME ticks. */
export interface PeerRecord {
  /** GUID of the application's choice. The protocol's own types are refused. */
  readonly type: string;
  /** GUID, given by the store. */
  readonly id: string;
  /** 1 for a new record, one more with each update. */
  readonly version: number;
  readonly flags: readonly RecordFlag[];
  readonly creatorId: string;
  /** Who changed it last; undefined for a record never updated. */
  readonly modifiedById?: string;
  /** An `attributes` document; names of at most 40 alphanumeric characters, types `string`, `int`, `date`. */
  readonly attributes?: string;
  readonly creation: bigint;
  /** In the future; an update may only move it later. */
  readonly expiration: bigint;
  readonly lastModified: bigint;
  /** What the security provider added. */
  readonly securityData: Uint8Array;
  readonly data: Uint8Array;
}

/** PEER_RECORD_FLAGS, set by the store alone. */
export type RecordFlag = 'autorefresh' | 'deleted';

/** The part of a PEER_RECORD that its author decides. */
export interface NewRecord {
  /** GUID. */
  readonly type: string;
  /** Peer time in FILETIME ticks, in the future. */
  readonly expiration: bigint;
  /** The local peer unless given; a group always takes the local member. */
  readonly creatorId?: string;
  readonly attributes?: string;
  /** Bytes of data plus twice the characters of the attributes: at most the maximum record size. Empty unless given. */
  readonly data?: Uint8Array;
}

/** PEER_CONNECTION_FLAGS, of which a connection is one. */
export type ConnectionKind = 'neighbor' | 'direct';

/** PEER_CONNECTION_INFO. */
export interface ConnectionInfo {
  readonly kind: ConnectionKind;
  readonly connectionId: bigint;
  readonly nodeId: bigint;
  readonly peerId: string;
  readonly address: SocketAddress;
}

/** PEER_RECORD_CHANGE_TYPE, by the names of its members. */
export type RecordChange = 'added' | 'updated' | 'deleted' | 'expired';

/** PEER_CONNECTION_STATUS, by the names of its members. */
export type ConnectionStatus = 'connected' | 'disconnected' | 'connection-failed';

/** The properties changed; nothing says which, so read them again. */
export interface PropertyChangedEvent {
  readonly event: 'property-changed';
}

/** PEER_EVENT_RECORD_CHANGE_DATA: also for the publisher's own changes. */
export interface RecordChangedEvent {
  readonly event: 'record-changed';
  readonly change: RecordChange;
  readonly recordId: string;
  readonly recordType: string;
}

/** PEER_EVENT_CONNECTION_CHANGE_DATA. */
interface ConnectionChanged {
  readonly status: ConnectionStatus;
  readonly connectionId: bigint;
  readonly nodeId: bigint;
  /** After a failure: the id of the next automatic attempt, 0 when there is none. */
  readonly nextConnectionId: bigint;
  /** After a failure: the HRESULT of `PEER_E_CONNECTION_REFUSED`, `_FAILED` or `_NOT_AUTHENTICATED`. */
  readonly reason?: number;
}

export interface DirectConnectionEvent extends ConnectionChanged {
  readonly event: 'direct-connection';
}

export interface NeighborConnectionEvent extends ConnectionChanged {
  readonly event: 'neighbor-connection';
}

/** PEER_EVENT_INCOMING_DATA. */
export interface IncomingDataEvent {
  readonly event: 'incoming-data';
  readonly connectionId: bigint;
  /** GUID of the sender's choice. */
  readonly dataType: string;
  readonly data: Uint8Array;
}

export type SharedGraphEvent =
  | PropertyChangedEvent
  | RecordChangedEvent
  | DirectConnectionEvent
  | NeighborConnectionEvent
  | IncomingDataEvent;
