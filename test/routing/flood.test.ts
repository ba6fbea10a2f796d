import { describe, expect, test } from 'vitest';
import type { Endpoint, RingEntry } from '#fallback/routing/entry';
import {
  announcement,
  departure,
  floodedList,
  introductions,
  replacements,
  revokeTarget,
} from '#fallback/routing/flood';
import { LeafSet } from '#fallback/routing/leaf-set';
import { isCloser, type RingId } from '#fallback/routing/ring';
import { RouteCache } from '#fallback/routing/route-cache';
import { endpointOf, node } from './nodes.js';
import { SeededRandom } from './seeded-random.js';

/** The nodes of the example in 4.4, on their way round the ring. */
const order = ['A', 'B', 'C', 'D', 'E', 'F', 'Y', 'X', 'G', 'H', 'I', 'J', 'K', 'L'] as const;
type Name = (typeof order)[number];
const named = (name: Name) => node(BigInt(order.indexOf(name) + 1) * 1000n, name);
const list = (names: string) => [...names].map((name) => endpointOf(named(name as Name)));
const names = (endpoints: readonly Endpoint[]) =>
  new Set(endpoints.map(({ address }) => address.replace('address of ', '')));

function cacheOf(entries: readonly RingEntry[]): RouteCache<RingEntry> {
  const cache = new RouteCache<RingEntry>({ centre: 0n, levelCapacity: 20 });
  for (const entry of entries) cache.insert(entry);
  return cache;
}

function leafSetOf(localId: RingId, ids: readonly RingId[]): LeafSet<RingEntry> {
  const leafSet = new LeafSet<RingEntry>(localId);
  for (const id of ids) leafSet.insert(node(id));
  return leafSet;
}

/** What `who`, knowing `known`, does about X when a FLOOD with the list `received` brought it. */
function wave(who: Name, known: string, received: string) {
  const { targets, alreadyFlooded } = announcement({
    subject: named('X'),
    cache: cacheOf([...known].map((name) => named(name as Name))),
    received: list(received),
    own: list(who),
    drop: 'oldest',
  });
  return { targets: names(targets.map(endpointOf)), list: names(alreadyFlooded) };
}

describe('announcement of a new leaf set member', () => {
  test.each([
    ['Y', 'BCDEFGHIJK', '', 'FG', 'YFG'],
    ['F', 'ABCDEYGHIJ', 'YFG', 'EH', 'YFGEH'],
    ['G', 'CDEFYHIJKL', 'YFG', 'EH', 'YFGEH'],
    ['E', 'ABCDFYGHI', 'YFGEH', 'DI', 'YFGEHDI'],
    ['H', 'DEFYGIJKL', 'YFGEH', 'DI', 'YFGEHDI'],
    ['D', 'ABCEFYGHL', 'YFGEHDI', 'CL', 'YFGEHDICL'],
    ['I', 'AEFYGHJKL', 'YFGEHDI', 'AJ', 'YFGEHDIAJ'],
  ] as const)('the example of 4.4: %s', (who, known, received, targets, flooded) => {
    expect(wave(who, known, received)).toEqual({ targets: new Set(targets), list: new Set(flooded) });
  });

  test('tells two nodes, never the subject, itself, or one node twice', () => {
    const x = named('X');
    const y = named('Y');
    const twin = { ...named('G'), id: named('F').id };
    const cache = cacheOf([named('G'), twin, { ...y, id: 3n }, { ...x, id: x.id + 1n }]);
    const { targets, alreadyFlooded } = announcement({
      subject: x,
      cache,
      received: [],
      own: [endpointOf(y), { address: 'second address of Y', port: 3540 }],
      drop: 'oldest',
    });
    expect(targets).toEqual([named('G')]);
    expect(alreadyFlooded).toEqual(list('YG'));
  });

  test('an own endpoint that the list has needs no second', () => {
    const second = { address: 'second address of Y', port: 3540 };
    const own = [endpointOf(named('Y')), second];
    const subject = named('X');
    const flooded = (received: Endpoint[]) =>
      announcement({ subject, cache: cacheOf([]), received, own, drop: 'oldest' }).alreadyFlooded;
    expect(flooded([second])).toEqual([second]);
    expect(flooded(list('F'))).toEqual(list('FY'));
  });

  test('reaches every node whose leaf set has a place for the new id', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new SeededRandom(seed);
      const subject = node(random.id());
      const ids = Array.from({ length: 2 + random.below(40) }, () => random.id());
      const leafSets = new Map(ids.map((id) => [id, leafSetOf(id, ids)]));
      const nearest = ids.reduce((best, id) => (isCloser(id, best, subject.id) ? id : best));
      const inbox = [{ id: nearest, received: [] as readonly Endpoint[] }];
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
        const leafSet = leafSets.get(next.id) as LeafSet<RingEntry>;
        if (leafSet.has(subject.id) || !leafSet.admits(subject.id)) continue;
        const cache = cacheOf(leafSet.members());
        leafSet.insert(subject);
        const own = [endpointOf(node(next.id))];
        const told = announcement({ subject, cache, received: next.received, own, drop: 'oldest' });
        for (const { id } of told.targets) inbox.push({ id, received: told.alreadyFlooded });
      }
      for (const leafSet of leafSets.values()) expect(leafSet.covers(subject.id)).toBe(leafSet.has(subject.id));
    }
  });
});

