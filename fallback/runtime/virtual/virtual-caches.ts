import type { CacheStore, CacheStores } from '../../../lib/backend/contract/cache-store.js';
import { MemoryCache } from '../cache/memory-cache.js';
import type { Owner, VirtualTime } from './virtual-time.js';

/** What a store may take where nobody says. */
const LIMIT = 2 ** 30;

/**
 * Stores by their place: folders on the host's disk, and Redis servers, which every host of the network reaches. A host
 * that is gone finds and keeps nothing.
 */
export function virtualCaches(
  time: VirtualTime,
  { disk, servers }: { readonly disk: Map<string, MemoryCache>; readonly servers: Map<string, MemoryCache> },
  owner: Owner,
): CacheStores {
  const at = (places: Map<string, MemoryCache>, place: string, limit: number | undefined): MemoryCache => {
    const cache = places.get(place) ?? new MemoryCache(LIMIT);
    places.set(place, cache);
    cache.limit = limit ?? cache.limit;
    cache.trim();
    return cache;
  };
  return {
    open: async ({ folder = 'home', redis, limit } = {}) => {
      const cache = redis === undefined ? at(disk, folder, limit) : at(servers, redis, limit);
      return virtualCache(time, cache, owner);
    },
  };
}

function virtualCache(time: VirtualTime, cache: MemoryCache, owner: Owner): CacheStore {
  const done = <T>(away: T, task: () => T): Promise<T> =>
    time.busy(Promise.resolve().then(() => (owner.gone ? away : task())));
  return {
    segment: (id) => done(undefined, () => cache.segment(id)),
    addSegment: (segment) => done(undefined, () => cache.addSegment(segment, time.filetime)),
    block: (id, index) => done(undefined, () => cache.block(id, index)),
    addBlock: (id, index, block) => done(false, () => cache.addBlock(id, index, block)),
    removeBlock: (id, index) => done(undefined, () => cache.removeBlock(id, index)),
    removeSegment: (id) => done(undefined, () => cache.removeSegment(id)),
    flush: (tag) => done(0, () => cache.flush(tag)),
    clear: () => done(undefined, () => cache.clear()),
    usage: () => done(cache.usage(), () => cache.usage()),
    close: async () => undefined,
  };
}
