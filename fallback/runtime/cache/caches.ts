import type { CacheStores } from '../../../lib/backend/contract/cache-store.js';
import { filetimeFromDate } from '../../wire/filetime.js';
import { MemoryCache } from './memory-cache.js';

const LIMIT = 2 ** 30;

/** In memory, while the process runs. */
export function realCaches(): CacheStores {
  const places = new Map<string, MemoryCache>();
  return {
    open: async ({ folder, redis, limit } = {}) => {
      const place = `${folder} ${redis}`;
      const cache = places.get(place) ?? new MemoryCache(LIMIT);
      places.set(place, cache);
      cache.limit = limit ?? cache.limit;
      cache.trim();
      return {
        segment: async (id) => cache.segment(id),
        addSegment: async (segment) => cache.addSegment(segment, filetimeFromDate(new Date())),
        block: async (id, index) => cache.block(id, index),
        addBlock: async (id, index, block) => cache.addBlock(id, index, block),
        removeBlock: async (id, index) => cache.removeBlock(id, index),
        removeSegment: async (id) => cache.removeSegment(id),
        flush: async (tag) => cache.flush(tag),
        clear: async () => cache.clear(),
        usage: async () => cache.usage(),
        close: async () => undefined,
      };
    },
  };
}
