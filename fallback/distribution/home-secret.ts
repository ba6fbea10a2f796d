import type { Random, Store, Stores } from '../../lib/backend/contract/host.js';
import { PeerError } from '../../lib/errors.js';

const STORE = 'distribution-secret';
const KEY = 'secret-key';
/** As long as what Windows makes. */
const KEY_LENGTH = 32;

/**
 * The server's secret key, which the processes of a home share; a file that its user alone can read. Where it can't be
 * reached, every call fails with `PEERDIST_ERROR_SERVICE_UNAVAILABLE`.
 */
export class HomeSecret {
  readonly #stores: Stores;
  readonly #random: Random;
  /** Told of each attempt whether it could be reached. */
  readonly #reached: (reached: boolean) => void;

  constructor(stores: Stores, random: Random, reached: (reached: boolean) => void) {
    this.#stores = stores;
    this.#random = random;
    this.#reached = reached;
  }

  /** It is made where there is none. */
  async get(operation: string): Promise<Uint8Array> {
    return this.#use(operation, async (store) => {
      const known = await store.get(KEY);
      if (known !== undefined) return known;
      let key = this.#random.bytes(KEY_LENGTH);
      await store.update((current) => {
        key = current.get(KEY) ?? key;
        return new Map([[KEY, key]]);
      });
      return key;
    });
  }

  async set(key: Uint8Array, operation: string): Promise<void> {
    await this.#use(operation, (store) => store.update(() => new Map([[KEY, key]])));
  }

  /** Whether it can be reached. */
  async isThere(): Promise<boolean> {
    return this.#use('PeerDistGetStatusEx', (store) => store.get(KEY)).then(
      () => true,
      () => false,
    );
  }

  async #use<T>(operation: string, use: (store: Store) => Promise<T>): Promise<T> {
    try {
      const store = await this.#stores.open(STORE);
      const result = await use(store).finally(() => store.close());
      this.#reached(true);
      return result;
    } catch (error) {
      this.#reached(false);
      const why = `the secret key in the home can't be used: ${(error as Error).message}`;
      throw new PeerError('PEERDIST_ERROR_SERVICE_UNAVAILABLE', operation, why, { cause: error });
    }
  }
}
