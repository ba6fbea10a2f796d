import type { AreaLifetime } from './backend.js';
import type { EventSink, Subscription } from './events.js';
import type { SocketAddress } from './host.js';
import type {
  ConnectionInfo,
  ConnectionKind,
  NewRecord,
  PeerRecord,
  RecordChange,
  SharedGraphEvent,
} from './records.js';

/**
 * Graphing: a record store that every node of a graph holds a copy of. [MS-PPGRH].
 * Any call may fail with `PEER_E_NOT_INITIALIZED` after the platform closed, `PEER_E_INVALID_GRAPH` after the graph
 * closed, `E_INVALIDARG` for an argument that can't be, and `E_OUTOFMEMORY`.
 */
export interface GraphingBackend extends AreaLifetime {
  /**
   * `PeerGraphCreate`: once in the world for each graph; everybody else opens it. Offline, and synchronized at once.
   * `PEER_E_DUPLICATE_GRAPH` when a database for the same graph id exists.
   */
  create(options: GraphCreateOptions): Promise<Graph>;
  /**
   * `PeerGraphOpen`: offline. Without a database of this graph it makes an empty one (`PEER_S_GRAPH_DATA_CREATED`, here
   * `dataCreated`). Windows does not say what an unequal security provider does.
   */
  open(options: GraphOpenOptions): Promise<Graph>;
  /**
   * `PeerGraphDelete`: removes the database of a closed graph. `E_ACCESSDENIED`.
   * Windows does not say what happens without one, or while the graph is open.
   */
  delete(graphId: string, peerId: string, database: string): Promise<void>;
}

export interface GraphCreateOptions {
  /** Name of the database file, without folders. */
  readonly database: string;
  readonly properties: NewGraphProperties;
  /** Undefined: anyone who knows the graph id and an address may join and write. */
  readonly security?: GraphSecurity;
}

export interface GraphOpenOptions {
  /** 1 to 255 UTF-16 units. */
  readonly graphId: string;
  /** 1 to 255 UTF-16 units. */
  readonly peerId: string;
  readonly database: string;
  /** Must be what the graph was created with. */
  readonly security?: GraphSecurity;
  /** Record types to synchronize first, in this order; each raises `synchronized`. None unless given. */
  readonly syncPrecedence?: readonly string[];
}

/** PEER_GRAPH_SCOPE, by the names of its members. */
export type GraphScope = 'any' | 'global' | 'sitelocal' | 'linklocal' | 'loopback';

/** PEER_GRAPH_PROPERTY_FLAGS that an application may use: nothing expires while there is no connection. */
export type GraphPropertyFlag = 'defer-expiration';

/** PEER_GRAPH_PROPERTIES. */
export interface GraphProperties {
  readonly flags: readonly GraphPropertyFlag[];
  readonly scope: GraphScope;
  /** Bytes. */
  readonly maxRecordSize: number;
  readonly graphId: string;
  readonly creatorId: string;
  readonly friendlyName?: string;
  readonly comment?: string;
  /** Seconds. */
  readonly presenceLifetime: number;
  readonly presenceMax: number;
}

export interface NewGraphProperties {
  /** None unless given. */
  readonly flags?: readonly GraphPropertyFlag[];
  /** `global` unless given. */
  readonly scope?: GraphScope;
  /** Bytes, 1,024 to 62,914,560; 0 or undefined is the largest. */
  readonly maxRecordSize?: number;
  /** 1 to 255 UTF-16 units; unique in the world. */
  readonly graphId: string;
  /** 1 to 255 UTF-16 units: the peer id of the creator. */
  readonly creatorId: string;
  /** At most 255 UTF-16 units. */
  readonly friendlyName?: string;
  /** At most 511 UTF-16 units. */
  readonly comment?: string;
  /** Seconds, at least 300, which is the default. Windows does not say what less does: here `E_INVALIDARG`. */
  readonly presenceLifetime?: number;
  /** How many nodes publish presence: -1 all, 0 none but those that insist (the default), else about so many. */
  readonly presenceMax?: number;
}

/** What may change after creation. Undefined leaves a value, null clears it. */
export interface GraphPropertyChanges {
  readonly friendlyName?: string | null;
  readonly comment?: string | null;
  /** Seconds, at least 300. */
  readonly presenceLifetime?: number;
  readonly presenceMax?: number;
}

/** PEER_GRAPH_STATUS_FLAGS, by the names of its members. */
export type GraphStatus = 'listening' | 'has-connections' | 'synchronized';

