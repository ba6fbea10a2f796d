import type { AreaLifetime } from './backend.js';
import type { CloudInfo, PnrpAddress, PnrpScope, ResolveCriteria } from './pnrp.js';

/**
 * The PNRP name space of Winsock: the older way to PNRP, and the one with lifetimes, cloud flags and cloud changes.
 * Windows gives one list of codes for all its functions, and does not say which of them has which: `WSAEINVAL`,
 * `WSAEFAULT`, `WSAENETUNREACH`, `WSAEOPNOTSUPP`, `WSAEWOULDBLOCK`, `WSASERVICE_NOT_FOUND`, `WSASYSNOTREADY`,
 * `WSA_E_CANCELLED`, `WSA_E_NO_MORE`, `WSA_IO_PENDING`, `WSA_NOT_ENOUGH_MEMORY`, `WSA_OPERATION_ABORTED`,
 * `WSA_PNRP_CLOUD_DISABLED`, `WSA_PNRP_CLOUD_NOT_FOUND`, `WSA_PNRP_CLOUD_IS_SEARCH_ONLY`,
 * `WSA_PNRP_CLIENT_INVALID_COMPARTMENT_ID`, `WSA_PNRP_INVALID_IDENTITY`, `WSA_PNRP_TOO_MUCH_LOAD`, and
 * `WSAENOTIMPLEMENTED`, which has no value. After the platform closed: `PEER_E_NOT_INITIALIZED`.
 */
export interface WinsockBackend extends AreaLifetime {
  /**
   * `WSASetServiceW` with `RNRSERVICE_REGISTER`: one cloud; registering again replaces, and what fails leaves the
   * earlier one. The name ends with the process. `WSAEINVAL`, `WSA_PNRP_INVALID_IDENTITY`, `WSA_PNRP_CLOUD_NOT_FOUND`,
   * `WSA_PNRP_CLOUD_IS_SEARCH_ONLY`, `WSA_PNRP_TOO_MUCH_LOAD`; `WSAENETUNREACH` without an address in the cloud. Beyond
   * the list `WSA_PNRP_DUPLICATE_PEER_NAME`, for a name that `PeerPnrpRegister` registered.
   */
  registerService(service: PnrpService): Promise<void>;
  /**
   * `WSASetServiceW` with `RNRSERVICE_DELETE`: all but the addresses as they were registered, by the same process.
   * Windows does not say what a name that is not registered does: here `WSASERVICE_NOT_FOUND`. `WSAEINVAL` where
   * something is not as it was.
   */
  deleteService(service: PnrpService): Promise<void>;
  /**
   * `WSALookupServiceBeginW` for names: resolves when the search runs. `WSAEINVAL`, `WSA_PNRP_CLOUD_NOT_FOUND`,
   * `WSAENETUNREACH`.
   */
  lookupName(query: NameQuery): Promise<Lookup<NameResult>>;
  /** `WSALookupServiceBeginW` for clouds, of one scope where given. `WSAEINVAL`. */
  lookupClouds(query: { readonly scope?: PnrpScope }): Promise<Lookup<CloudResult>>;
}

/** WSAQUERYSETW with PNRPINFO, as a registration fills them. */
export interface PnrpService {
  readonly peerName: string;
  /** The global one unless given. */
  readonly cloud?: string;
  /** At most 39 UTF-16 units. */
  readonly comment?: string;
  /** 1 to 10; none is fine where a name is deleted. */
  readonly addresses: readonly PnrpAddress[];
  /** Who signs a secure name. */
  readonly identity?: string;
  /** Seconds until the name is published anew; 86,400 unless given. */
  readonly lifetime?: number;
  /** An address that the service location is derived from; the first IPv6 address unless given. */
  readonly hint?: PnrpAddress;
  /** At most 4,096 bytes; as text, at most 4,096 bytes of UTF-16 with its terminator. */
  readonly payload?: Uint8Array | string;
}

/** WSAQUERYSETW with PNRPINFO, as a search fills them. */
export interface NameQuery {
  readonly peerName: string;
  /** The global one unless given. */
  readonly cloud?: string;
  /** LUP_RETURN_*, by the names of the flags; all unless given. */
  readonly want?: readonly ('name' | 'comment' | 'addr')[];
  /** 1 unless given. Windows does not say the default. */
  readonly max?: number;
  /** At most 600,000; 30,000 unless given. Windows counts seconds: the next whole one. */
  readonly timeoutMs?: number;
  readonly criteria?: ResolveCriteria;
  /** For the criteria with `nearest`; a local address unless given. */
  readonly hint?: PnrpAddress;
}

export interface NameResult {
  readonly peerName?: string;
  readonly cloud: string;
  readonly comment?: string;
  readonly addresses: readonly PnrpAddress[];
  /** Windows does not say whether a result carries it: here it does. */
  readonly payload?: Uint8Array | string;
}

/** PNRPCLOUDINFO. */
export interface CloudResult extends CloudInfo {
  readonly flags: readonly CloudFlag[];
  /** RESULT_IS_*, by the names of the flags; undefined for the clouds that were there at the start. */
  readonly change?: 'added' | 'changed' | 'deleted';
}

/** PNRP_CLOUD_FLAGS, by the names of its members. `name-local`: the name means nothing on other machines. */
export type CloudFlag = 'name-local' | 'resolve-only' | 'full-participant';

export interface Lookup<Result> {
  /**
   * `WSALookupServiceNextW`: waits for the next result. Undefined is `WSA_E_NO_MORE`: the end of a search for names; in
   * a search for clouds the end of those that are there, after which each call waits for a change.
   * `WSA_E_CANCELLED` when the search ended meanwhile, `WSAEINVAL` when it had ended before.
   */
  next(): Promise<Result | undefined>;
  /**
   * `WSANSPIoctl` with `SIO_NSP_NOTIFY_CHANGE`: resolves when `next` would not wait, once; ask again after each result.
   * The errors of `next`.
   */
  notifyChange(): Promise<void>;
  /** `WSALookupServiceEnd`: also cancels. `WSAEINVAL` the second time. */
  end(): Promise<void>;
}
