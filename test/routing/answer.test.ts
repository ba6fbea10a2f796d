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

/** What is chosen, of `count` tickets at even distances. */
function chosen(
  cached: readonly RingId[],
  count: number,
  question: Partial<LookupQuestion<RingEntry>> = {},
): (RingId | undefined)[] {
  const random = new SeededRandom(1);
  return Array.from({ length: count }, (_, n) => {
    random.below = (bound) => Math.floor(((n + 0.5) * bound) / count);
    return answer(cached, { ...question, random }).entry?.id;
  });
}

describe('answer to a LOOKUP', () => {
  test('D-25: one of the three closest, 4 to 2 to 1 where they are equally close', () => {
    const [above, below, next] = [1001n << 200n, 999n << 200n, (1001n << 200n) + 1n];
    const all = [above, below, next, 500n << 200n];
    const target = 1000n << 200n;
    const ids = chosen(all, 7, { target });
    const count = (id: RingId) => ids.filter((it) => it === id).length;
    expect([count(above) + count(below), count(next)]).toEqual([6, 1]);
    expect([4, 2]).toContain(count(above));
  });

  test('D-25: one that is farther than the closest is chosen less often, by the square', () => {
    // 100, 200 and 400 away: 4 to 2/4 to 1/16.
    const ids = chosen([900n, 800n, 600n, 500n], 73);
    const count = (id: RingId) => ids.filter((it) => it === id).length;
    expect([900n, 800n, 600n, 500n].map(count)).toEqual([64, 8, 1, 0]);
    expect(chosen([900n, 800n], 9).filter((id) => id === 800n)).toHaveLength(1);
    expect(chosen([600n], 3)).toEqual([600n, 600n, 600n]);
  });

  test('the target itself, where it is known', () => {
    expect(new Set(chosen([target, 999n, 998n], 9))).toEqual(new Set([target]));
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
