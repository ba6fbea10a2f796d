import type { CacheStore } from '../../../lib/backend/contract/cache-store.js';

/** A store that is away costs a miss, never an error; its usage says why. */
export function forgiving(store: CacheStore): CacheStore {
  const away = async <T>(call: Promise<T>, instead: T): Promise<T> => call.catch(() => instead);
  return {
    segment: (id) => away(store.segment(id), undefined),
    addSegment: (segment) => away(store.addSegment(segment), undefined),
    block: (id, index) => away(store.block(id, index), undefined),
    addBlock: (id, index, block) => away(store.addBlock(id, index, block), false),
    removeBlock: (id, index) => away(store.removeBlock(id, index), undefined),
    removeSegment: (id) => away(store.removeSegment(id), undefined),
    flush: (tag) => store.flush(tag),
    clear: () => store.clear(),
    usage: () =>
      store.usage().catch(({ message }: Error) => ({ segments: 0, blocks: 0, bytes: 0, limit: 0, fault: message })),
    close: () => away(store.close(), undefined),
  };
}
