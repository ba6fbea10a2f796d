import type { PnrpScope } from './backend/contract/pnrp.js';
import type { CloudResult, Lookup, NameQuery, NameResult, PnrpService } from './backend/contract/winsock.js';
import type { Runtime } from './runtime.js';

export type * from './backend/contract/pnrp.js';
export type * from './backend/contract/winsock.js';

/** The PNRP name space of Winsock, for what the simpler `pnrp` leaves out: lifetimes, cloud flags, cloud changes. */
export class Winsock {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Registers a name in one cloud until it is deleted or the platform closes; registering again replaces.
   * Rejects with `WSAEINVAL`, `WSA_PNRP_INVALID_IDENTITY`, `WSA_PNRP_CLOUD_NOT_FOUND`, `WSA_PNRP_CLOUD_IS_SEARCH_ONLY`.
   * @win32 WSASetServiceW
   */
  register(service: PnrpService): Promise<void> {
    return this.#runtime.call('winsock', 'WSASetServiceW', (backend) => backend.registerService(service));
  }

  /**
   * Deletes a name that this platform registered; everything but the addresses must be as it was then.
   * Rejects with `WSASERVICE_NOT_FOUND`, `WSAEINVAL`.
   * @win32 WSASetServiceW
   */
  delete(service: PnrpService): Promise<void> {
    return this.#runtime.call('winsock', 'WSASetServiceW', (backend) => backend.deleteService(service));
  }

  /**
   * Begins a search for a name; `next` gives its results. Rejects with `WSAEINVAL`, `WSA_PNRP_CLOUD_NOT_FOUND`.
   * @win32 WSALookupServiceBeginW
   */
  lookupName(query: NameQuery): Promise<Lookup<NameResult>> {
    return this.#runtime.call('winsock', 'WSALookupServiceBeginW', (backend) => backend.lookupName(query));
  }

  /**
   * Begins to list the clouds, of one scope where given; after the list, `next` waits for changes.
   * @win32 WSALookupServiceBeginW
   */
  lookupClouds(query: { readonly scope?: PnrpScope } = {}): Promise<Lookup<CloudResult>> {
    return this.#runtime.call('winsock', 'WSALookupServiceBeginW', (backend) => backend.lookupClouds(query));
  }
}
