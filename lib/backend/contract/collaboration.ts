import type { AreaLifetime } from './backend.js';
import type { EventSink, Subscription } from './events.js';
import type { SocketAddress } from './host.js';

/**
 * Collaboration: contacts, people near me, presence, applications, objects, invitations.
 * Any call may fail with `PEER_E_NOT_INITIALIZED` after the platform closed, `E_INVALIDARG` for an argument that can't
 * be, and `E_OUTOFMEMORY`. A null endpoint is the own one, a null contact is Me.
 */
export interface CollaborationBackend extends AreaLifetime {
  /**
   * `PeerCollabSignin`: the user signs in, not the process. `PEER_S_NO_CONNECTIVITY` is `noConnectivity` here.
   * `PEER_E_SERVICE_NOT_AVAILABLE` for an elevated process or one without a desktop.
   */
  signIn(scopes: readonly CollabScope[]): Promise<{ readonly noConnectivity: boolean }>;
  /** `PeerCollabSignout`: for every program of the user; signed out of both scopes, published objects are gone. */
  signOut(scopes: readonly CollabScope[]): Promise<void>;
  /** `PeerCollabGetSigninOptions`; `PEER_E_NOT_SIGNED_IN`. */
  getSignInScopes(): Promise<readonly CollabScope[]>;
  /**
   * `PeerCollabRegisterEvent`, `PeerCollabGetEventData`, `PeerCollabUnregisterEvent`: resolves when the registration is
   * in force. `PEER_E_SERVICE_NOT_AVAILABLE`.
   */
  subscribe(filters: readonly CollabEventFilter[], sink: EventSink<CollabEvent>): Promise<Subscription>;

  /** `PeerCollabEnumContacts`: without Me. */
  enumerateContacts(): Promise<readonly Contact[]>;
  /** `PeerCollabGetContact`. Windows does not say what an unknown name does: here `PEER_E_CONTACT_NOT_FOUND`. */
  getContact(peerName: string | null): Promise<Contact>;
  /** `PeerCollabAddContact`: from the XML of an export or a query. */
  addContact(xml: string): Promise<Contact>;
  /** `PeerCollabUpdateContact`: up to 30 s. Of Me only nickname, display name and e-mail address change. */
  updateContact(contact: Contact): Promise<void>;
  /** `PeerCollabDeleteContact`; Me can't be deleted. */
  deleteContact(peerName: string): Promise<void>;
  /** `PeerCollabExportContact`: the XML; `PEER_E_NOT_SIGNED_IN`. */
  exportContact(peerName: string | null): Promise<string>;
  /** `PeerCollabParseContact`: stores nothing. */
  parseContact(xml: string): Promise<Contact>;

  /** `PeerCollabEnumPeopleNearMe`; `PEER_E_NOT_SIGNED_IN`. */
  peopleNearMe(): Promise<readonly PersonNearMe[]>;
  /**
   * `PeerCollabEnumEndpoints`: where a contact is present; at most 50. `PEER_E_NOT_SIGNED_IN`. For a contact that is
   * not watched, or does not let us watch it, Windows gives an empty list or `E_INVALIDARG`: here an empty list.
   */
  enumerateEndpoints(contact: Contact | null): Promise<readonly Endpoint[]>;
  /** `PeerCollabGetEndpointName`; `PEER_E_NOT_SIGNED_IN`. */
  getEndpointName(): Promise<string>;
  /**
   * `PeerCollabSetEndpointName`: 1 to 255 UTF-16 units; `PEER_E_NOT_SIGNED_IN`. Windows does not say which code setting
   * the present name has: here `E_INVALIDARG`.
   */
  setEndpointName(name: string): Promise<void>;
  /**
   * `PeerCollabSubscribeEndpointData`: resolves when asked; `request-status-changed` tells within 30 s. Counted.
   * `PEER_S_SUBSCRIPTION_EXISTS` is `exists` here.
   */
  subscribeEndpointData(endpoint: Endpoint): Promise<{ readonly exists: boolean }>;
  /** `PeerCollabUnsubscribeEndpointData`: takes one subscription back; up to 30 s. */
  unsubscribeEndpointData(endpoint: Endpoint): Promise<void>;
  /** `PeerCollabRefreshEndpointData`: one snapshot; resolves when asked, `request-status-changed` tells within 30 s. */
  refreshEndpointData(endpoint: Endpoint): Promise<void>;
  /** `PeerCollabDeleteEndpointData`: forgets the snapshot. */
  deleteEndpointData(endpoint: Endpoint): Promise<void>;
  /** `PeerCollabQueryContactData`: contact XML out of subscribed or refreshed data, else `PEER_E_NOT_FOUND`. */
  queryContactData(endpoint: Endpoint | null): Promise<string>;