export interface Graph {
  readonly graphId: string;
  readonly peerId: string;
  /** `PEER_S_GRAPH_DATA_CREATED`: the database is new and empty, so records wait for the first synchronization. */
  readonly dataCreated: boolean;
  /**
   * `PeerGraphListen`: resolves when the port is open; `status-changed` follows. `PEER_E_GRAPH_NOT_READY` before the
   * first synchronization. Windows does not say what a second call does: here `PEER_E_ALREADY_LISTENING`.
   */
  listen(options: GraphListenOptions): Promise<void>;
  /**
   * `PeerGraphConnect`: resolves with the connection id when the attempt began; `neighbor-connection` tells how it
   * ended, perhaps after several failures with referrals. A null peer id is whoever answers. `PEER_E_ALREADY_EXISTS`
   * for a neighbour. Windows does not say what connecting to oneself does: here `PEER_E_CONNECT_SELF`.
   */
  connect(peerId: string | null, address: SocketAddress): Promise<bigint>;
  /** `PeerGraphGetStatus`. */
  getStatus(): Promise<readonly GraphStatus[]>;
  /** `PeerGraphGetProperties`; `PEER_E_GRAPH_NOT_READY` before the first synchronization. */
  getProperties(): Promise<GraphProperties>;
  /** `PeerGraphSetProperties`: `property-changed` follows at every node; `E_ACCESSDENIED`. */
  setProperties(changes: GraphPropertyChanges): Promise<void>;
  /**
   * `PeerGraphRegisterEvent`, `PeerGraphGetEventData`, `PeerGraphUnregisterEvent`: resolves when the registration is in
   * force. Only a registration for `direct-connection` lets others open one to this node.
   */
  subscribe(filters: readonly GraphEventFilter[], sink: EventSink<GraphEvent>): Promise<Subscription>;
  /** `PeerGraphGetRecord`; `PEER_E_GRAPH_NOT_READY`, `PEER_E_RECORD_NOT_FOUND`, also for a deleted record. */
  getRecord(recordId: string): Promise<PeerRecord>;
  /**
   * `PeerGraphAddRecord`: resolves with the record id when the record is stored; neighbours get it afterwards.
   * `E_ACCESSDENIED`, `PEER_E_GRAPH_NOT_READY`, `PEER_E_GRAPH_SHUTTING_DOWN`, `PEER_E_INVALID_ATTRIBUTES`,
   * `PEER_E_MAX_RECORD_SIZE_EXCEEDED`, and what the security provider refuses with, such as `PEER_E_NOT_AUTHORIZED`.
   */
  addRecord(record: NewRecord): Promise<string>;
  /**
   * `PeerGraphUpdateRecord`: the record as read, with other attributes, data, modifier or a later expiration.
   * `PEER_E_GRAPH_NOT_READY`, `PEER_E_RECORD_NOT_FOUND`, also for a deleted record.
   */
  updateRecord(record: PeerRecord): Promise<void>;
  /**
   * `PeerGraphDeleteRecord`; `local` touches this node's copy alone, which the next synchronization undoes.
   * `E_ACCESSDENIED`, `PEER_E_GRAPH_NOT_READY`, `PEER_E_RECORD_NOT_FOUND`.
   */
  deleteRecord(recordId: string, local: boolean): Promise<void>;
  /** `PeerGraphEnumRecords`: a snapshot, narrowed by type and creator where given. */
  enumerateRecords(filter: { readonly type?: string; readonly creatorId?: string }): Promise<readonly PeerRecord[]>;
  /** `PeerGraphSearchRecords`: a snapshot of what a `peersearch` document finds; `PEER_E_INVALID_SEARCH`. */
  searchRecords(criteria: string): Promise<readonly PeerRecord[]>;
  /** `PeerGraphExportDatabase`: overwrites the file; the system's error codes pass through. */
  exportDatabase(file: string): Promise<void>;
  /**
   * `PeerGraphImportDatabase`: before listening or connecting, else `PEER_E_GRAPH_IN_USE`; of the same graph and peer,
   * else `PEER_E_INVALID_DATABASE`.
   */
  importDatabase(file: string): Promise<void>;
  /** `PeerGraphValidateDeferredRecords`: asks the security provider again; an empty list is all of them. */
  validateDeferredRecords(recordIds: readonly string[]): Promise<void>;
  /**
   * `PeerGraphOpenDirectConnection`: resolves with the connection id when the attempt began; the id is usable once
   * `direct-connection` says connected.
   */
  openDirectConnection(peerId: string, address: SocketAddress): Promise<bigint>;
  /** `PeerGraphCloseDirectConnection`; `PEER_E_CONNECTION_NOT_FOUND`, also for a neighbour's. */
  closeDirectConnection(connectionId: bigint): Promise<void>;
  /** `PeerGraphSendData`: resolves when the network took the bytes; nobody confirms. `PEER_E_CONNECTION_NOT_FOUND`. */
  sendData(connectionId: bigint, type: string, data: Uint8Array): Promise<void>;
  /** `PeerGraphEnumConnections`: a snapshot of the kinds asked for. */
  enumerateConnections(kinds: readonly ConnectionKind[]): Promise<readonly ConnectionInfo[]>;
  /**
   * `PeerGraphEnumNodes`: nodes whose presence is published, of one peer id where given. `PEER_E_GRAPH_NOT_READY`.
   * For a graph without presence Windows names `PEER_E_PRESENCE_DISABLED` and no value for it: here an empty list.
   */
  enumerateNodes(peerId?: string): Promise<readonly NodeInfo[]>;
  /** `PeerGraphSetPresence`: true publishes presence whatever the maximum is; false returns to the graph's rule. */
  setPresence(present: boolean): Promise<void>;
  /** `PeerGraphGetNodeInfo`; 0 is the local node. `PEER_E_NODE_NOT_FOUND`. */
  getNodeInfo(nodeId: bigint): Promise<NodeInfo>;
  /** `PeerGraphSetNodeAttributes`: free text in this node's presence record; null clears it. */
  setNodeAttributes(attributes: string | null): Promise<void>;
  /** `PeerGraphPeerTimeToUniversalTime`, FILETIME ticks. */
  peerTimeToUniversalTime(peerTime: bigint): Promise<bigint>;
  /** `PeerGraphUniversalTimeToPeerTime`, FILETIME ticks. */
  universalTimeToPeerTime(universalTime: bigint): Promise<bigint>;
  /** `PeerGraphClose`: says goodbye to the neighbours; the database stays. */
  close(): Promise<void>;
}

