import type { AreaLifetime } from './backend.js';
import type { EventSink, Subscription } from './events.js';
import type { SocketAddress } from './host.js';
import type { IdentityGroups } from './identity.js';
import type { PnrpScope } from './pnrp.js';
import type { ConnectionInfo, ConnectionKind, NewRecord, PeerRecord, SharedGraphEvent } from './records.js';
import type { CloudFlag } from './winsock.js';

/**
 * Grouping: graphs whose members hold certificates and find each other through PNRP. [MS-PPSEC].
 * A group belongs to a user and an identity: all that opened it share one store and are online or offline together.
 * Any call may fail with `PEER_E_NOT_INITIALIZED` after the platform closed, `PEER_E_INVALID_GROUP` after the group
 * closed or was deleted, `E_INVALIDARG` for an argument that can't be, `PEER_E_NO_KEY_ACCESS` where a private key can't
 * be read, and `E_OUTOFMEMORY`. A null identity is the user's default one.
 */
export interface GroupingBackend extends AreaLifetime, IdentityGroups {
  /**
   * `PeerGroupCreate`: offline; connect at once, else nobody who is invited finds anybody. Its name comes from a new
   * key. `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`, `PEER_E_INVALID_CLASSIFIER`, `PEER_E_INVALID_PEER_NAME`,
   * `PEER_E_INVALID_GROUP_PROPERTIES`, `PEER_E_PASSWORD_DOES_NOT_MEET_POLICY`, and `ERROR_DELETE_PENDING` for a creator
   * whose identity is deleted.
   */
  create(properties: NewGroupProperties): Promise<Group>;
  /**
   * `PeerGroupOpen`: a group that this identity created or joined. `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`.
   */
  open(options: GroupOpenOptions): Promise<Group>;
  /**
   * `PeerGroupJoin`: checks the invitation and stores it; the network comes in with `connect`.
   * `PEER_E_INVITATION_NOT_TRUSTED`, `PEER_E_INVALID_TIME_PERIOD`, `PEER_E_INVALID_PEER_NAME` for another's invitation,
   * `PEER_E_UNSUPPORTED_VERSION`, `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`.
   */
  join(options: GroupJoinOptions): Promise<Group>;
  /**
   * `PeerGroupPasswordJoin`: the password is proved during `connect`. For a member `PEER_S_ALREADY_A_MEMBER`, here
   * `alreadyMember`. `PEER_E_INVITATION_NOT_TRUSTED`, `PEER_E_INVALID_PEER_NAME`, `PEER_E_UNSUPPORTED_VERSION`,
   * `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`.
   */
  passwordJoin(options: GroupPasswordJoinOptions): Promise<Group>;
  /**
   * `PeerGroupDelete`: removes store and membership of one identity; open handles of the group become invalid.
   * `PEER_E_NOT_FOUND`, `E_ACCESSDENIED`.
   */
  delete(identity: string | null, groupPeerName: string): Promise<void>;
  /** `PeerGroupParseInvitation`: without the network. `PEER_E_INVITATION_NOT_TRUSTED`, `PEER_E_UNSUPPORTED_VERSION`. */
  parseInvitation(invitation: string): Promise<InvitationInfo>;
  /**
   * `PeerGroupImportConfig`: the identity must be there already. `PEER_E_ALREADY_EXISTS` unless `overwrite`.
   * Windows does not say what a wrong password does: here `E_INVALIDARG`.
   */
  importConfig(xml: string, password: string, overwrite: boolean): Promise<ImportedConfig>;
}

export interface GroupOpenOptions {
  readonly identity: string | null;
  readonly groupPeerName: string;
  /** The stored one unless given. */
  readonly cloud?: string;
}

export interface GroupJoinOptions {
  readonly identity: string | null;
  readonly invitation: string;
  /** The invitation's unless given. */
  readonly cloud?: string;
}

export interface GroupPasswordJoinOptions extends GroupJoinOptions {
  readonly password: string;
}

export interface ImportedConfig {
  readonly identity: string;
  readonly groupPeerName: string;
}

/** The roles that Windows defines. A certificate's other roles give no right and are left out. */
export type GroupRole = 'admin' | 'inviting-member' | 'member';

/** PEER_GROUP_PROPERTY_FLAGS, by the names of its members. */
export type GroupPropertyFlag = 'member-data-optional' | 'disable-presence' | 'defer-expiration';

