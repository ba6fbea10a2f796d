import type { Random } from '../../lib/backend/contract/host.js';
import { type Endpoint, isListed, type Membership, type RingEntry } from './entry.js';
import type { LeafSet } from './leaf-set.js';
import { distance, isCloser, type RingId } from './ring.js';
import type { RouteCache } from './route-cache.js';

export interface LookupQuestion<E extends RingEntry> {
  readonly target: RingId;
  /** Validate PNRP ID; zero when the asker knows no id of this node. */
  readonly validate: RingId;
  /** A: nodes that are not closer than `validate` will do. */
  readonly acceptAny: boolean;
  readonly flaggedPath: readonly Endpoint[];
  /** The entries of the ids registered here. */
  readonly local: readonly E[];
  readonly leafSets: Iterable<LeafSet<E>>;
  readonly cache: RouteCache<E>;
  readonly membership: Membership;
  readonly random: Random;
}

export interface Referral<E> {
  readonly entry: E | undefined;
  /** N */
  readonly notRegistered: boolean;
  /** L */
  readonly suspicious: boolean;
}

/**
 * D-25: how often the closest, the second and the third remote match are chosen, a spread of the load and of the risk,
 * were they about equally close. Each is chosen less often by the square of how much farther it is than the closest, so
 * that the way gets hardly longer.
 */
const WEIGHTS: readonly number[] = [4, 2, 1];
/** Fine enough for the smallest share that matters. */
const TICKETS = 2 ** 32;

/** [MS-PNRP] 3.2.5.2: what a publisher answers to a LOOKUP. */
export function referral<E extends RingEntry>(question: LookupQuestion<E>): Referral<E> {
  const { target, validate, acceptAny, flaggedPath, cache, membership } = question;
  const notRegistered = validate !== 0n && !question.local.some(({ id }) => id === validate);
  const isCloserThanValidate = ({ id }: RingEntry) => validate === 0n || isCloser(id, validate, target);
  const isNotInPath = (entry: RingEntry) => !isListed(entry, flaggedPath, membership);

  const nearestLocal = closestOf(question.local, target);
  const local =
    nearestLocal !== undefined && isNotInPath(nearestLocal) && (notRegistered || isCloserThanValidate(nearestLocal))
      ? nearestLocal
      : undefined;
  const remote = weightedChoice(
    cache.closest(target, WEIGHTS.length, (entry) => (acceptAny || isCloserThanValidate(entry)) && isNotInPath(entry)),
    target,
    question.random,
  );
  return {
    entry: closestOf(
      [local, remote].filter((entry) => entry !== undefined),
      target,
    ),
    notRegistered,
    suspicious: remote === undefined && [...question.leafSets].some((leafSet) => leafSet.covers(target)),
  };
}

function closestOf<E extends RingEntry>(entries: readonly E[], target: RingId): E | undefined {
  return entries.reduce<E | undefined>(
    (best, entry) => (best === undefined || isCloser(entry.id, best.id, target) ? entry : best),
    undefined,
  );
}

function weightedChoice<E extends RingEntry>(
  closestFirst: readonly E[],
  target: RingId,
  random: Random,
): E | undefined {
  const [closest] = closestFirst;
  if (closest === undefined) return undefined;
  const least = Number(distance(closest.id, target));
  const weights = closestFirst.map(({ id }, place) => {
    const closeness = place === 0 ? 1 : least / Number(distance(id, target));
    return closeness ** 2 * (WEIGHTS[place] as number);
  });
  let ticket = (random.below(TICKETS) / TICKETS) * weights.reduce((sum, weight) => sum + weight, 0);
  return closestFirst.find((_, place) => {
    ticket -= weights[place] as number;
    return ticket < 0;
  });
}
