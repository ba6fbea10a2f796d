import { join } from 'node:path';
import type { CacheStore, CacheUsage, NewSegment } from '../../../lib/backend/contract/cache-store.js';
import { StoreFormatError } from '../../../lib/errors.js';
import { KeeperError } from '../keeper/errors.js';
import { type Area, Kept } from '../keeper/keep.js';
import type { Served } from '../keeper/served-clients.js';
import { DiskCache } from './disk-cache.js';
import { forgiving } from './forgiving.js';

/** Of the calls below. */
const VERSION = 1;

type Call = (...args: never[]) => Promise<unknown>;

/** The cache of a folder, which all processes of the user share. */
export async function openSharedCache(folder: string, limit: number | undefined): Promise<CacheStore> {
  const kept = new Kept(folder, cacheArea(folder), {
    ...(limit === undefined ? {} : { greet: async (call) => void (await call('setLimit', [limit])) }),
  });
  try {
    await kept.ready();
  } catch (error) {
    if (!isAway(error)) {
      await kept.close();
      throw error;
    }
  }
  return forgiving(remoteCache(kept));
}

/** Nobody will open it before somebody does something about it. */
function isAway(error: unknown): boolean {
  return !(error instanceof StoreFormatError || (error instanceof KeeperError && error.code === 'ERR_KEEPER_VERSION'));
}

function cacheArea(folder: string): Area {
  return { name: 'cache', version: VERSION, serve: async () => serve(await DiskCache.open(join(folder, 'cache'))) };
}

function serve(cache: DiskCache): Served {
  const store = forgiving(cache);
  const calls: Readonly<Record<string, Call>> = {
    segment: store.segment,
    addSegment: store.addSegment,
    block: store.block,
    addBlock: store.addBlock,
    removeBlock: store.removeBlock,
    removeSegment: store.removeSegment,
    flush: store.flush,
    clear: store.clear,
    usage: store.usage,
    setLimit: (limit: number) => cache.setLimit(limit),
  };
  return {
    open: () => ({
      call: async (method, args) => {
        const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
        if (call === undefined) throw new TypeError(`a cache has no ${method}`);
        return call(...(args as never[]));
      },
      close: async () => undefined,
    }),
    close: () => cache.close(),
  };
}

/** Everything may be done twice, so everything is asked again where a keeper went away. */
function remoteCache(kept: Kept): CacheStore {
  const call = <T>(method: string, ...args: readonly unknown[]): Promise<T> =>
    kept.call(method, args, { again: true }) as Promise<T>;
  return {
    segment: (id) => call('segment', id),
    addSegment: (segment: NewSegment) => call('addSegment', segment),
    block: (id, index) => call('block', id, index),
    addBlock: (id, index, block) => call('addBlock', id, index, block),
    removeBlock: (id, index) => call('removeBlock', id, index),
    removeSegment: (id) => call('removeSegment', id),
    flush: (tag) => call('flush', tag),
    clear: () => call('clear'),
    usage: () => call<CacheUsage>('usage'),
    close: () => kept.close(),
  };
}