describe('already flooded list', () => {
  const many = Array.from({ length: 21 }, (_, port) => ({ address: 'somewhere', port }));
  const [first, second] = list('FG');

  test('holds each endpoint once', () => {
    expect(floodedList(list('YFG'), list('GEH'), 'oldest')).toEqual(list('YFGEH'));
    expect(floodedList(list('YFG'), list('FG'), 'newest')).toEqual(list('YFG'));
  });

  test('reading pnrp.flooded-list = oldest: the front of a full list is dropped', () => {
    expect(floodedList(many, list('FG'), 'oldest')).toEqual([...many.slice(1), first, second]);
  });

  test('reading pnrp.flooded-list = newest: the end of a full list is dropped', () => {
    expect(floodedList(many, list('FG'), 'newest')).toEqual([...many, first]);
  });
});

describe('introduction of the local id that took the new one in', () => {
  test('D-33: to the newcomer and to the sender of the FLOOD', () => {
    const sender = endpointOf(named('F'));
    expect(introductions(named('X'), sender, cacheOf([named('F')]))).toEqual([named('X'), named('F')]);
    expect(introductions(named('X'), sender, cacheOf([]))).toEqual([named('X'), { ...named('F'), id: 0n }]);
  });

  test('to the newcomer alone when it announced itself', () => {
    expect(introductions(named('X'), undefined, cacheOf([]))).toEqual([named('X')]);
    const otherPort = { ...endpointOf(named('X')), port: 4000 };
    expect(introductions(named('X'), otherPort, cacheOf([]))).toEqual([named('X')]);
  });
});

describe('departure', () => {
  const cloud = Array.from({ length: 11 }, (_, i) => BigInt(i + 1));
  const leafSets = new Map(cloud.map((id) => [id, leafSetOf(id, cloud)]));
  const leafSet = (id: RingId) => leafSets.get(id) as LeafSet<RingEntry>;

  test('the example of 4.3: node 6 leaves', () => {
    const { revokeTo, repairs } = departure(leafSet(6n));
    expect(revokeTo.map(({ id }) => id)).toEqual([7n, 5n]);
    expect(repairs.map(({ to, entry }) => [to.id, entry.id])).toEqual([
      [1n, 7n],
      [11n, 5n],
    ]);
  });

  test.each([
    [5n, [5n, 4n, 3n, 2n, 1n]],
    [7n, [7n, 8n, 9n, 10n, 11n]],
  ])('the example of 4.3: the revoke travels on from node %i', (start, way) => {
    const travelled: RingId[] = [];
    let at: RingId | undefined = start;
    const told = [endpointOf(node(6n))];
    while (at !== undefined && leafSet(at).has(6n)) {
      travelled.push(at);
      told.push(endpointOf(node(at)));
      at = revokeTarget(leafSet(at), 6n, told)?.id;
    }
    expect(travelled).toEqual(way);
  });

  test('a revoke passes over who had it', () => {
    expect(revokeTarget(leafSet(5n), 6n, [endpointOf(node(4n))])?.id).toBe(3n);
    expect(revokeTarget(leafSet(1n), 6n, [])).toBeUndefined();
  });

  test('D-28: the farthest known stands for the fifth', () => {
    const { repairs } = departure(leafSetOf(6n, [4n, 5n, 7n]));
    expect(repairs.map(({ to, entry }) => [to.id, entry.id])).toEqual([
      [4n, 7n],
      [7n, 5n],
    ]);
    expect(departure(leafSetOf(6n, [7n]))).toEqual({ revokeTo: [node(7n)], repairs: [] });
    expect(departure(leafSetOf(6n, []))).toEqual({ revokeTo: [], repairs: [] });
  });

  test('a leaf set that lost a member looks for the next nearest', () => {
    const cache = cacheOf(cloud.filter((id) => id !== 1n).map((id) => node(id)));
    const one = leafSetOf(1n, cloud);
    expect(replacements(one, cacheOf(one.members()))).toEqual([]);
    one.remove(4n);
    cache.delete(4n);
    // All others lie above: the lower side has room too, but nobody to fill it with.
    expect(replacements(one, cache)).toEqual([node(7n)]);
    const middle = leafSetOf(6n, [4n, 5n, 7n, 8n]);
    expect(replacements(middle, cache)).toEqual([node(9n), node(3n)]);
  });
});
