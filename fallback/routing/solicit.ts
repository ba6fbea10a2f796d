import type { Random } from '../../lib/backend/contract/host.js';
import type { RingEntry } from './entry.js';
import type { RouteCache } from './route-cache.js';

/** [MS-PNRP] 3.2.5.3: no more, because the SOLICIT that gets them may be under a false address. */
const OFFERED = 5;

/** 3.2.5.3 step 3: the entries whose ids an ADVERTISE offers; own ones too when the cache has fewer. */
export function offer<E extends RingEntry>(options: {
  readonly cache: RouteCache<E>;
  readonly local: readonly E[];
  /** SolicitType 1, 2.2.2.1. */
  readonly onlyLocal: boolean;
  readonly random: Random;
}): E[] {
  const cached = options.onlyLocal ? [] : options.cache.spread(OFFERED, options.random);
  return [...cached, ...options.local].slice(0, OFFERED);
}