export interface GraphListenOptions {
  /** `global` unless given. */
  readonly scope?: GraphScope;
  /** Interface index: 0, every interface of the scope, unless given; not 0 for `sitelocal` and `linklocal`. */
  readonly scopeId?: number;
  /** 0 takes a free one, which `getNodeInfo(0n)` tells; the default. */
  readonly port?: number;
}

/** PEER_NODE_INFO. */
export interface NodeInfo {
  readonly nodeId: bigint;
  readonly peerId: string;
  readonly addresses: readonly SocketAddress[];
  readonly attributes?: string;
}

/** PEER_NODE_CHANGE_TYPE, by the names of its members. */
export type NodeChange = 'connected' | 'disconnected' | 'updated';

/** PEER_GRAPH_EVENT_DATA. */
export type GraphEvent =
  | SharedGraphEvent
  | { readonly event: 'status-changed'; readonly status: readonly GraphStatus[] }
  /** The graph may have split: connect to another node. */
  | { readonly event: 'connection-required' }
  | { readonly event: 'node-changed'; readonly change: NodeChange; readonly nodeId: bigint; readonly peerId: string }
  /** One of `syncPrecedence` is complete. */
  | { readonly event: 'synchronized'; readonly recordType: string };

/** PEER_GRAPH_EVENT_REGISTRATION. Without any filter every event comes. */
export interface GraphEventFilter {
  readonly event: GraphEvent['event'];
  /** GUID of the record type for `record-changed`, of the data type for `incoming-data`; ignored for the others. */
  readonly guid?: string;
}

/** PEER_SECURITY_INTERFACE. */
export interface GraphSecurity {
  /** Who secures the connections; without it none is. */
  readonly connections?: SecurityPackage | ConnectionSecurity;
  /** Who signs and checks records; without it nobody. */
  readonly records?: RecordSecurity;
}

/** A security package of Windows; `E_NOTIMPL` in the fallback. */
export interface SecurityPackage {
  /** Path of the DLL. */
  readonly file: string;
  readonly name: string;
  readonly credentials: Uint8Array;
}

/** The part of a security package that a graph uses, in JavaScript; `E_NOTIMPL` on Windows, which takes DLLs only. */
export interface ConnectionSecurity {
  /** A new connection; the client speaks first. The whole exchange has at least 20 seconds, at most 300. */
  begin(side: 'client' | 'server'): ConnectionSecurityContext;
}

export interface ConnectionSecurityContext {
  /** Takes the other side's token (none at the client's start) and gives the next one; rejects to refuse the peer. */
  next(token: Uint8Array | undefined): Promise<{ readonly token?: Uint8Array; readonly established: boolean }>;
  /** Both from `established` on, in the order of the bytes. */
  protect(bytes: Uint8Array): Promise<Uint8Array>;
  unprotect(bytes: Uint8Array): Promise<Uint8Array>;
  close(): void;
}

/** Asked on every change of a record. Don't call the graph from inside: on Windows that can deadlock. */
export interface RecordSecurity {
  /** Here and at every receiver. `deferred` hides the record until `validateDeferredRecords`. */
  validate(record: PeerRecord, change: RecordChange): Promise<'valid' | 'deferred' | 'invalid'>;
  /** At the author; rejects to forbid the change. */
  secure(record: PeerRecord, change: RecordChange): Promise<Uint8Array>;
}