/** PEER_GROUP_AUTHENTICATION_SCHEME, by the names of its members. */
export type AuthenticationScheme = 'gmc' | 'password';

/** PEER_GROUP_PROPERTIES. The password is never given back. */
export interface GroupProperties {
  readonly flags: readonly GroupPropertyFlag[];
  readonly cloud: string;
  readonly classifier?: string;
  readonly groupPeerName: string;
  readonly creatorPeerName: string;
  readonly friendlyName?: string;
  readonly comment?: string;
  /** Seconds; 0 is as long as the issuer's credential. */
  readonly memberDataLifetime: number;
  /** Seconds. */
  readonly presenceLifetime: number;
  readonly authenticationSchemes: readonly AuthenticationScheme[];
  readonly groupPasswordRole?: GroupRole;
}

export interface NewGroupProperties {
  /** None unless given. */
  readonly flags?: readonly GroupPropertyFlag[];
  /** The global cloud unless given. */
  readonly cloud?: string;
  /** At most 149 UTF-16 units. */
  readonly classifier?: string;
  readonly creatorPeerName: string | null;
  /** At most 255 UTF-16 units. */
  readonly friendlyName?: string;
  /** At most 255 UTF-16 units. */
  readonly comment?: string;
  /** Seconds, 28,800 to 315,360,000 or 0 for as long as the issuer's credential; 2,419,200 unless given. */
  readonly memberDataLifetime?: number;
  /** Seconds, at least 300, which is the default. */
  readonly presenceLifetime?: number;
  /** Lets people join with a password as well; the system's policy judges it. */
  readonly password?: { readonly password: string; readonly role: 'admin' | 'member' };
}

/** What the creator may change. Undefined leaves a value, null clears it. */
export interface GroupPropertyChanges {
  readonly flags?: readonly GroupPropertyFlag[];
  readonly friendlyName?: string | null;
  readonly comment?: string | null;
  readonly memberDataLifetime?: number;
  readonly presenceLifetime?: number;
  readonly password?: { readonly password: string; readonly role: 'admin' | 'member' };
}

/** PEER_GROUP_STATUS, by the names of its members. Listening without connections is being alone, but reachable. */
export type GroupStatus = 'listening' | 'has-connections';

