import { beforeEach, describe, expect, test } from 'vitest';
import { KnownNodes } from '#fallback/pnrp/known-nodes';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { packAddress } from '#fallback/wire/ipv6';
import type { Stores } from '#lib/backend/contract/host';

const node = (n: number) => ({ address: packAddress(`2001:db8::${n.toString(16)}`), port: 3540 });

describe('known nodes', () => {
  let stores: Stores;
  let known: KnownNodes;
  beforeEach(() => {
    stores = new VirtualNetwork().host().store;
    known = new KnownNodes(stores);
  });

  async function kept(): Promise<number> {
    return (await (await stores.open('pnrp-nodes')).range('')).length;
  }

  test('the ten used last, the last one first; what was noted again counts anew', async () => {
    for (let n = 1; n <= 12; n++) await known.note('Global_ global', BigInt(n), [node(n)]);
    await known.note('Global_ global', 13n, [node(4)]);
    expect(await known.recent('Global_ global')).toEqual([4, 12, 11, 10, 9, 8, 7, 6, 5, 3].map(node));
    expect(await kept()).toBe(10);
  });

  test('each cloud has its own', async () => {
    await known.note('Global_ global', 1n, [node(1)]);
    await known.note('LinkLocal_ff00::%2/8 link-local', 2n, [node(2)]);
    expect(await known.recent('Global_ global')).toEqual([node(1)]);
    expect(await known.recent('Global_')).toEqual([node(1)]);
    expect(await known.recent('LinkLocal_ff00::%3/8 link-local')).toEqual([]);
  });

  test('another process that uses the home sees them; what is gone is gone for all', async () => {
    const other = new KnownNodes(stores);
    await known.note('Global_ global', 1n, [node(1), node(2)]);
    await other.note('Global_ global', 2n, [], [node(1)]);
    expect(await known.recent('Global_ global')).toEqual([node(2)]);
  });

  test('a machine that travels keeps 200 in all', async () => {
    for (let n = 0; n < 50; n++) {
      const nodes = Array.from({ length: 10 }, (_, index) => node(n * 10 + index + 1));
      await known.note(`LinkLocal_2001:db8:${n.toString(16)}::/64 link-local`, BigInt(n), nodes);
    }
    expect(await kept()).toBe(200);
    expect(await known.recent('LinkLocal_2001:db8:31::/64 link-local')).toHaveLength(10);
    expect(await known.recent('LinkLocal_2001:db8:0::/64 link-local')).toEqual([]);
  });

  test('what was damaged by hand is passed over', async () => {
    await known.note('Global_ global', 1n, [node(1)]);
    const damage = new Map([
      ['Global_ global nonsense', new Uint8Array(8)],
      ['Global_ global [2001:db8:::1]:1', new Uint8Array(8)],
      ['Global_ global [2001:db8::9]:4000', new Uint8Array(3)],
    ]);
    await (await stores.open('pnrp-nodes')).update(() => damage);
    expect(await known.recent('Global_ global')).toEqual([node(1), { ...node(9), port: 4000 }]);
  });

  test('a store that can’t be opened is tried again the next time', async () => {
    let locked = true;
    const opening: Stores = {
      open: (name) =>
        locked ? Promise.reject(Object.assign(new Error('locked'), { code: 'EACCES' })) : stores.open(name),
    };
    const late = new KnownNodes(opening);
    await expect(late.recent('Global_ global')).rejects.toThrow('locked');
    locked = false;
    expect(await late.recent('Global_ global')).toEqual([]);
  });
});
