import type { Store, Stores } from '../../../lib/backend/contract/host.js';
import { checkStoreName } from '../store-name.js';
import type { Owner, VirtualTime } from './virtual-time.js';

/** The entries of each store, by its name. */
export type StoredEntries = Map<string, Map<string, Uint8Array>>;

/** A host that is gone can't reach its disk: an update under way happens as a whole before that, or not at all. */
export function virtualStores(time: VirtualTime, disk: StoredEntries, owner: Owner): Stores {
  const done = <T>(task: () => T): Promise<T> =>
    time.busy(
      Promise.resolve().then(() => {
        if (owner.gone) throw Object.assign(new Error('the host has crashed'), { code: 'EIO' });
        return task();
      }),
    );
  const copy = (value: Uint8Array): Uint8Array => Uint8Array.from(value);
  const open = (name: string): Store => {
    const entries = disk.get(name) ?? new Map<string, Uint8Array>();
    disk.set(name, entries);
    return {
      get: (key) =>
        done(() => {
          const value = entries.get(key);
          return value && copy(value);
        }),
      range: (prefix) =>
        done(() =>
          [...entries]
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, value]) => [key, copy(value)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      update: (decide) =>
        done(() => {
          for (const [key, value] of decide(new Map([...entries].map(([key, value]) => [key, copy(value)])))) {
            if (value === undefined) entries.delete(key);
            else entries.set(key, copy(value));
          }
        }),
      close: async () => undefined,
    };
  };
  return {
    open: async (name) => {
      checkStoreName(name);
      return done(() => open(name));
    },
  };
}
