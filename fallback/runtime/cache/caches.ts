import type { CacheStores } from '../../../lib/backend/contract/cache-store.js';
import { forgiving } from './forgiving.js';
import { RedisCache } from './redis-cache.js';
import { openSharedCache } from './shared-cache.js';

/** On the disk of this machine, or on a Redis server. */
export function realCaches(home: string): CacheStores {
  return {
    open: async ({ folder = home, redis, limit } = {}) =>
      redis === undefined ? openSharedCache(folder, limit) : forgiving(await RedisCache.open(redis, limit)),
  };
}
