import type { CacheStores } from '../../../lib/backend/contract/cache-store.js';
import { openSharedCache } from './shared-cache.js';

/** On the disk of this machine, or on a Redis server. */
export function realCaches(home: string): CacheStores {
  return {
    open: async ({ folder = home, redis, limit } = {}) => {
      return openSharedCache(folder, limit);
    },
  };
}
