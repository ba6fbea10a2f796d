import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Criteria, isAcceptable, isCloseEnough, type NearestReading } from '#fallback/routing/criteria';
import type { Endpoint, RingEntry } from '#fallback/routing/entry';
import { Lookup, type LookupAnswer, type LookupOptions, type LookupStep } from '#fallback/routing/lookup';
import { anyId, endpointOf, node, self } from './nodes.js';

type Answer = Partial<Omit<LookupAnswer<RingEntry>, 'from'>>;

/** A search in a large cloud, for exactly `target`. */
function search(target: bigint, options: Partial<LookupOptions<RingEntry>> = {}): Lookup<RingEntry> {
  return new Lookup<RingEntry>({
    target,
    criteria: { kind: 'none' },
    nearest: 'closest',
    reason: 'app-request',
    ownEndpoint: self,
    membership: 'endpoint',
    closest: () => undefined,
    cacheIsSmall: () => false,
    ...options,
  });
}

function asked(lookup: Lookup<RingEntry>): Extract<LookupStep<RingEntry>, { do: 'lookup' }> {
  const step = lookup.next();
  if (step.do !== 'lookup') throw new Error(`the search wants to ${step.do}`);
  return step;
}

function reply(lookup: Lookup<RingEntry>, hop: RingEntry, answer: Answer = {}) {
  return lookup.answered({ from: endpointOf(hop), notRegistered: false, suspicious: false, busy: false, ...answer });
}

/** Asks whoever is next and has it answer. */
function hear(lookup: Lookup<RingEntry>, answer: Answer = {}): RingEntry {
  const { hop } = asked(lookup);
  reply(lookup, hop, answer);
  return hop;
}

const target = 1000n;
const one = node(100n, 1);
const two = node(500n, 2);
const twoA = node(600n, '2a');
const three = node(target, 3);
const pathOf = (...nodes: RingEntry[]): Endpoint[] => [self, ...nodes.map(endpointOf)];

