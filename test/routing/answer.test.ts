import { describe, expect, test } from 'vitest';
import { type LookupQuestion, referral } from '#fallback/routing/answer';
import type { RingEntry } from '#fallback/routing/entry';
import { LeafSet } from '#fallback/routing/leaf-set';
import type { RingId } from '#fallback/routing/ring';
import { RouteCache } from '#fallback/routing/route-cache';
import { endpointOf, node } from './nodes.js';
import { SeededRandom } from './seeded-random.js';

const target = 1000n;
const own = { id: 100n, port: 3540, addresses: ['own address', 'own second address'] };

/** The answer of a node that has `own` registered and caches `cached`. */
function answer(cached: readonly RingId[], question: Partial<LookupQuestion<RingEntry>> = {}) {
  const cache = new RouteCache<RingEntry>({ centre: own.id, levelCapacity: 20 });
  const leafSet = new LeafSet<RingEntry>(own.id);
  for (const id of cached) {
    cache.insert(node(id));
    leafSet.insert(node(id));
  }
  return referral({
    target,
    validate: own.id,
    acceptAny: false,
    flaggedPath: [{ address: 'asker', port: 3540 }],
    local: [own],
    leafSets: [leafSet],
    cache,
    membership: 'endpoint',
    random: new SeededRandom(1),
    ...question,
  });
}

/** Draws each ticket in turn. */
function tickets(): { random: SeededRandom; bounds: number[] } {
  const bounds: number[] = [];
  const random = new SeededRandom(1);
  let next = 0;
  random.below = (bound) => {
    bounds.push(bound);
    return next++ % bound;
  };
  return { random, bounds };
}

describe('answer to a LOOKUP', () => {
  test('D-25: one of the three closest, by 4 to 2 to 1', () => {
    const { random, bounds } = tickets();
    const ids = Array.from({ length: 7 }, () => answer([600n, 900n, 500n, 800n], { random }).entry?.id);
    expect(ids).toEqual([900n, 900n, 900n, 900n, 800n, 800n, 600n]);
    expect(new Set(bounds)).toEqual(new Set([7]));
  });

  test('of two, by 4 to 2; of one, that one', () => {
    const { random } = tickets();
    const ids = Array.from({ length: 6 }, () => answer([600n, 900n], { random }).entry?.id);
    expect(ids).toEqual([900n, 900n, 900n, 900n, 600n, 600n]);
    expect(answer([600n]).entry?.id).toBe(600n);
  });

  test('only closer nodes, unless A is set', () => {
    expect(answer([50n]).entry).toBeUndefined();
    expect(answer([50n], { acceptAny: true }).entry?.id).toBe(50n);
  });

  test('nobody in the path', () => {
    const flaggedPath = [endpointOf(node(900n))];
    expect(answer([600n, 900n], { flaggedPath }).entry?.id).toBe(600n);
    expect(answer([900n], { flaggedPath, acceptAny: true }).entry).toBeUndefined();
  });

  test('reading pnrp.path-membership = endpoint: another port of the host is somebody else', () => {
    const flaggedPath = [{ ...endpointOf(node(900n)), port: 4000 }];
    expect(answer([900n], { flaggedPath }).entry?.id).toBe(900n);
    expect(answer([900n], { flaggedPath, membership: 'endpoint' }).entry?.id).toBe(900n);
  });

  test('reading pnrp.path-membership = address: another port of the host is the same', () => {
    const flaggedPath = [{ ...endpointOf(node(900n)), port: 4000 }];
    expect(answer([900n], { flaggedPath, membership: 'address' }).entry).toBeUndefined();
  });

  test('an own id that is closer than the one asked by', () => {
    const closer = { ...own, id: 990n };
    const local = [own, closer, { ...own, id: 980n }];
    expect(answer([], { local }).entry).toBe(closer);
    expect(answer([900n], { local }).entry).toBe(closer);
    expect(answer([995n], { local }).entry?.id).toBe(995n);
    // Not the one asked by itself, and none once this node is in the path, by whichever address.
    expect(answer([]).entry).toBeUndefined();
    const flaggedPath = [{ address: 'own second address', port: 3540 }];
    expect(answer([], { local, flaggedPath }).entry).toBeUndefined();
  });

  test('N: the id asked by is not here, so any own id will do', () => {
    expect(answer([], { validate: 500n })).toMatchObject({ entry: own, notRegistered: true });
    expect(answer([600n], { validate: 500n })).toMatchObject({ entry: { id: 600n }, notRegistered: true });
    // Remote nodes still have to be closer than that id.
    expect(answer([400n], { validate: 500n, local: [] })).toMatchObject({ entry: undefined, notRegistered: true });
  });

  test('a zero id is asked by nobody: no N, nothing to compare with', () => {
    expect(answer([50n], { validate: 0n })).toMatchObject({ entry: own, notRegistered: false });
    expect(answer([200n], { validate: 0n })).toMatchObject({ entry: { id: 200n }, notRegistered: false });
  });

  test('L: nothing remote, although the target belongs in a leaf set', () => {
    expect(answer([50n])).toEqual({ entry: undefined, notRegistered: false, suspicious: true });
    expect(answer([600n]).suspicious).toBe(false);
    const full = [110n, 120n, 130n, 140n, 150n];
    const flaggedPath = full.map((id) => endpointOf(node(id)));
    expect(answer(full, { flaggedPath })).toMatchObject({ entry: undefined, suspicious: false });
    expect(answer(full, { flaggedPath, target: 145n, validate: own.id })).toMatchObject({ suspicious: true });
  });

  test('a node without ids knows nothing, and says that it has none', () => {
    expect(answer([], { local: [], leafSets: [] })).toEqual({
      entry: undefined,
      notRegistered: true,
      suspicious: false,
    });
  });
});
