import { type Endpoint, isListed, type RingEntry, sameEndpoint } from './entry.js';
import type { LeafSet } from './leaf-set.js';
import { isAbove, type RingId } from './ring.js';
import type { RouteCache } from './route-cache.js';

/** [MS-PNRP] 2.2.2.4: Already Flooded List. */
const LIST_LIMIT = 22;

/** Which end of a list that is too long goes. */
// UNCONFIRMED: pnrp.flooded-list
export type Dropped = 'oldest' | 'newest';

/** The Already Flooded List with `added` at its end, each endpoint once. */
export function floodedList(received: readonly Endpoint[], added: readonly Endpoint[], drop: Dropped): Endpoint[] {
  const list: Endpoint[] = [];
  for (const endpoint of [...received, ...added]) {
    if (!list.some((known) => sameEndpoint(known, endpoint))) list.push(endpoint);
  }
  return drop === 'oldest' ? list.slice(-LIST_LIMIT) : list.slice(0, LIST_LIMIT);
}

export interface Announcement<E> {
  readonly targets: readonly E[];
  readonly alreadyFlooded: readonly Endpoint[];
}

/**
 * 3.2.5.11, when a leaf set has taken `subject` in: the nearest cached nodes above and below it are told, unless the
 * FLOOD that brought it lists them. Neither the subject nor this node needs to be told.
 */
export function announcement<E extends RingEntry>(options: {
  readonly subject: E;
  readonly cache: RouteCache<E>;
  /** The list of the FLOOD that brought the subject; empty when something else did. */
  readonly received: readonly Endpoint[];
  readonly own: readonly Endpoint[];
  readonly drop: Dropped;
}): Announcement<E> {
  const { subject, cache, received, own, drop } = options;
  const told = [...received, ...own, ...subject.addresses.map((address) => ({ address, port: subject.port }))];
  const isUntold = (entry: E) => !isListed(entry, told, 'endpoint');
  const targets: E[] = [];
  const above = cache.nearestAbove(subject.id, isUntold);
  if (above !== undefined) {
    targets.push(above);
    told.push(firstEndpoint(above));
  }
  const below = cache.nearestBelow(subject.id, isUntold);
  if (below !== undefined) targets.push(below);
  const isOwnListed = received.some((endpoint) => own.some((mine) => sameEndpoint(mine, endpoint)));
  const added = [...(isOwnListed ? [] : own.slice(0, 1)), ...targets.map(firstEndpoint)];
  return { targets, alreadyFlooded: floodedList(received, added, drop) };
}

/**
 * Who gets the entry of the local id whose leaf set took `subject` in: the subject, so that it learns its neighbours
 * (4.4), and who sent the FLOOD that brought it (3.2.5.11), under id zero when none is cached for its endpoint.
 */
export function introductions(
  subject: RingEntry,
  floodSource: Endpoint | undefined,
  cache: RouteCache<RingEntry>,
): RingEntry[] {
  if (floodSource === undefined || subject.addresses.includes(floodSource.address)) return [subject];
  const { address, port } = floodSource;
  return [subject, { id: cache.findByEndpoint(address, port)?.id ?? 0n, port, addresses: [address] }];
}

/**
 * 4.3: a revoke that took `revoked` out of a leaf set travels on, away from that id: to the nearest member on the
 * other side that has not had it.
 */
export function revokeTarget<E extends RingEntry>(
  leafSet: LeafSet<E>,
  revoked: RingId,
  told: readonly Endpoint[],
): E | undefined {
  const side = isAbove(leafSet.localId, revoked) ? leafSet.lower : leafSet.higher;
  return side.find((entry) => !isListed(entry, told, 'endpoint'));
}

/** What is to be validated for a leaf set that lost a member: the nearest cached entry on each side that it now admits. */
export function replacements<E extends RingEntry>(leafSet: LeafSet<E>, cache: RouteCache<E>): E[] {
  const { localId } = leafSet;
  const isMissing = ({ id }: E) => !leafSet.has(id) && leafSet.admits(id);
  const above = cache.nearestAbove(localId, (entry) => isAbove(localId, entry.id) && isMissing(entry));
  const below = cache.nearestBelow(localId, (entry) => !isAbove(localId, entry.id) && isMissing(entry));
  return [above, below].filter((entry) => entry !== undefined);
}

export interface Departure<E> {
  /** Who is told that the id is gone. */
  readonly revokeTo: readonly E[];
  /** At either edge of the leaf set a place is free now: who closes it, and with which entry. */
  readonly repairs: readonly { readonly to: E; readonly entry: E }[];
}

/** 3.2.4.2 steps 2 and 3. With fewer than five known on a side, the farthest known stands for the fifth. */
export function departure<E extends RingEntry>(leafSet: LeafSet<E>): Departure<E> {
  const { nearestLower, nearestHigher, farthestLower, farthestHigher } = leafSet;
  const repair = (to: E | undefined, entry: E | undefined) => (to && entry ? [{ to, entry }] : []);
  return {
    revokeTo: [nearestHigher, nearestLower].filter((entry) => entry !== undefined),
    repairs: [...repair(farthestLower, nearestHigher), ...repair(farthestHigher, nearestLower)],
  };
}

function firstEndpoint({ addresses, port }: RingEntry): Endpoint {
  return { address: addresses[0] as string, port };
}