describe('search', () => {
  test('the published walk-through of 4.1.3', () => {
    const lookup = search(target, { closest: () => one });
    expect(asked(lookup)).toMatchObject({ hop: one, path: pathOf(), bestMatch: undefined, acceptAny: false });
    expect(reply(lookup, one, { newNextHop: two })).toEqual({ submit: one });
    expect(asked(lookup)).toMatchObject({ hop: two, path: pathOf(one), bestMatch: one });
    expect(reply(lookup, two)).toEqual({ submit: two });
    expect(asked(lookup)).toMatchObject({ hop: one, path: pathOf(one, two), bestMatch: two });
    reply(lookup, one, { newNextHop: twoA });
    expect(asked(lookup)).toMatchObject({ hop: twoA, path: pathOf(one, two), bestMatch: two });
    reply(lookup, twoA, { newNextHop: three });
    // The example leaves this LOOKUP out; the rules, and Windows' own trace, send it.
    expect(asked(lookup)).toMatchObject({ hop: three, path: pathOf(one, two, twoA), bestMatch: twoA });
    expect(reply(lookup, three)).toEqual({ submit: three });
    expect(lookup.next()).toEqual({ do: 'inquire', entry: three });
    expect(lookup.usefulHops).toBe(5);
  });

  test('an empty cache finds nothing', () => {
    expect(search(target).next()).toEqual({ do: 'finish', own: undefined });
  });

  test('where the only way is a node that is gone, it begins again at another, once for each that is gone', () => {
    const cached = [twoA, two, one];
    const lookup = search(target, { closest: (fresh) => cached.find(fresh) });
    expect(asked(lookup).hop).toBe(twoA);
    lookup.timedOut(endpointOf(twoA));
    expect(asked(lookup)).toMatchObject({ hop: two, path: pathOf(twoA) });
    reply(lookup, two);
    // That was a dead end, not a loss.
    expect(lookup.next()).toEqual({ do: 'finish', own: undefined });
  });

  test('without a match that is acceptable it ends without one', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup);
    expect(lookup.bestMatch).toBe(one);
    expect(lookup.next()).toEqual({ do: 'finish', own: undefined });
  });

  test('an acceptable match is inquired of when the search is exhausted', () => {
    const lookup = search(target, { closest: () => one, criteria: { kind: 'nearest-peername' } });
    hear(lookup);
    expect(lookup.next()).toEqual({ do: 'inquire', entry: one });
  });

  test('N: the hop is dropped and is no match, but what it refers to is followed', () => {
    const lookup = search(target, { closest: () => one });
    asked(lookup);
    expect(reply(lookup, one, { notRegistered: true, newNextHop: two })).toEqual({ drop: one.id });
    expect(asked(lookup)).toMatchObject({ hop: two, path: pathOf(one), bestMatch: undefined });
    reply(lookup, two);
    expect(lookup.next().do).toBe('finish');
  });

  test('a hop is asked three times, then no more', () => {
    const lookup = search(target, { closest: () => one });
    for (const id of [200n, 300n, 400n]) {
      expect(hear(lookup, { newNextHop: node(id) })).toBe(one);
      expect(hear(lookup).id).toBe(id);
    }
    expect(lookup.next().do).toBe('finish');
  });

  test('a hop that is in the path is not followed, unless it is another id of the node that answered', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup, { newNextHop: two });
    hear(lookup, { newNextHop: { ...node(700n), addresses: ['address of 700', ...one.addresses] } });
    expect(asked(lookup).hop).toBe(two);
    const sibling = { ...two, id: 800n };
    reply(lookup, two, { newNextHop: sibling });
    expect(asked(lookup)).toMatchObject({ hop: sibling, path: pathOf(one, two) });
  });

  test('nobody can refer the asker to itself', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup, { newNextHop: { id: 999n, port: self.port, addresses: [self.address] } });
    expect(asked(lookup).hop).toBe(one);
  });

  test('endpoints to pass over stand in the path from the start', () => {
    const lookup = search(target, { closest: () => one, passOver: [endpointOf(three)] });
    expect(asked(lookup).path).toEqual(pathOf(three));
    reply(lookup, one, { newNextHop: three });
    expect(asked(lookup).hop).toBe(one);
  });

  test('reading pnrp.path-membership = address: another port of an asked host is not followed', () => {
    const neighbour = { ...one, id: 700n, port: 4000 };
    const follow = (membership: 'address' | 'endpoint') => {
      const lookup = search(target, { closest: () => one, membership });
      hear(lookup, { newNextHop: two });
      hear(lookup, { newNextHop: neighbour });
      return asked(lookup).hop;
    };
    expect(follow('address')).toBe(two);
    expect(follow('endpoint')).toBe(neighbour);
  });

  test('a small cache sets the A flag', () => {
    expect(asked(search(target, { closest: () => one, cacheIsSmall: () => true })).acceptAny).toBe(true);
  });

  test('seven suspicious answers are too many', () => {
    const lookup = search(target, { closest: () => node(1n) });
    for (let id = 2n; id <= 8n; id++) hear(lookup, { suspicious: true, newNextHop: node(id) });
    expect(lookup.suspiciousCount).toBe(7);
    expect(lookup.next().do).toBe('finish');
  });

  test('twenty-three useful hops are too many', () => {
    const lookup = search(target, { closest: () => node(1n) });
    for (let id = 2n; id <= 24n; id++) hear(lookup, { newNextHop: node(id) });
    expect(lookup.usefulHops).toBe(23);
    expect(lookup.next().do).toBe('finish');
  });

  test('D-10: the initial best match is the current one from the start', () => {
    const own = node(target - 1n, 'own');
    const lookup = search(target, { closest: () => one, reason: 'registration', initialBestMatch: own });
    expect(asked(lookup).bestMatch).toBe(own);
    reply(lookup, one);
    expect(lookup.bestMatch).toBe(own);
    expect(lookup.next()).toEqual({ do: 'finish', own: undefined });
  });

  test('D-10: it is the current best match that is tested, not the one before it', () => {
    const near = node(target ^ 1n, 'near');
    const lookup = search(target, { closest: () => near, criteria: { kind: 'any-peername' } });
    hear(lookup, { newNextHop: three });
    expect(lookup.next()).toEqual({ do: 'inquire', entry: near });
  });

  test('nobody inquires of itself', () => {
    const own = node(target, 'own');
    const lookup = search(target, { closest: () => one, initialBestMatch: own });
    expect(lookup.next()).toEqual({ do: 'finish', own });
  });

  /** Three INQUIREs of it get no answer. */
  function keepSilent(lookup: Lookup<RingEntry>, entry: RingEntry) {
    for (let tries = 1; tries < 3; tries++) {
      expect(lookup.timedOut(endpointOf(entry))).toEqual({});
      expect(lookup.next()).toEqual({ do: 'inquire', entry });
    }
    return lookup.timedOut(endpointOf(entry));
  }

  test('D-11: after three INQUIREs without answer it goes back to the best match before, and the node is gone', () => {
    const near = node(target ^ 2n, 'near');
    const nearer = node(target ^ 1n, 'nearer');
    const lookup = search(target, { closest: () => near, criteria: { kind: 'nearest-peername' } });
    hear(lookup, { newNextHop: nearer });
    hear(lookup);
    hear(lookup);
    expect(lookup.next()).toEqual({ do: 'inquire', entry: nearer });
    expect(keepSilent(lookup, nearer)).toEqual({ drop: nearer.id });
    expect(lookup.next()).toEqual({ do: 'inquire', entry: near });
    expect(keepSilent(lookup, near)).toEqual({ drop: near.id });
    expect(lookup.next().do).toBe('finish');
  });

  test('D-11: while there are hops to ask, the search goes on, but not through the dead node', () => {
    const other = node(target + 1n);
    const lookup = search(target, { closest: () => one, cacheIsSmall: () => true });
    hear(lookup, { newNextHop: three });
    hear(lookup, { newNextHop: other });
    expect(lookup.next()).toEqual({ do: 'inquire', entry: three });
    keepSilent(lookup, three);
    expect(lookup.bestMatch).toBe(one);
    expect(hear(lookup)).toBe(other);
    expect(hear(lookup)).toBe(one);
    expect(lookup.next().do).toBe('finish');
  });

  test('an INQUIRE that proves nothing goes back too, and fails the search when it was the last match', () => {
    const near = node(target ^ 1n, 'near');
    const lookup = search(target, { closest: () => near, criteria: { kind: 'any-peername' } });
    hear(lookup, { newNextHop: three });
    expect(lookup.next()).toEqual({ do: 'inquire', entry: near });
    lookup.inquiryFailed();
    expect(lookup.next()).toEqual({ do: 'finish', own: undefined });
  });

  test.each([
    [7, 'pushed'],
    [8, 'popped'],
  ])('D-12: with %i cached entries, a hop that is not closer is %s', (cached, fate) => {
    const lookup = search(target, { closest: () => one, cacheIsSmall: () => cached < 8 });
    hear(lookup, { newNextHop: two });
    hear(lookup, { newNextHop: node(400n) });
    // The supplier itself falls from the stack, so the hop before it is asked.
    expect(asked(lookup).hop.id).toBe(fate === 'pushed' ? 400n : one.id);
  });

  test('D-12: a hop that is gone stands on no stack, so nothing is popped for it', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup, { newNextHop: two });
    hear(lookup, { notRegistered: true, newNextHop: node(400n) });
    expect(asked(lookup).hop).toBe(one);
  });

  test('D-26: a LOOKUP without answer backtracks, and the dead node is in the path', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup, { newNextHop: two });
    asked(lookup);
    // One exchange may be lost where its node is not.
    expect(lookup.timedOut(endpointOf(two))).toEqual({ suspect: two });
    expect(asked(lookup)).toMatchObject({ hop: one, path: pathOf(one, two) });
    expect(lookup.usefulHops).toBe(1);
    reply(lookup, one, { newNextHop: two });
    expect(asked(lookup).hop).toBe(one);
  });

  test('a LOOKUP to the target itself is sent up to three times: there is no way around it', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup, { newNextHop: three });
    for (let tries = 1; tries <= 3; tries++) {
      expect(asked(lookup)).toMatchObject({ hop: three, path: pathOf(one) });
      expect(lookup.timedOut(endpointOf(three))).toEqual({ suspect: three });
    }
    expect(asked(lookup)).toMatchObject({ hop: one, path: pathOf(one, three) });
  });

  test('what a match left unanswered does not count against the next', () => {
    const near = node(target ^ 1n, 'near');
    const lookup = search(target, { closest: () => near, criteria: { kind: 'nearest-peername' } });
    hear(lookup, { newNextHop: three });
    hear(lookup);
    lookup.next();
    keepSilent(lookup, three);
    hear(lookup);
    expect(lookup.next()).toEqual({ do: 'inquire', entry: near });
    expect(keepSilent(lookup, near)).toEqual({ drop: near.id });
  });

  test('D-27: a busy hop is passed, not dropped', () => {
    const lookup = search(target, { closest: () => one });
    hear(lookup, { newNextHop: two });
    asked(lookup);
    expect(reply(lookup, two, { busy: true, newNextHop: three })).toEqual({ submit: two });
    expect(asked(lookup)).toMatchObject({ hop: one, path: pathOf(one, two) });
  });

  test('D-31: split detection inquires of the closest there is', () => {
    const seed = node(0n, 'seed');
    const lookup = search(target, { reason: 'split-detection', initialNextHop: seed, closest: () => three });
    expect(asked(lookup)).toMatchObject({ hop: seed, path: pathOf() });
    const far = node(1n << 255n, 'far');
    // The seed has no id, so whatever it refers to is closer, and nothing about it concerns the cache.
    expect(reply(lookup, seed, { newNextHop: far })).toEqual({});
    expect(lookup.bestMatch).toBeUndefined();
    expect(asked(lookup)).toMatchObject({ hop: far, path: pathOf(seed) });
    reply(lookup, far);
    expect(hear(lookup)).toBe(seed);
    expect(lookup.next()).toEqual({ do: 'inquire', entry: far });
  });

  test('cache maintenance ends without an INQUIRE: what it found is validated on its way into the cache', () => {
    const criteria = { kind: 'upper-bits', precision: 250 } as const;
    const lookup = search(target, { closest: () => one, criteria, reason: 'cache-maintenance' });
    hear(lookup, { newNextHop: three });
    asked(lookup);
    expect(reply(lookup, three)).toEqual({ submit: three });
    expect(lookup.next()).toEqual({ do: 'finish', own: undefined });
  });

  test('a seed that is silent leaves split detection without result: another way would tell nothing', () => {
    const seed = node(0n, 'seed');
    const lookup = search(target, { reason: 'split-detection', initialNextHop: seed, closest: () => one });
    asked(lookup);
    expect(lookup.timedOut(endpointOf(seed))).toEqual({});
    expect(lookup.next().do).toBe('finish');
  });

  test('D-32: a path of 23 is cut to the own endpoint and the newest 21', () => {
    const lookup = search(target, { closest: () => node(1n) });
    for (let id = 2n; id <= 22n; id++) hear(lookup, { newNextHop: node(id) });
    expect(asked(lookup).path).toHaveLength(22);
    reply(lookup, node(22n), { newNextHop: node(23n) });
    const { path } = asked(lookup);
    expect(path).toHaveLength(22);
    expect(path[0]).toEqual(self);
    expect(path[1]).toEqual(endpointOf(node(2n)));
    expect(path.at(-1)).toEqual(endpointOf(node(22n)));
  });

  test('ends whatever the network says', () => {
    const outcome = fc.record({
      silent: fc.boolean(),
      notRegistered: fc.boolean(),
      suspicious: fc.boolean(),
      busy: fc.boolean(),
      newNextHop: fc.option(
        anyId.map((id) => node(id)),
        { nil: undefined },
      ),
    });
    const situation = fc.record({
      small: fc.boolean(),
      split: fc.boolean(),
      bits: fc.integer({ min: 0, max: 256 }),
      start: anyId,
      outcomes: fc.infiniteStream(outcome),
    });
    fc.assert(
      fc.property(situation, ({ small, split, bits, start, outcomes }) => {
        const lookup = search(target, {
          criteria: { kind: 'upper-bits', precision: bits },
          reason: split ? 'split-detection' : 'app-request',
          cacheIsSmall: () => small,
          closest: () => node(start),
        });
        const uses = new Map<RingEntry, number>();
        for (let steps = 1; ; steps++) {
          // 23 answers, each with one new hop that can be dead, and as many matches that can fail; three times each.
          expect(steps).toBeLessThanOrEqual(23 + 3 * (24 + 24) + 1);
          const step = lookup.next();
          if (step.do === 'finish') break;
          const { silent, ...answer } = outcomes.next().value;
          const entry = step.do === 'lookup' ? step.hop : step.entry;
          if (step.do === 'lookup') {
            expect(step.path.length).toBeLessThanOrEqual(22);
            expect(step.path[0]).toBe(self);
            uses.set(entry, (uses.get(entry) ?? 0) + 1);
            expect(uses.get(entry)).toBeLessThanOrEqual(3);
          }
          if (silent) lookup.timedOut(endpointOf(entry));
          else if (step.do === 'lookup') reply(lookup, entry, answer);
          else lookup.inquiryFailed();
        }
        expect(lookup.usefulHops).toBeLessThanOrEqual(23);
      }),
    );
  });
});

