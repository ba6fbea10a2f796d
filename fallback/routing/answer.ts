import type { Random } from '../../lib/backend/contract/host.js';
import { type Endpoint, isListed, type Membership, type RingEntry } from './entry.js';
import type { LeafSet } from './leaf-set.js';
import { isCloser, type RingId } from './ring.js';
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

/** How often the closest, the second and the third remote match are chosen: a spread of the load, and of the risk. */
const WEIGHTS: readonly number[] = [4, 2, 1];

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

function weightedChoice<E>(closestFirst: readonly E[], random: Random): E | undefined {
  if (closestFirst.length === 0) return undefined;
  const weights = WEIGHTS.slice(0, closestFirst.length);
  let ticket = random.below(weights.reduce((sum, weight) => sum + weight, 0));
  return closestFirst.find((_, index) => {
    ticket -= weights[index] as number;
    return ticket < 0;
  });
}