export interface Group {
  readonly groupPeerName: string;
  /** The local member. */
  readonly identity: string;
  /** `PEER_S_ALREADY_A_MEMBER`: a password join of a member. */
  readonly alreadyMember: boolean;
  /**
   * `PeerGroupConnect`: resolves when the attempt began. `status-changed` tells success, `connection-failed` that
   * nobody was found, `authentication-failed` a wrong password. Windows gives it no time limit and recommends 30 s of
   * one's own.
   */
  connect(): Promise<void>;
  /** `PeerGroupConnectByAddress`: the same with members' addresses instead of PNRP. */
  connectByAddress(addresses: readonly SocketAddress[]): Promise<void>;
  /**
   * `PeerGroupResumePasswordAuthentication`: tries again after `authentication-failed`; `subscription` is the one that
   * brought it. Windows does not document this function at all.
   */
  resumePasswordAuthentication(subscription: Subscription): Promise<void>;
  /** `PeerGroupGetStatus`. */
  getStatus(): Promise<readonly GroupStatus[]>;
  /** `PeerGroupGetProperties`; `PEER_E_GROUP_NOT_READY` before the first synchronization. */
  getProperties(): Promise<GroupProperties>;
  /**
   * `PeerGroupSetProperties`: by the creator alone; `property-changed` follows at every member.
   * `PEER_E_NOT_AUTHORIZED`, `PEER_E_GROUP_NOT_READY`, `PEER_E_INVALID_GROUP_PROPERTIES`,
   * `PEER_E_PASSWORD_DOES_NOT_MEET_POLICY`.
   */
  setProperties(changes: GroupPropertyChanges): Promise<void>;
  /**
   * `PeerGroupRegisterEvent`, `PeerGroupGetEventData`, `PeerGroupUnregisterEvent`: resolves when the registration is in
   * force. Only a registration for `direct-connection` lets others open one to this member.
   */
  subscribe(filters: readonly GroupEventFilter[], sink: EventSink<GroupEvent>): Promise<Subscription>;
  /**
   * `PeerGroupCreateInvitation`: for one identity, by an admin or inviting member. `PEER_E_NOT_AUTHORIZED`,
   * `PEER_E_GROUP_NOT_READY`, `PEER_E_CHAIN_TOO_LONG`, `PEER_E_IDENTITY_DELETED`.
   */
  createInvitation(options: InvitationOptions): Promise<string>;
  /**
   * `PeerGroupCreatePasswordInvitation`: the same text for everybody. `PEER_E_NOT_AUTHORIZED`,
   * `PEER_E_GROUP_NOT_READY`, `PEER_E_CHAIN_TOO_LONG`, `PEER_E_IDENTITY_DELETED`. Windows does not say what a group
   * without a password does: here `E_INVALIDARG`.
   */
  createPasswordInvitation(): Promise<string>;
  /**
   * `PeerGroupIssueCredentials`: renews a member's certificate or makes a stranger one, by an admin. With `store` it is
   * published, `member-changed` follows, and there is no text; else the invitation's. It holds from the member's next
   * connect. `PEER_E_IDENTITY_NOT_FOUND` for a stranger without `credential`, `PEER_E_IDENTITY_DELETED`.
   */
  issueCredentials(subject: string, options: IssueOptions): Promise<string | undefined>;
  /** `PeerGroupEnumMembers`: the local member first, unless narrowed. Members without published data may be missing. */
  enumerateMembers(filter: { readonly present?: boolean; readonly identity?: string }): Promise<readonly GroupMember[]>;
  /** `PeerGroupGetRecord`; `PEER_E_GROUP_NOT_READY`, `PEER_E_RECORD_NOT_FOUND`. */
  getRecord(recordId: string): Promise<PeerRecord>;
  /**
   * `PeerGroupAddRecord`: signed, stored, then sent on. `PEER_E_GROUP_NOT_READY`, `PEER_E_NOT_AUTHORIZED` for a type of
   * the protocol or without the right, `PEER_E_INVALID_ATTRIBUTES`, `PEER_E_INVALID_PEER_NAME`,
   * `PEER_E_INVALID_RECORD`, `PEER_E_MAX_RECORD_SIZE_EXCEEDED`. Windows does not say what an expiration beyond the own
   * certificate does: here `PEER_E_INVALID_RECORD_EXPIRATION`.
   */
  addRecord(record: NewRecord): Promise<string>;
  /**
   * `PeerGroupUpdateRecord`: the record as read, with other attributes, data or expiration; by its creator or an admin.
   * `PEER_E_GROUP_NOT_READY`, `PEER_E_NOT_AUTHORIZED`, `PEER_E_RECORD_NOT_FOUND`.
   */
  updateRecord(record: PeerRecord): Promise<void>;
  /**
   * `PeerGroupDeleteRecord`: by its creator or an admin. `PEER_E_GROUP_NOT_READY`, `PEER_E_NOT_AUTHORIZED`,
   * `PEER_E_RECORD_NOT_FOUND`.
   */
  deleteRecord(recordId: string): Promise<void>;
  /** `PeerGroupEnumRecords`: a snapshot, narrowed by type where given. */
  enumerateRecords(filter: { readonly type?: string }): Promise<readonly PeerRecord[]>;
  /** `PeerGroupSearchRecords`: a snapshot of what a `peersearch` document finds; `PEER_E_INVALID_SEARCH`. */
  searchRecords(criteria: string): Promise<readonly PeerRecord[]>;
  /** `PeerGroupExportDatabase`: overwrites the file; an absolute path. The system's error codes pass through. */
  exportDatabase(file: string): Promise<void>;
  /** `PeerGroupImportDatabase`: before connecting, else `PEER_E_GROUP_IN_USE`; an absolute path. */
  importDatabase(file: string): Promise<void>;
  /** `PeerGroupExportConfig`: names, cloud, credentials, and the group's key for its owner, under the password. */
  exportConfig(password: string): Promise<string>;
  /**
   * `PeerGroupOpenDirectConnection`: resolves with the connection id when the attempt began, also when the member then
   * refuses; `direct-connection` tells. `PEER_E_CONNECT_SELF`.
   */
  openDirectConnection(identity: string, address: SocketAddress): Promise<bigint>;
  /** `PeerGroupCloseDirectConnection`; `PEER_E_CONNECTION_NOT_FOUND`. */
  closeDirectConnection(connectionId: bigint): Promise<void>;
  /** `PeerGroupSendData`: resolves when the network took the bytes; nobody confirms. `PEER_E_CONNECTION_NOT_FOUND`. */
  sendData(connectionId: bigint, type: string, data: Uint8Array): Promise<void>;
  /** `PeerGroupEnumConnections`: a snapshot of the kinds asked for. */
  enumerateConnections(kinds: readonly ConnectionKind[]): Promise<readonly ConnectionInfo[]>;
  /** `PeerGroupPeerTimeToUniversalTime`, FILETIME ticks; `PEER_E_GROUP_NOT_READY` before the first synchronization. */
  peerTimeToUniversalTime(peerTime: bigint): Promise<bigint>;
  /** `PeerGroupUniversalTimeToPeerTime`, FILETIME ticks; `PEER_E_GROUP_NOT_READY` before the first synchronization. */
  universalTimeToPeerTime(universalTime: bigint): Promise<bigint>;
  /** `PeerGroupClose`: the group goes offline with the last that has it open. */
  close(): Promise<void>;
}

