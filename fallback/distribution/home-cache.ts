import type { CacheStore, CacheStores } from '../../lib/backend/contract/cache-store.js';
import { PeerError } from '../../lib/errors.js';
import type { Log } from './log.js';

/** The cache of the home, opened when first needed. What can't be opened now may be later. */
export class HomeCache {
  readonly #stores: CacheStores;
  readonly #log: Log;
  #opened: Promise<CacheStore> | undefined;

  constructor(stores: CacheStores, log: Log) {
    this.#stores = stores;
    this.#log = log;
  }

  /** Undefined where it can't be opened: contents are read without. */
  async get(): Promise<CacheStore | undefined> {
    try {
      return await this.#open();
    } catch (error) {
      this.#log.failed(error);
      return undefined;
    }
  }

  /** `PEERDIST_ERROR_SERVICE_UNAVAILABLE` where it can't be opened or reached. */
  async use<T>(operation: string, use: (cache: CacheStore) => Promise<T>): Promise<T> {
    try {
      return await use(await this.#open());
    } catch (error) {
      const why = `the cache of the home can't be used: ${(error as Error).message}`;
      throw new PeerError('PEERDIST_ERROR_SERVICE_UNAVAILABLE', operation, why, { cause: error });
    }
  }

  async close(): Promise<void> {
    await (await this.#opened?.catch(() => undefined))?.close();
  }

  #open(): Promise<CacheStore> {
    if (this.#opened !== undefined) return this.#opened;
    const opened = this.#stores.open();
    this.#opened = opened;
    opened.catch(() => {
      this.#opened = undefined;
    });
    return opened;
  }
}
