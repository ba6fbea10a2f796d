import type { Random } from '../../lib/backend/contract/host.js';
import type { RingEntry } from './entry.js';
import type { LeafSet } from './leaf-set.js';
import { isCloser, RING_SIZE, type RingId, upward } from './ring.js';
import type { RouteCache } from './route-cache.js';

/** Whether the cloud is split, and if so, which part this node is likely in. */
export type SplitVerdict = 'no-split' | 'larger-part' | 'smaller-part';

/**
 * [MS-PNRP] 3.2.5.11.1: the verdict on `bestMatch`, the closest id to `target` that the way over a seed led to. The
 * search itself submits every node that answers to the cache: `isNew` tells what it brought, since only what was known
 * before says anything about the part of the cloud that this node was in.
 */
export function splitVerdict<E extends RingEntry>(options: {
  readonly bestMatch: RingId;
  readonly target: RingId;
  readonly cache: RouteCache<E>;
  readonly isLocal: (id: RingId) => boolean;
  readonly isNew: (id: RingId) => boolean;
}): SplitVerdict {
  const { bestMatch, target, cache, isLocal, isNew } = options;
  const wasKnown = ({ id }: E) => !isNew(id);
  if (isLocal(bestMatch)) return 'no-split';
  const known = cache.get(bestMatch);
  if (known !== undefined && wasKnown(known)) {
    return cache.anyBetween(bestMatch, target, wasKnown) ? 'larger-part' : 'no-split';
  }
  const [closest] = cache.closest(target, 1, wasKnown);
  return closest !== undefined && isCloser(closest.id, bestMatch, target) ? 'larger-part' : 'smaller-part';
}

/** 3.2.6.2.1.1: larger estimates come from one name that is registered many times. */
const ESTIMATE_LIMIT = 2 ** 32;

export interface CloudSize {
  readonly ids: number;
  readonly nodes: number;
}

/** 3.2.6.2.1.1, from how close the neighbours of the local ids are; `undefined` while none has one on each side. */
export function cloudSize<E extends RingEntry>(leafSets: readonly LeafSet<E>[]): CloudSize | undefined {
  const estimates = leafSets
    .map(({ nearestLower, nearestHigher }) =>
      nearestLower && nearestHigher
        ? Number(2n * RING_SIZE) / Number(upward(nearestLower.id, nearestHigher.id))
        : Number.POSITIVE_INFINITY,
    )
    .filter((estimate) => estimate < ESTIMATE_LIMIT);
  if (estimates.length === 0) return undefined;
  const ids = estimates.reduce((sum, estimate) => sum + estimate, 0) / estimates.length;
  return { ids, nodes: ids / leafSets.length };
}

/**
 * 3.2.6.2.1: tests are to come at a constant rate over the whole cloud, so a node makes one with a chance that falls as
 * the cloud grows. No rate is published; this is about one test a maintenance period.
 */
export function splitTestIsDue<E extends RingEntry>(leafSets: readonly LeafSet<E>[], random: Random): boolean {
  const nodes = cloudSize(leafSets)?.nodes ?? 1;
  return random.below(Math.max(1, Math.round(nodes))) === 0;
}
