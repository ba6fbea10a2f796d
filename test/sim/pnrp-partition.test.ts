import { afterEach, expect, test } from 'vitest';
import { Gathering, type Member, statsOf } from './cloud.js';

const ROUND_MS = 15_000;
/** Where others use the machine too. */
const SLOW_MS = 60_000;
const APART_MS = 5 * 60_000;

let cloud: Gathering;
afterEach(() => cloud.close());

/** Each name of `wanted` that a node of `asking`, each time another, doesn't find. */
async function missing(asking: readonly Member[], wanted: readonly Member[]): Promise<string[]> {
  const pairs = wanted.map((to, n) => cloud.misses([asking[(7 * n) % asking.length] as Member], [to]));
  return (await Promise.all(pairs)).flat();
}

async function maintenance(members: readonly Member[], what: string): Promise<number> {
  const all = await Promise.all(members.map(({ platform }) => statsOf(platform)));
  return all.reduce((sum, stats) => sum + (stats.maintenance[what] ?? 0), 0);
}

test('halves of a cloud that have forgotten each other come together again in a few rounds (seed 51)', {
  timeout: SLOW_MS,
}, async () => {
  cloud = new Gathering({ seed: 51 });
  await cloud.gather(60);
  // All nodes have the first as their seed, so it is the second half that can notice.
  const [left, right] = [cloud.members.slice(0, 30), cloud.members.slice(30)];
  cloud.net.partition(
    left.map((it) => it.platform),
    right.map((it) => it.platform),
  );
  await cloud.net.advance(APART_MS);
  const apart = await Promise.all(cloud.members.map(({ platform }) => statsOf(platform)));
  expect(Math.max(...apart.map(({ cached }) => cached))).toBeLessThan(30);
  expect(await maintenance(right, 'no-split')).toBe(0);
  cloud.net.heal();
  expect((await missing(left, right)).length).toBeGreaterThan(25);
  await cloud.net.advance(4 * ROUND_MS);
  expect(await missing(left, right)).toEqual([]);
  expect(await missing(right, left)).toEqual([]);
  expect(await maintenance(right, 'smaller-part')).toBeGreaterThan(0);
});
