import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store, StoreChanges, Stores } from '../../lib/backend/contract/host.js';
import { applyChanges, copyOf, rangeOf, type StoreEntries } from './store-entries.js';
import { StoreFile } from './store-file.js';

/** Some 20 seconds: longer than a lock whose owner died stays. */
const LOCK_RETRIES = { retries: 400, factor: 1.5, minTimeout: 2, maxTimeout: 50, randomize: true } as const;
const LOCK_STALE_MS = 10_000;

/** The stores of the folder `home`, which is made for the owner alone when the first of them is written. */
export function createStores(home: string): Stores {
  const stores = new Map<string, FileStore>();
  return {
    async open(name) {
      if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) throw new RangeError(`not a name of a store: ${name}`);
      const store = stores.get(name) ?? new FileStore(home, name);
      await store.check();
      stores.set(name, store);
      return store;
    },
  };
}

class FileStore implements Store {
  readonly #home: string;
  readonly #file: StoreFile;
  #last: Promise<void> = Promise.resolve();

  constructor(home: string, name: string) {
    this.#home = home;
    this.#file = new StoreFile(join(home, `${name}.json`), name);
  }

  async check(): Promise<void> {
    await this.#file.read();
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return copyOf(await this.#file.read(), key);
  }

  async range(prefix: string): Promise<readonly (readonly [string, Uint8Array])[]> {
    return rangeOf(await this.#file.read(), prefix);
  }

  /** The updates of this process take turns, so that only other processes make it wait for the lock. */
  update(decide: (current: StoreEntries) => StoreChanges): Promise<void> {
    const update = this.#last.then(() => this.#locked(decide));
    this.#last = update.catch(() => undefined);
    return update;
  }

  close(): Promise<void> {
    return this.#last;
  }

  async #locked(decide: (current: StoreEntries) => StoreChanges): Promise<void> {
    await mkdir(this.#home, { recursive: true, mode: 0o700 });
    // Loaded with the first update: it takes over the process's signals.
    const { lock } = await import('proper-lockfile');
    let lost: Error | undefined;
    const unlock = await lock(this.#file.path, {
      realpath: false, // The file need not be there yet.
      stale: LOCK_STALE_MS,
      retries: LOCK_RETRIES,
      onCompromised: (error) => {
        lost = error;
      },
    });
    try {
      const current = await this.#file.read();
      const changes = decide(current);
      if (changes.size > 0) {
        await this.#file.replace(applyChanges(current, changes), () => {
          if (lost) throw lost;
        });
      }
    } finally {
      // A lock that was lost is another writer's now.
      if (lost === undefined) await unlock();
    }
  }
}
