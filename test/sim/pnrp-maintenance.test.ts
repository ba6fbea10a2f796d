import { afterEach, describe, expect, test } from 'vitest';
import { CLOUD, type CloudStats, Gathering, type Member, statsOf } from './cloud.js';

const ROUND_MS = 15_000;
/** Where others use the machine too. */
const SLOW_MS = 60_000;

let cloud: Gathering;
afterEach(() => cloud.close());

function allStats(members: readonly Member[]): Promise<CloudStats[]> {
  return Promise.all(members.map(({ platform }) => statsOf(platform)));
}

/** `count` pairs of nodes, one of which asks for the name of the other. */
function pairs(members: readonly Member[], count: number): [Member, Member][] {
  const at = (n: number) => members[n % members.length] as Member;
  return Array.from({ length: count }, (_, n) => [at(n), at(n + 1 + ((n * 7) % (members.length - 1)))]);
}

async function missed(asked: readonly (readonly [Member, Member])[]): Promise<number> {
  const found = await Promise.all(asked.map(([from, to]) => cloud.find(from, to)));
  return found.filter(([port], n) => port !== cloud.members.indexOf(asked[n]?.[1] as Member) + 1).length;
}

describe('maintenance', () => {
  test('of 60 nodes: bounds, an even cache, loss, and a tenth gone at once (seed 61)', {
    timeout: SLOW_MS,
  }, async () => {
    cloud = new Gathering({ seed: 61 });
    await cloud.gather(60);
    await cloud.net.advance(3 * ROUND_MS);
    const settled = await allStats(cloud.members);
    expect(Math.max(...settled.flatMap(({ levels }) => levels))).toBeLessThanOrEqual(20);
    expect(settled.filter(({ leafSets }) => leafSets[0]?.lower === 5 && leafSets[0].higher === 5)).toHaveLength(60);
    // The widest gaps have been searched for.
    expect(Math.min(...settled.map(({ levels }) => levels[0] as number))).toBeGreaterThanOrEqual(9);
    const estimates = settled.map(({ cloudSize }) => cloudSize?.nodes as number).sort((a, b) => a - b);
    expect(estimates[30]).toBeGreaterThan(60 / 2);
    expect(estimates[30]).toBeLessThan(60 * 2);

    // A node under loss keeps its good neighbours, and finds what it looks for.
    cloud.net.loss = 0.2;
    await cloud.net.advance(3 * ROUND_MS);
    const shaken = await allStats(cloud.members);
    const total = (all: readonly CloudStats[]) => all.reduce((sum, { cached }) => sum + cached, 0);
    expect(total(shaken)).toBeGreaterThan(0.95 * total(settled));
    expect(await missed(pairs(cloud.members, 100))).toBeLessThanOrEqual(5);
    cloud.net.loss = 0;
    await cloud.net.advance(2 * ROUND_MS);

    const gone = cloud.members.filter((_, n) => n % 10 === 3);
    const left = cloud.members.filter((_, n) => n % 10 !== 3);
    await Promise.all(gone.map(({ platform }) => cloud.net.crash(platform)));
    expect(await missed(pairs(left, 100))).toBeLessThanOrEqual(1);
  });

  test('an entry goes after two exchanges in a row without answer, not after one (seed 62)', async () => {
    cloud = new Gathering({ seed: 62 });
    await cloud.gather(6);
    const [first] = cloud.members as [Member];
    await cloud.net.advance(4 * ROUND_MS);
    expect((await statsOf(first.platform)).cached).toBe(5);
    const ticks = async () => (await statsOf(first.platform)).maintenance.ticks as number;
    const untilTick = async () => {
      for (const before = await ticks(); (await ticks()) === before; ) await cloud.net.advance(100);
    };
    const apart = async (ms: number) => {
      cloud.net.partition([first.platform]);
      await untilTick();
      await cloud.net.advance(ms);
      cloud.net.heal();
      return (await statsOf(first.platform)).cached;
    };
    // The first exchange is given up after two seconds, the second after four.
    expect(await apart(2500)).toBe(5);
    await cloud.net.advance(2 * ROUND_MS);
    expect(await apart(4500)).toBe(0);
  });

  test('each entry of the cache has its turn: who is gone is forgotten everywhere (seed 63)', async () => {
    cloud = new Gathering({ seed: 63 });
    await cloud.gather(30);
    await cloud.net.advance(2 * ROUND_MS);
    const most = Math.max(...(await allStats(cloud.members)).map(({ cached }) => cached));
    const left = cloud.members.slice(0, 2);
    await Promise.all(cloud.members.slice(2).map(({ platform }) => cloud.net.crash(platform)));
    await cloud.net.advance((Math.ceil(most / 10) + 1) * ROUND_MS);
    expect((await allStats(left)).map(({ cached }) => cached)).toEqual([1, 1]);
  });
});

describe('split detection', () => {
  test('needs a seed; where the seed is silent there is no verdict (seed 64)', async () => {
    cloud = new Gathering({ seed: 64 });
    await cloud.gather(3);
    const [first, ...others] = cloud.members as [Member, ...Member[]];
    await cloud.net.advance(10 * ROUND_MS);
    const [without, ...tested] = (await allStats(cloud.members)).map(({ maintenance }) => maintenance);
    expect(without?.['split tests']).toBeUndefined();
    expect(Math.max(...tested.map((it) => it['no-split'] ?? 0))).toBeGreaterThan(0);
    for (const it of tested) expect(it['no-split']).toBe(it['split tests']);
    await cloud.net.crash(first.platform);
    await cloud.net.advance(10 * ROUND_MS);
    for (const [n, { maintenance }] of (await allStats(others)).entries()) {
      expect(maintenance['split tests']).toBeGreaterThan(tested[n]?.['split tests'] ?? 0);
      expect(maintenance).toMatchObject({ 'no-split': tested[n]?.['no-split'] });
    }
  });

  test('in the smaller part each name is tested, and found from the larger part then (seed 65)', async () => {
    cloud = new Gathering({ seed: 65 });
    await cloud.gather(14);
    const [larger, smaller] = [cloud.members.slice(0, 12), cloud.members.slice(12)];
    const [publisher] = smaller as [Member];
    const names = ['0.one', '0.two', '0.three'];
    for (const [n, name] of names.entries()) await publisher.platform.pnrp.register(name, { ...CLOUD, port: 900 + n });
    cloud.net.partition(
      larger.map((it) => it.platform),
      smaller.map((it) => it.platform),
    );
    await cloud.net.advance(8 * ROUND_MS);
    expect((await statsOf(publisher.platform)).cached).toBe(1);
    cloud.net.heal();
    await cloud.net.advance(4 * ROUND_MS);
    const tests = (await allStats(smaller)).map(({ maintenance }) => maintenance);
    expect(tests.some((it) => (it['smaller-part'] ?? 0) > 0)).toBe(true);
    const found = await Promise.all(names.map((name, n) => larger[4 * n]?.platform.pnrp.resolve(name, CLOUD)));
    expect(found.map((it) => it?.endpoints[0]?.addresses[0]?.port)).toEqual([900, 901, 902]);
  });
});
