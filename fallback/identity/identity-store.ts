import type { Store, StoreChanges, Stores } from '../../lib/backend/contract/host.js';
import { PeerError, type PeerErrorCode, StoreFormatError } from '../../lib/errors.js';
import type { Entries } from './stored-identity.js';

const SYSTEM_ERRORS: Readonly<Record<string, readonly [PeerErrorCode, string]>> = {
  ENOSPC: ['PEER_E_DISK_FULL', 'the disk has no room for the identities'],
  EDQUOT: ['PEER_E_DISK_FULL', 'the disk quota leaves no room for the identities'],
  EACCES: ['PEER_E_NO_KEY_ACCESS', 'the file with the identities may not be used'],
  EPERM: ['PEER_E_NO_KEY_ACCESS', 'the file with the identities may not be used'],
  ENOTDIR: ['PEER_E_NO_KEY_ACCESS', 'the home is no folder'],
  EEXIST: ['PEER_E_NO_KEY_ACCESS', 'the home is no folder'],
  EROFS: ['PEER_E_NO_KEY_ACCESS', 'the file with the identities is on a read-only disk'],
};

/** The collection `identity` of the home; opened when first needed, so that its faults name the call that met them. */
export class IdentityStore {
  readonly #stores: Stores;
  #opened: Promise<Store> | undefined;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  async entries(operation: string): Promise<Entries> {
    return this.#use(operation, async (store) => new Map(await store.range('')));
  }

  /** What `decide` throws goes to the caller, and nothing is changed. */
  async update(operation: string, decide: (current: Entries) => StoreChanges): Promise<void> {
    await this.#use(operation, (store) => store.update(decide));
  }

  async close(): Promise<void> {
    const store = await this.#opened?.catch(() => undefined);
    await store?.close();
  }

  async #use<T>(operation: string, run: (store: Store) => Promise<T>): Promise<T> {
    try {
      this.#opened ??= this.#stores.open('identity');
      return await run(await this.#opened);
    } catch (error) {
      if (await this.#failedToOpen()) this.#opened = undefined;
      throw translate(error, operation);
    }
  }

  /** Then the next call tries again: the disk may have room by then. */
  #failedToOpen(): Promise<boolean> | undefined {
    return this.#opened?.then(
      () => false,
      () => true,
    );
  }
}

function translate(error: unknown, operation: string): unknown {
  if (error instanceof StoreFormatError) {
    const code = error.reason === 'newer' ? 'PEER_E_UNSUPPORTED_VERSION' : 'PEER_E_CERT_STORE_CORRUPTED';
    return new PeerError(code, operation, error.message, { cause: error });
  }
  const [code, sentence] = SYSTEM_ERRORS[(error as NodeJS.ErrnoException | undefined)?.code ?? ''] ?? [];
  if (code === undefined || sentence === undefined || error instanceof PeerError) return error;
  return new PeerError(code, operation, `${sentence}: ${(error as Error).message}`, { cause: error });
}