  /** `PeerCollabGetPresenceInfo`; `PEER_E_NOT_FOUND` for an endpoint neither subscribed nor refreshed. */
  getPresence(endpoint: Endpoint | null): Promise<Presence>;
  /** `PeerCollabSetPresenceInfo`: anything but offline; `PEER_E_NOT_SIGNED_IN`. */
  setPresence(presence: Presence): Promise<void>;

  /** `PeerCollabEnumObjects`, of one id where given; `PEER_E_NOT_SIGNED_IN`. */
  enumerateObjects(endpoint: Endpoint | null, objectId?: string): Promise<readonly CollabObject[]>;
  /**
   * `PeerCollabSetObject`: adds or replaces; at most 128. It lives as long as its last writer and the sign-in.
   * `PEER_E_NOT_SIGNED_IN`. Windows does not say what the 129th does: here `E_INVALIDARG`.
   */
  setObject(object: CollabObject): Promise<void>;
  /** `PeerCollabDeleteObject`; `PEER_E_NOT_SIGNED_IN`. Windows does not say what an unknown id does: here nothing. */
  deleteObject(objectId: string): Promise<void>;

  /** `PeerCollabEnumApplications`, of one id where given; none for strangers of the subnet. */
  enumerateApplications(endpoint: Endpoint | null, applicationId?: string): Promise<readonly CollabApplication[]>;
  /** `PeerCollabRegisterApplication`: at most 64 a registration type. `all-users` needs an administrator. */
  registerApplication(registration: ApplicationRegistration, type: RegistrationType): Promise<void>;
  /** `PeerCollabUnregisterApplication`; `PEER_E_NOT_FOUND`. */
  unregisterApplication(applicationId: string, type: RegistrationType): Promise<void>;
  /** `PeerCollabGetApplicationRegistrationInfo`; `PEER_E_NOT_FOUND`. */
  getApplicationRegistration(applicationId: string, type: RegistrationType): Promise<ApplicationRegistration>;
  /** `PeerCollabEnumApplicationRegistrationInfo`. */
  enumerateApplicationRegistrations(type: RegistrationType): Promise<readonly ApplicationRegistration[]>;

  /**
   * `PeerCollabAsyncInviteContact`; `PeerCollabInviteContact` is the same with a wait of at most 5 minutes, then
   * `PEER_E_TIMEOUT`. The invited one is authenticated. `E_NOTIMPL` without an endpoint.
   */
  inviteContact(contact: Contact | null, endpoint: Endpoint, invitation: Invitation): Promise<PendingInvitation>;
  /** `PeerCollabAsyncInviteEndpoint`, `PeerCollabInviteEndpoint` (`PEER_E_TIMEOUT`): nobody is authenticated. */
  inviteEndpoint(endpoint: Endpoint, invitation: Invitation): Promise<PendingInvitation>;
  /** `PeerCollabGetAppLaunchInfo`; `PEER_E_NOT_FOUND` for a program that no accepted invitation started. */
  getLaunchInfo(): Promise<LaunchInfo>;
  /**
   * Takes over asking the user about invitations to registered applications; the latest one is asked. On Windows the
   * system asks (there: `E_NOTIMPL`). Without anybody to ask they expire.
   */
  promptWith(prompt: InvitationPrompt): Promise<Subscription>;
}

/** PEER_SIGNIN_FLAGS and PEER_PUBLICATION_SCOPE, by the names of their members; an empty list is NONE, both are ALL. */
export type CollabScope = 'near-me' | 'internet';

/** PEER_CONTACT. */
export interface Contact {
  readonly peerName: string;
  /** At most 255 UTF-16 units. */
  readonly nickName?: string;
  /** At most 255 UTF-16 units. */
  readonly displayName?: string;
  readonly emailAddress?: string;
  /** We follow this contact. */
  readonly watch: boolean;
  /** PEER_WATCH_PERMISSION: whether this contact may follow us. */
  readonly watcherPermission: 'blocked' | 'allowed';
  /** Opaque. */
  readonly credentials: Uint8Array;
}

/** PEER_ENDPOINT. */
export interface Endpoint {
  readonly address: SocketAddress;
  readonly name?: string;
}

/** PEER_PEOPLE_NEAR_ME. */
export interface PersonNearMe {
  /** GUID; stays when name or address change. */
  readonly id: string;
  readonly nickName: string;
  readonly endpoint: Endpoint;
}

/** PEER_PRESENCE_STATUS, by the names of its members. */
export type PresenceStatus =
  | 'offline'
  | 'out-to-lunch'
  | 'away'
  | 'be-right-back'
  | 'idle'
  | 'busy'
  | 'on-the-phone'
  | 'online';

/** PEER_PRESENCE_INFO. `online` without text after sign-in. */
export interface Presence {
  readonly status: PresenceStatus;
  /** At most 255 UTF-16 units. */
  readonly text?: string;
}

