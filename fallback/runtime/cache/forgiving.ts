import type { CacheStore, CacheUsage } from '../../../lib/backend/contract/cache-store.js';

/** A store that is away costs a miss, never an error; why, its usage says until it is back. */
export function forgiving(store: CacheStore): CacheStore {
  /** Reads work where writes do not, on a full disk for instance. */
  const faults: { read?: string | undefined; write?: string | undefined } = {};
  const read = async <T>(call: Promise<T>, away: T): Promise<T> => {
    try {
      const result = await call;
      faults.read = undefined;
      return result;
    } catch (error) {
      faults.read = (error as Error).message;
      return away;
    }
  };
  const write = async <T>(call: Promise<T>, away: T): Promise<T> => {
    try {
      const result = await call;
      faults.read = undefined;
      faults.write = undefined;
      return result;
    } catch (error) {
      faults.write = (error as Error).message;
      return away;
    }
  };
  return {
    segment: (id) => read(store.segment(id), undefined),
    addSegment: (segment) => write(store.addSegment(segment), undefined),
    block: (id, index) => read(store.block(id, index), undefined),
    addBlock: (id, index, block) => write(store.addBlock(id, index, block), false),
    removeBlock: (id, index) => write(store.removeBlock(id, index), undefined),
    removeSegment: (id) => write(store.removeSegment(id), undefined),
    flush: (tag) => store.flush(tag),
    clear: () => store.clear(),
    usage: async () => {
      const away: CacheUsage = { segments: 0, blocks: 0, bytes: 0, limit: 0 };
      const usage = await read(store.usage(), away);
      const fault = faults.write ?? faults.read ?? usage.fault;
      return fault === undefined ? usage : { ...usage, fault };
    },
    close: () => store.close().catch(() => undefined),
  };
}
