import type {
  Group,
  GroupJoinOptions,
  GroupOpenOptions,
  GroupPasswordJoinOptions,
  ImportedConfig,
  InvitationInfo,
  NewGroupProperties,
} from './backend/contract/grouping.js';
import type { Runtime } from './runtime.js';

export type * from './backend/contract/events.js';
export type * from './backend/contract/grouping.js';
export type * from './backend/contract/records.js';

/** Groups: graphs whose members hold certificates and find each other through PNRP. */
export class Grouping {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Creates a group, offline, owned by `creatorPeerName`. Connect at once, else nobody who is invited finds anybody.
   * Rejects with `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`, `PEER_E_INVALID_CLASSIFIER`,
   * `PEER_E_INVALID_PEER_NAME`, `PEER_E_INVALID_GROUP_PROPERTIES`, `PEER_E_PASSWORD_DOES_NOT_MEET_POLICY`,
   * `PEER_E_NO_KEY_ACCESS`, `ERROR_DELETE_PENDING`, `E_INVALIDARG`.
   * @win32 PeerGroupCreate
   */
  create(properties: NewGroupProperties): Promise<Group> {
    return this.#runtime.call('grouping', 'PeerGroupCreate', (backend) => backend.create(properties));
  }

  /**
   * Opens a group that the identity created or joined.
   * Rejects with `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`, `PEER_E_NO_KEY_ACCESS`, `E_INVALIDARG`.
   * @win32 PeerGroupOpen
   */
  open(options: GroupOpenOptions): Promise<Group> {
    return this.#runtime.call('grouping', 'PeerGroupOpen', (backend) => backend.open(options));
  }

  /**
   * Takes an invitation, once; later runs open the group. Without the network. Rejects with
   * `PEER_E_INVITATION_NOT_TRUSTED`, `PEER_E_INVALID_TIME_PERIOD`, `PEER_E_INVALID_PEER_NAME`,
   * `PEER_E_UNSUPPORTED_VERSION`, `PEER_E_CLOUD_NAME_AMBIGUOUS`, `PEER_E_NO_CLOUD`, `PEER_E_NO_KEY_ACCESS`,
   * `E_INVALIDARG`.
   * @win32 PeerGroupJoin
   */
  join(options: GroupJoinOptions): Promise<Group> {
    return this.#runtime.call('grouping', 'PeerGroupJoin', (backend) => backend.join(options));
  }

  /**
   * Takes a password invitation; connecting proves the password. `alreadyMember` tells of a repetition.
   * Rejects like `join`, but never with `PEER_E_INVALID_TIME_PERIOD`.
   * @win32 PeerGroupPasswordJoin
   */
  passwordJoin(options: GroupPasswordJoinOptions): Promise<Group> {
    return this.#runtime.call('grouping', 'PeerGroupPasswordJoin', (backend) => backend.passwordJoin(options));
  }

  /**
   * Removes what this machine keeps of a group for one identity (null: the default one). Close it first.
   * Rejects with `PEER_E_NOT_FOUND`, `E_ACCESSDENIED`, `PEER_E_NO_KEY_ACCESS`, `E_INVALIDARG`.
   * @win32 PeerGroupDelete
   */
  delete(identity: string | null, groupPeerName: string): Promise<void> {
    return this.#runtime.call('grouping', 'PeerGroupDelete', (backend) => backend.delete(identity, groupPeerName));
  }

  /**
   * What an invitation says; its signatures are checked. Without the network.
   * Rejects with `PEER_E_INVITATION_NOT_TRUSTED`, `PEER_E_UNSUPPORTED_VERSION`, `E_INVALIDARG`.
   * @win32 PeerGroupParseInvitation
   */
  parseInvitation(invitation: string): Promise<InvitationInfo> {
    return this.#runtime.call('grouping', 'PeerGroupParseInvitation', (backend) => backend.parseInvitation(invitation));
  }

  /**
   * Takes over a membership that `exportConfig` wrote; the identity must be here already.
   * Rejects with `PEER_E_ALREADY_EXISTS` unless `overwrite` (false unless given), `E_INVALIDARG`.
   * @win32 PeerGroupImportConfig
   */
  importConfig(
    xml: string,
    options: { readonly password: string; readonly overwrite?: boolean },
  ): Promise<ImportedConfig> {
    return this.#runtime.call('grouping', 'PeerGroupImportConfig', (backend) =>
      backend.importConfig(xml, options.password, options.overwrite ?? false),
    );
  }
}
