import type { Random } from '../../lib/backend/contract/host.js';
import type { RingEntry } from './entry.js';
import type { RouteCache } from './route-cache.js';

/** [MS-PNRP] 3.2.5.3: ids offered from the cache. */
const OFFERED = 5;
/** So many ids keep an ADVERTISE within a packet of 1280 bytes. */
const ADVERTISE_LIMIT = 36;

/** 3.2.5.3 step 3: the entries whose ids an ADVERTISE offers; the own ones too when the cache is nearly empty. */
export function offer<E extends RingEntry>(options: {
  readonly cache: RouteCache<E>;
  readonly local: readonly E[];
  /** SolicitType 1, 2.2.2.1. */
  readonly onlyLocal: boolean;
  readonly random: Random;
}): E[] {
  const cached = options.onlyLocal ? [] : options.cache.spread(OFFERED, options.random);
  const own = cached.length < OFFERED ? options.local : [];
  return [...cached, ...own].slice(0, ADVERTISE_LIMIT);
}
