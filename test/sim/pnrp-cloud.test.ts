import { afterEach, describe, expect, test } from 'vitest';
import { Gathering } from './cloud.js';

describe('a PNRP cloud', () => {
  let cloud: Gathering;
  afterEach(() => cloud.close());

  test.each([
    { nodes: 2, seed: 11 },
    { nodes: 10, seed: 12 },
  ])('of $nodes nodes finds every name from everywhere (seed $seed)', async ({ nodes, seed }) => {
    cloud = new Gathering({ seed });
    await cloud.grow(nodes);
    expect(await cloud.misses(cloud.members, cloud.members)).toEqual([]);
  });

  test('of 40 nodes finds every name from everywhere (seed 13)', async () => {
    cloud = new Gathering({ seed: 13 });
    await cloud.grow(40);
    for (const [n, asking] of cloud.members.entries()) {
      const wanted = [1, 7, 13, 19].map((step) => cloud.members[(n + step) % 40] as never);
      expect(await cloud.misses([asking], wanted)).toEqual([]);
    }
  });
});
