import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RingEntry } from '#fallback/routing/entry';
import { LeafSet } from '#fallback/routing/leaf-set';
import { distance, HALF_RING, isBetween, matchingBits, RING_SIZE, type RingId, upward } from '#fallback/routing/ring';
import { RouteCache } from '#fallback/routing/route-cache';
import { anyId, node } from './nodes.js';
import { SeededRandom } from './seeded-random.js';

const levelCapacity = 20;

function cacheOf(ids: readonly RingId[], centre: RingId = 0n): RouteCache<RingEntry> {
  const cache = new RouteCache<RingEntry>({ centre, levelCapacity });
  for (const id of ids) cache.insert(node(id));
  return cache;
}

const idsOf = (entries: Iterable<RingEntry>) => Array.from(entries, ({ id }) => id);
const few = fc.uniqueArray(anyId, { maxLength: levelCapacity });

/** Operations as a hostile or busy cloud would bring them about. */
const churn = fc.array(
  fc.record({ act: fc.constantFrom('learn', 'learn', 'learn', 'learn', 'forget', 'recentre'), id: anyId }),
  { maxLength: 300 },
);

describe('route cache', () => {
  test('finds what it holds', () => {
    fc.assert(
      fc.property(few, anyId, (ids, other) => {
        const cache = cacheOf(ids);
        expect(idsOf(cache.entries())).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
        expect(cache.size).toBe(ids.length);
        for (const id of ids) expect(cache.get(id)?.id).toBe(id);
        expect(cache.get(other) !== undefined).toBe(ids.includes(other));
        expect(cache.delete(other)).toBe(ids.includes(other));
        expect(cache.get(other)).toBeUndefined();
      }),
    );
  });

  test('closest, above and below agree with a search of all', () => {
    fc.assert(
      fc.property(few, anyId, fc.integer({ min: 0, max: 5 }), fc.boolean(), (ids, target, count, evenOnly) => {
        const cache = cacheOf(ids);
        const accept = ({ id }: RingEntry) => !evenOnly || id % 2n === 0n;
        const accepted = ids.filter((id) => accept(node(id)));
        const reach = (id: RingId) => distance(id, target);
        const byDistance = accepted.map(reach).sort((a, b) => (a < b ? -1 : 1));
        expect(idsOf(cache.closest(target, count, accept)).map(reach)).toEqual(byDistance.slice(0, count));
        const others = accepted.filter((id) => id !== target);
        const byHeight = others.sort((a, b) => (upward(target, a) < upward(target, b) ? -1 : 1));
        expect(cache.nearestAbove(target, accept)?.id).toBe(byHeight.at(0));
        expect(cache.nearestBelow(target, accept)?.id).toBe(byHeight.at(-1));
      }),
    );
  });

  test('anyBetween looks at the shorter way', () => {
    fc.assert(
      fc.property(few, anyId, anyId, (ids, a, b) => {
        fc.pre(distance(a, b) !== HALF_RING);
        const [low, high] = upward(a, b) < HALF_RING ? [a, b] : [b, a];
        const between = ids.some((id) => isBetween(low, id, high));
        expect(cacheOf(ids).anyBetween(a, b)).toBe(between);
        expect(cacheOf(ids).anyBetween(b, a)).toBe(between);
      }),
    );
  });

  test('replaces the entry of an id', () => {
    const cache = cacheOf([1n, 2n]);
    const moved = node(2n, 'elsewhere');
    expect(cache.insert(moved)).toBe(true);
    expect(cache.size).toBe(2);
    expect(cache.get(2n)).toBe(moved);
    expect(cache.findByEndpoint('address of elsewhere', 3540)).toBe(moved);
    expect(cache.findByEndpoint('address of elsewhere', 3541)).toBeUndefined();
    expect(cache.findByEndpoint('address of 2', 3540)).toBeUndefined();
  });

  test('stays within its bounds at ten times their load, however the ids lie', () => {
    const random = new SeededRandom(1);
    const cache = cacheOf([]);
    const bound = levelCapacity * 10;
    for (let i = 0; i < bound * 10; i++) {
      // As many ids a power of ten around the centre, which no honest cloud has.
      const id = random.id() / 10n ** BigInt(random.below(20));
      const taken = cache.insert(node(id));
      expect(taken).toBe(cache.get(id) !== undefined);
      expect(cache.size).toBeLessThanOrEqual(bound);
    }
    expect(cache.levels).toBe(10);
    expect(cache.size + cache.fallen).toBe(bound * 10);
    for (let level = 0; level < 10; level++) expect(inLevel(cache, 0n, level, 10)).toBeLessThanOrEqual(levelCapacity);
    expect(cache.occupancy()).toEqual(Array.from({ length: 10 }, (_, level) => inLevel(cache, 0n, level, 10)));
  });

  test('says how full its levels are, wherever its centre lies', () => {
    fc.assert(
      fc.property(fc.array(anyId, { maxLength: 60 }), anyId, (ids, centre) => {
        const cache = new RouteCache<RingEntry>({ centre, levelCapacity: 4 });
        for (const id of ids) cache.insert(node(id));
        const { levels } = cache;
        expect(cache.occupancy()).toEqual(
          Array.from({ length: levels }, (_, at) => inLevel(cache, centre, at, levels)),
        );
      }),
      // All entries in a level that goes past zero: it begins and ends at one place.
      { examples: [[[1n, 2n, 3n, 4n, 5n], 0n]] },
    );
  });

  test('never loses a leaf set member, nor more than its bounds allow', () => {
    fc.assert(
      fc.property(anyId, churn, (localId, acts) => {
        const cache = new RouteCache<RingEntry>({ centre: localId, levelCapacity: 4 });
        const leafSet = new LeafSet<RingEntry>(localId);
        const pinned = (id: RingId) => leafSet.has(id);
        for (const { act, id } of acts) {
          if (act === 'learn') {
            leafSet.insert(node(id));
            const taken = cache.insert(node(id), pinned);
            expect(taken || !pinned(id)).toBe(true);
          } else if (act === 'forget') {
            leafSet.remove(id);
            cache.delete(id);
          } else {
            cache.recentre(id, pinned);
          }
          for (const member of leafSet.members()) expect(cache.get(member.id)?.id).toBe(member.id);
          expect(cache.size).toBeLessThanOrEqual(10 * 4 + 10);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a level opens when the one above is full, and closes when it is not', () => {
    const spacing = RING_SIZE / 40n;
    const ids = Array.from({ length: 40 }, (_, i) => BigInt(i) * spacing);
    const cache = cacheOf(ids.slice(0, 20));
    expect(cache.levels).toBe(1);
    cache.insert(node(ids[20] as RingId));
    expect(cache.levels).toBe(2);
    cache.delete(ids[20] as RingId);
    expect(cache.levels).toBe(1);
  });

  test('a full level stays evenly spread', () => {
    const random = new SeededRandom(2);
    const cache = cacheOf([]);
    for (let i = 0; i < 2000; i++) cache.insert(node(random.id()));
    const span = RING_SIZE;
    const top = cache.largestGap(0);
    // Twenty entries a level: a gap would be a twentieth of it at best.
    expect(top.size).toBeLessThan(span / 8n);
    expect(top.excessive).toBe(false);
    expect(cache.largestGap(1).size).toBeLessThan(span / 80n);
    // 2000 ids: a level for each power of ten above the twenty nearest.
    expect(cache.levels).toBe(3);
    expect(cache.size).toBeLessThanOrEqual(60);
  });

  test('of crowded entries one falls out, but no pinned one', () => {
    // Twenty in the top level, none in what the next would cover.
    const spread = Array.from({ length: 20 }, (_, i) => (HALF_RING * BigInt(30 + 17 * i)) / 200n);
    const cache = cacheOf(spread);
    const old = spread[7] as RingId;
    const twin = old + 1n;
    expect(cache.insert(node(twin))).toBe(false);
    expect(cache.insert(node(twin), (id) => id === twin)).toBe(true);
    expect(cache.get(old)).toBeUndefined();
    expect(cache.insert(node(old), (id) => id === twin)).toBe(false);
    expect(cache.insert(node(old), () => true)).toBe(true);
    expect(cache.size).toBe(21);
    expect(cache.fallen).toBe(3);
  });

  test('a new centre arranges the levels anew', () => {
    const random = new SeededRandom(3);
    const cache = cacheOf([]);
    for (let i = 0; i < 1000; i++) cache.insert(node(random.id()));
    const before = cache.size;
    const pinned = [...cache.entries()].slice(0, 3).map(({ id }) => id);
    cache.recentre(HALF_RING, (id) => pinned.includes(id));
    expect(cache.size).toBeLessThan(before);
    for (const id of pinned) expect(cache.get(id)).toBeDefined();
    const { levels } = cache;
    for (let level = 0; level < levels; level++) {
      expect(inLevel(cache, HALF_RING, level, levels)).toBeLessThanOrEqual(levelCapacity);
    }
  });

  test('a spread goes all round the ring', () => {
    const random = new SeededRandom(4);
    const cache = cacheOf([]);
    for (let i = 0; i < 1000; i++) cache.insert(node(random.id()));
    for (let i = 0; i < 50; i++) {
      const ids = idsOf(cache.spread(5, random));
      expect(new Set(ids).size).toBe(5);
      const ordered = ids.toSorted((a, b) => (a < b ? -1 : 1));
      for (const [index, id] of ordered.entries()) {
        const gap = upward(id, ordered[(index + 1) % 5] as RingId);
        expect(gap).toBeGreaterThan(RING_SIZE / 20n);
        expect(gap).toBeLessThan((RING_SIZE * 2n) / 5n);
      }
    }
    expect(idsOf(cacheOf([1n, 2n]).spread(5, random))).toEqual([1n, 2n]);
    expect(cacheOf([]).spread(5, random)).toEqual([]);
  });

  test('the largest gap, and the precision that just fills it', () => {
    const empty = cacheOf([], 5n);
    expect(empty.largestGap(0)).toMatchObject({ size: RING_SIZE, middle: 5n + HALF_RING, excessive: true });
    fc.assert(
      fc.property(few, anyId, (ids, centre) => {
        const cache = cacheOf(ids, centre);
        const { size, middle, precision } = cache.largestGap(0);
        const marks = [...new Set([...ids, centre])].sort((a, b) => (a < b ? -1 : 1));
        const gaps = marks.map((id, i) => upward(id, marks[(i + 1) % marks.length] as RingId) || RING_SIZE);
        expect(gaps.every((gap) => gap <= size)).toBe(true);
        expect(gaps).toContain(size);
        const reach = (bits: number) => {
          const block = 1n << BigInt(256 - bits);
          const first = (middle / block) * block;
          return marks.some((id) => matchingBits(id, first) >= bits);
        };
        expect(reach(precision)).toBe(false);
        if (precision > 0) expect(reach(precision - 1)).toBe(true);
      }),
    );
  });
});

function inLevel(cache: RouteCache<RingEntry>, centre: RingId, level: number, levels: number): number {
  const radius = (at: number) => HALF_RING / 10n ** BigInt(at);
  return [...cache.entries()].filter(({ id }) => {
    const reach = distance(id, centre);
    return reach <= radius(level) && (level === levels - 1 || reach > radius(level + 1));
  }).length;
}
