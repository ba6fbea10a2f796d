import { describe, expect, test } from 'vitest';
import type { RingEntry } from '#fallback/routing/entry';
import { LeafSet } from '#fallback/routing/leaf-set';
import { moved, RING_SIZE, type RingId } from '#fallback/routing/ring';
import { RouteCache } from '#fallback/routing/route-cache';
import { offer } from '#fallback/routing/solicit';
import { cloudSize, splitTestIsDue, splitVerdict } from '#fallback/routing/split';
import { node } from './nodes.js';
import { SeededRandom } from './seeded-random.js';

function cacheOf(ids: readonly RingId[]): RouteCache<RingEntry> {
  const cache = new RouteCache<RingEntry>({ centre: 0n, levelCapacity: 20 });
  for (const id of ids) cache.insert(node(id));
  return cache;
}

function leafSetOf(localId: RingId, ids: readonly RingId[]): LeafSet<RingEntry> {
  const leafSet = new LeafSet<RingEntry>(localId);
  for (const id of ids) leafSet.insert(node(id));
  return leafSet;
}

describe('split verdict', () => {
  const local = 100n;
  const judge = (bestMatch: RingId, cached: RingId[], found: RingId[] = []) =>
    splitVerdict({
      bestMatch,
      target: local + 1n,
      cache: cacheOf(cached),
      isLocal: (id) => id === local,
      isNew: (id) => found.includes(id),
    });

  test.each<[string, RingId, RingId[], string]>([
    ['known, with nothing between', 110n, [90n, 110n, 120n], 'no-split'],
    ['known, with something between', 120n, [110n, 120n], 'larger-part'],
    ['unknown, and the closest', 110n, [120n, 80n], 'smaller-part'],
    ['unknown, with something closer', 120n, [110n], 'larger-part'],
    ['unknown, with something closer on the other side', 120n, [95n], 'larger-part'],
    ['unknown, and nothing is known', 110n, [], 'smaller-part'],
    ['an own id', 100n, [110n], 'no-split'],
    ['known, below, with only the local id between', 90n, [90n], 'no-split'],
  ])('%s', (_, bestMatch, cached, verdict) => {
    expect(judge(bestMatch, cached)).toBe(verdict);
  });

  test('what the search itself brought into the cache was not known', () => {
    expect(judge(110n, [110n, 120n], [110n])).toBe('smaller-part');
    expect(judge(120n, [110n, 120n], [110n, 120n])).toBe('smaller-part');
    expect(judge(120n, [110n, 120n], [110n])).toBe('no-split');
  });
});

describe('cloud size', () => {
  const local = 5n;
  const neighbours = (below: bigint, above: bigint) =>
    leafSetOf(local, [moved(local, -below), moved(local, above), moved(local, above * 2n)]);

  test('B-22', () => {
    expect(cloudSize([neighbours(1n << 240n, 3n << 240n)])).toEqual({ ids: 32768, nodes: 32768 });
  });

  test('the average over local ids, shared by them', () => {
    const small = neighbours(1n << 240n, 3n << 240n);
    const large = neighbours(1n << 239n, 3n << 239n);
    const oneSided = leafSetOf(local, [9n]);
    const crowded = neighbours(1n << 223n, 1n << 224n);
    expect(cloudSize([small, large])).toEqual({ ids: 49152, nodes: 24576 });
    expect(cloudSize([small, large, oneSided, crowded])).toEqual({ ids: 49152, nodes: 12288 });
  });

  test('2^32 and more are left out', () => {
    expect(cloudSize([neighbours(1n << 224n, 1n << 224n)])).toBeUndefined();
    expect(cloudSize([neighbours(1n << 224n, (1n << 224n) + (1n << 190n))])?.ids).toBeLessThan(2 ** 32);
    expect(cloudSize([leafSetOf(local, [])])).toBeUndefined();
    expect(cloudSize([])).toBeUndefined();
  });

  test('in an even cloud it is its size', () => {
    const ids = Array.from({ length: 500 }, (_, i) => (RING_SIZE / 500n) * BigInt(i));
    expect(cloudSize([leafSetOf(ids[7] as RingId, ids)])?.ids).toBeCloseTo(500, 6);
  });

  test('tests come about once a period over the whole cloud', () => {
    const random = new SeededRandom(6);
    const due = (leafSets: LeafSet<RingEntry>[], periods: number) =>
      Array.from({ length: periods }, () => splitTestIsDue(leafSets, random)).filter(Boolean).length;
    expect(due([leafSetOf(local, [])], 50)).toBe(50);
    const hundred = Array.from({ length: 100 }, (_, i) => (RING_SIZE / 100n) * BigInt(i));
    const tests = due([leafSetOf(hundred[3] as RingId, hundred)], 10_000);
    expect(tests).toBeGreaterThan(60);
    expect(tests).toBeLessThan(140);
  });
});

describe('offer of an ADVERTISE', () => {
  const local = [node(7n), node(8n)];
  const offered = (cached: RingId[], onlyLocal = false, own: readonly RingEntry[] = local) =>
    offer({ cache: cacheOf(cached), local: own, onlyLocal, random: new SeededRandom(5) }).map(({ id }) => id);

  test('five from the cache', () => {
    const ids = offered([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(new Set(ids).size).toBe(5);
    expect(ids.every((id) => id < 7n)).toBe(true);
    expect(offered([1n, 2n, 3n, 4n, 5n])).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  test('own ids too while the cache has fewer', () => {
    expect(offered([1n, 2n, 3n, 4n])).toEqual([1n, 2n, 3n, 4n, 7n]);
    expect(offered([])).toEqual([7n, 8n]);
    expect(offered([], false, [])).toEqual([]);
  });

  test('SolicitType 1: only own ids', () => {
    expect(offered([1n, 2n, 3n, 4n, 5n, 6n], true)).toEqual([7n, 8n]);
  });

  test('no more than five, whatever there is', () => {
    const many = Array.from({ length: 360 }, (_, i) => node(BigInt(i + 10)));
    expect(offered([1n], false, many)).toHaveLength(5);
    expect(offered([1n], true, many)).toHaveLength(5);
  });
});