describe('criteria', () => {
  const sharing = (bits: number) => target ^ (1n << BigInt(255 - bits));
  const judge = (criteria: Criteria, nearest: NearestReading) => {
    const bits = [...Array(257).keys()];
    const id = (bits: number) => (bits === 256 ? target : sharing(bits));
    return {
      closeEnough: bits.find((bits) => isCloseEnough(id(bits), target, criteria, nearest)),
      acceptable: bits.find((bits) => isAcceptable(id(bits), target, criteria)),
    };
  };

  test.each([
    [{ kind: 'none' }, 256, 256],
    [{ kind: 'any-peername' }, 128, 128],
    [{ kind: 'upper-bits', precision: 17 }, 17, 17],
    [{ kind: 'upper-bits', precision: 0 }, 0, 0],
  ] as const)('%j', (criteria, closeEnough, acceptable) => {
    expect(judge(criteria, 'closest')).toEqual({ closeEnough, acceptable });
    expect(judge(criteria, 'p2p-id')).toEqual({ closeEnough, acceptable });
  });

  test('reading pnrp.nearest = closest', () => {
    expect(judge({ kind: 'nearest-peername' }, 'closest')).toEqual({ closeEnough: 256, acceptable: 128 });
    expect(judge({ kind: 'nearest64-peername' }, 'closest')).toEqual({ closeEnough: 192, acceptable: 128 });
  });

  test('reading pnrp.nearest = p2p-id', () => {
    expect(judge({ kind: 'nearest-peername' }, 'p2p-id')).toEqual({ closeEnough: 128, acceptable: 128 });
    expect(judge({ kind: 'nearest64-peername' }, 'p2p-id')).toEqual({ closeEnough: 128, acceptable: 128 });
  });
});