export interface InvitationOptions {
  /** The invited one's identity document, unchanged. */
  readonly identityXml: string;
  /** FILETIME ticks; as long as the issuer's credential, which is also the limit, unless given. */
  readonly expiration?: bigint;
  /** None above the issuer's own. `member` unless given. */
  readonly roles?: readonly GroupRole[];
}

export interface IssueOptions {
  /** Required for strangers. A known member's stored values and the same duration unless given. */
  readonly credential?: NewCredential;
  /** PEER_GROUP_STORE_CREDENTIALS: publish it. False unless given. */
  readonly store?: boolean;
}

/** The part of a PEER_CREDENTIAL_INFO that an issuer decides. Times are FILETIME ticks. */
export interface NewCredential {
  /** At most 255 UTF-16 units. */
  readonly friendlyName: string;
  /** SubjectPublicKeyInfo, DER; at least 128 bytes, and unchanged for a known member. */
  readonly publicKey: Uint8Array;
  /** Later than the current start. */
  readonly validityStart: bigint;
  readonly validityEnd: bigint;
  readonly roles: readonly GroupRole[];
}

/** PEER_CREDENTIAL_INFO. */
export interface CredentialInfo extends NewCredential {
  readonly issuerPeerName: string;
  readonly issuerFriendlyName: string;
}

/** PEER_INVITATION_INFO. The subject's fields are missing in a password invitation. */
export interface InvitationInfo {
  readonly cloud: string;
  readonly scope: PnrpScope;
  readonly cloudFlags: readonly CloudFlag[];
  readonly groupPeerName: string;
  readonly groupFriendlyName: string;
  readonly issuerPeerName: string;
  readonly issuerFriendlyName: string;
  readonly subjectPeerName?: string;
  readonly subjectFriendlyName?: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly subjectPublicKey?: Uint8Array;
  /** FILETIME ticks. */
  readonly validityStart: bigint;
  readonly validityEnd: bigint;
  readonly roles: readonly GroupRole[];
  readonly authenticationScheme: AuthenticationScheme;
}

/** PEER_MEMBER. */
export interface GroupMember {
  /** PEER_MEMBER_PRESENT: its presence is published. */
  readonly present: boolean;
  readonly identity: string;
  readonly attributes?: string;
  /** 0 for a member that is not present. */
  readonly nodeId: bigint;
  readonly addresses: readonly SocketAddress[];
  readonly credential: CredentialInfo;
}

/** PEER_MEMBER_CHANGE_TYPE, by the names of its members; Windows never raises `left`. */
export type MemberChange = 'connected' | 'disconnected' | 'updated' | 'joined' | 'left';

/** PEER_GROUP_EVENT_DATA. */
export type GroupEvent =
  | SharedGraphEvent
  | { readonly event: 'status-changed'; readonly status: readonly GroupStatus[] }
  | { readonly event: 'member-changed'; readonly change: MemberChange; readonly identity: string }
  /** No member was reached, also on the first connect while nobody is online. `reason` is an HRESULT. */
  | { readonly event: 'connection-failed'; readonly reason: number }
  /** The group's password was wrong. */
  | { readonly event: 'authentication-failed' };

/** PEER_GROUP_EVENT_REGISTRATION. Without any filter every event comes. */
export interface GroupEventFilter {
  readonly event: GroupEvent['event'];
  /** GUID of the record type for `record-changed`, of the data type for `incoming-data`; ignored for the others. */
  readonly guid?: string;
}
