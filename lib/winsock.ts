import { addresses, inCloud, optional, peerNameText } from './argument-types.js';
import type { PnrpAddress, PnrpScope } from './backend/contract/pnrp.js';
import type {
  CloudResult,
  Lookup as ContractLookup,
  NameQuery,
  NameResult,
  PnrpService,
} from './backend/contract/winsock.js';
import { invalidArgType } from './errors.js';
import type { Runtime } from './runtime.js';
import { abortable, type Waiting } from './waiting.js';

export type { CloudInfo, CloudState, PnrpAddress, PnrpScope, ResolveCriteria } from './backend/contract/pnrp.js';
export type { CloudFlag, CloudResult, NameQuery, NameResult, PnrpService } from './backend/contract/winsock.js';
export type { Waiting } from './waiting.js';

/** The PNRP name space of Winsock, for what the simpler `pnrp` leaves out: hints, texts, lifetimes, cloud flags, cloud changes. */
export class Winsock {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Registers a name in one cloud until it is deleted or the platform closes; registering again replaces.
   * Rejects with `WSAEINVAL`, `WSA_PNRP_INVALID_IDENTITY`, `WSA_PNRP_CLOUD_NOT_FOUND`, `WSA_PNRP_CLOUD_IS_SEARCH_ONLY`,
   * `WSAENETUNREACH`, `WSA_PNRP_TOO_MUCH_LOAD`, `WSA_PNRP_DUPLICATE_PEER_NAME` where `pnrp` registered it.
   * @win32 WSASetServiceW
   */
  async register({ signal, ...service }: PnrpService & Waiting): Promise<void> {
    checkService(service);
    await abortable(
      this.#runtime.call('winsock', 'WSASetServiceW', (backend) => backend.registerService(inCloud(service))),
      signal,
      () => this.delete(service),
    );
  }

  /**
   * Deletes a name that this platform registered; everything but the addresses must be as it was then.
   * Rejects with `WSASERVICE_NOT_FOUND`, `WSAEINVAL`.
   * @win32 WSASetServiceW
   */
  async delete(service: PnrpService): Promise<void> {
    checkService(service);
    await this.#runtime.call('winsock', 'WSASetServiceW', (backend) => backend.deleteService(inCloud(service)));
  }

  /**
   * Begins a search for a name; `next` gives its results. `signal` ends it.
   * Rejects with `WSAEINVAL`, `WSA_PNRP_CLOUD_NOT_FOUND`, `WSAENETUNREACH`.
   * @win32 WSALookupServiceBeginW
   */
  async lookupName({ signal, ...query }: NameQuery & Waiting): Promise<Lookup<NameResult>> {
    checkQuery(query);
    return this.#lookup(
      this.#runtime.call('winsock', 'WSALookupServiceBeginW', (backend) => backend.lookupName(inCloud(query))),
      signal,
    );
  }

  /**
   * Begins to list the clouds, of one scope where given; after the list, `next` waits for changes. `signal` ends it.
   * Rejects with `WSAEINVAL`.
   * @win32 WSALookupServiceBeginW
   */
  async lookupClouds({
    signal,
    ...query
  }: { readonly scope?: PnrpScope } & Waiting = {}): Promise<Lookup<CloudResult>> {
    optional('scope', query.scope, 'string');
    return this.#lookup(
      this.#runtime.call('winsock', 'WSALookupServiceBeginW', (backend) => backend.lookupClouds(query)),
      signal,
    );
  }

  async #lookup<Result>(
    beginning: Promise<ContractLookup<Result>>,
    signal: AbortSignal | undefined,
  ): Promise<Lookup<Result>> {
    return new Lookup(this.#runtime, await abortable(beginning, signal, (late) => late.end()), signal);
  }
}

/** A search for a name or for clouds, with one result at a time. It ends with `end`, its signal, or its platform. */
export class Lookup<Result> {
  readonly #runtime: Runtime;
  readonly #lookup: ContractLookup<Result>;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => void this.close().catch(() => undefined);
  #ended = false;

  /** @internal */
  constructor(runtime: Runtime, lookup: ContractLookup<Result>, signal: AbortSignal | undefined) {
    this.#runtime = runtime;
    this.#lookup = lookup;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (signal?.aborted) this.#abort();
  }

  /**
   * Waits for the next result. Undefined is the end (`WSA_E_NO_MORE`): of a search for a name; or of the clouds that
   * are there, after which each call waits for a change. Rejects with `WSA_E_CANCELLED` when the lookup ended meanwhile, with
   * `WSAEINVAL` when it had ended before.
   * @win32 WSALookupServiceNextW
   */
  next(): Promise<Result | undefined> {
    return this.#wait('WSALookupServiceNextW', () => this.#lookup.next());
  }

  /**
   * Resolves when `next` would not wait; ask again after each result. Rejects as `next` does.
   * @win32 WSANSPIoctl
   */
  notifyChange(): Promise<void> {
    return this.#wait('WSANSPIoctl', () => this.#lookup.notifyChange());
  }

  /**
   * Ends the lookup, and cancels what waits for it. Rejects with `WSAEINVAL` the second time.
   * @win32 WSALookupServiceEnd
   */
  async end(): Promise<void> {
    this.#over();
    await this.#runtime.wait('WSALookupServiceEnd', () => this.#lookup.end());
  }

  /** Ends it where that has not been done. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#over();
    await this.#runtime.end(() => this.#lookup.end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #over(): void {
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  #wait<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return abortable(this.#runtime.wait(operation, call), this.#signal);
  }
}

function checkService({ peerName, addresses: where, payload, ...service }: PnrpService): void {
  peerNameText(peerName);
  for (const key of ['cloud', 'comment', 'identity'] as const) optional(key, service[key], 'string');
  optional('lifetime', service.lifetime, 'number');
  if (where === undefined) throw invalidArgType('addresses', 'an array of { address, port }', where);
  addresses('addresses', where);
  checkHint(service.hint);
  if (payload !== undefined && typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw invalidArgType('payload', 'a Uint8Array or a string', payload);
  }
}

function checkQuery({ peerName, want, hint, ...query }: NameQuery): void {
  peerNameText(peerName);
  for (const key of ['cloud', 'criteria'] as const) optional(key, query[key], 'string');
  for (const key of ['max', 'timeoutMs'] as const) optional(key, query[key], 'number');
  if (want !== undefined && !Array.isArray(want)) throw invalidArgType('want', 'an array of strings', want);
  checkHint(hint);
}

function checkHint(hint: PnrpAddress | undefined): void {
  if (hint !== undefined) addresses('hint', [hint]);
}