/** PEER_OBJECT. */
export interface CollabObject {
  /** GUID. */
  readonly id: string;
  /** 1 to 16,384 bytes. */
  readonly data: Uint8Array;
  readonly scope: readonly CollabScope[];
}

/** PEER_APPLICATION. */
export interface CollabApplication {
  /** GUID. */
  readonly id: string;
  /** At most 16,384 bytes. */
  readonly data: Uint8Array;
  /** At most 255 UTF-16 units. */
  readonly description?: string;
}

/** PEER_APPLICATION_REGISTRATION_TYPE, by the names of its members; the current user's wins. */
export type RegistrationType = 'current-user' | 'all-users';

/** PEER_APPLICATION_REGISTRATION_INFO. Path and arguments never leave the machine. */
export interface ApplicationRegistration {
  readonly application: CollabApplication;
  /** Local path of the program to start when its user accepts an invitation. */
  readonly path: string;
  readonly arguments?: string;
  readonly scope: readonly CollabScope[];
}

/** PEER_INVITATION. */
export interface Invitation {
  readonly applicationId: string;
  /** At most 16,384 bytes. */
  readonly data?: Uint8Array;
  /** At most 255 UTF-16 units. */
  readonly message?: string;
}

export interface PendingInvitation {
  /**
   * `PeerCollabGetInvitationResponse`, once the answer is there: waits instead of
   * `PEER_E_INVITE_RESPONSE_NOT_AVAILABLE`. `PEER_E_INVITE_CANCELLED`, `PEER_E_CONNECTION_FAILED` where invitations are
   * not welcome, `PEER_E_NOT_FOUND`.
   */
  response(): Promise<InvitationResponse>;
  /**
   * `PeerCollabCancelInvitation`: the invited one can't answer any more; nothing happens after an answer. `E_HANDLE`.
   */
  cancel(): Promise<void>;
  /** `PeerCollabCloseHandle`; `E_HANDLE` the second time. */
  close(): Promise<void>;
}

/** PEER_INVITATION_RESPONSE, its action by the names of the members of PEER_INVITATION_RESPONSE_TYPE. */
export type InvitationResponse =
  | { readonly action: 'declined' | 'accepted' | 'expired' }
  /** `reason` is an HRESULT. */
  | { readonly action: 'error'; readonly reason: number };

/** PEER_APP_LAUNCH_INFO. */
export interface LaunchInfo {
  /** Undefined for strangers. */
  readonly contact?: Contact;
  readonly endpoint: Endpoint;
  readonly invitation: Invitation;
}

/** Resolves true to accept, which starts the registered program. What it throws declines. */
export type InvitationPrompt = (launch: LaunchInfo) => Promise<boolean>;

/** PEER_CHANGE_TYPE, by the names of its members. */
export type CollabChange = 'added' | 'deleted' | 'updated';

/** Where something changed. The contact is undefined for endpoints that belong to none. */
interface EndpointChange {
  readonly contact?: Contact;
  readonly endpoint: Endpoint;
}

interface PresenceChange extends EndpointChange {
  readonly change: CollabChange;
  readonly presence: Presence;
}

interface ApplicationChange extends EndpointChange {
  readonly change: CollabChange;
  readonly application: CollabApplication;
}

interface ObjectChange extends EndpointChange {
  readonly change: CollabChange;
  readonly object: CollabObject;
}

/** PEER_COLLAB_EVENT_DATA. The types with `my` are about the own endpoint. */
export type CollabEvent =
  | { readonly event: 'watchlist-changed'; readonly change: CollabChange; readonly contact: Contact }
  | (EndpointChange & { readonly event: 'endpoint-changed' })
  | (EndpointChange & { readonly event: 'my-endpoint-changed' })
  | (PresenceChange & { readonly event: 'endpoint-presence-changed' })
  | (PresenceChange & { readonly event: 'my-presence-changed' })
  | (ApplicationChange & { readonly event: 'endpoint-application-changed' })
  | (ApplicationChange & { readonly event: 'my-application-changed' })
  | (ObjectChange & { readonly event: 'endpoint-object-changed' })
  | (ObjectChange & { readonly event: 'my-object-changed' })
  /** Without a person: the user signed in here (`added`) or out (`deleted`). */
  | { readonly event: 'people-near-me-changed'; readonly change: CollabChange; readonly person?: PersonNearMe }
  /** How a subscription or refresh ended; `result` is an HRESULT, 0 for success. */
  | { readonly event: 'request-status-changed'; readonly endpoint: Endpoint; readonly result: number };

/** PEER_COLLAB_EVENT_REGISTRATION. Without any filter every event comes. */
export interface CollabEventFilter {
  readonly event: CollabEvent['event'];
  /** GUID of the application or object, for the four events about them; ignored for the others. */
  readonly guid?: string;
}
