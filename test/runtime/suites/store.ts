import { describe, expect, test } from 'vitest';
import type { Host } from '#lib/backend/contract/host';

function change(entries: Readonly<Record<string, number | undefined>>): Map<string, Uint8Array | undefined> {
  return new Map(
    Object.entries(entries).map(([key, value]) => [key, value === undefined ? undefined : Uint8Array.of(value)]),
  );
}

export function storeSuite(title: string, make: () => Host): void {
  describe(title, () => {
    test('a new store is empty', async () => {
      const host = make();
      const store = await host.awaited(host.store.open('things'));
      expect(await host.awaited(store.get('a'))).toBeUndefined();
      expect(await host.awaited(store.range(''))).toEqual([]);
      await host.awaited(store.close());
    });

    test('what is changed is there for everyone, and after opening again', async () => {
      const host = make();
      const [one, two] = await host.awaited(Promise.all([host.store.open('things'), host.store.open('things')]));
      await host.awaited(one.update(() => change({ a: 1, b: 2 })));
      await host.awaited(two.update((current) => change({ a: undefined, c: current.size })));
      await host.awaited(Promise.all([one.close(), two.close()]));
      const again = await host.awaited(host.store.open('things'));
      expect(await host.awaited(again.range(''))).toEqual([
        ['b', expect.objectContaining({ 0: 2, length: 1 })],
        ['c', expect.objectContaining({ 0: 2, length: 1 })],
      ]);
    });

    test('a range is what starts alike, by key', async () => {
      const host = make();
      const store = await host.awaited(host.store.open('things'));
      await host.awaited(
        store.update(() => change({ 'x/2': 1, y: 1, 'x/10': 1, x: 1, 10: 1, 9: 1, ['__proto__']: 1 })),
      );
      const keys = async (prefix: string) => (await host.awaited(store.range(prefix))).map(([key]) => key);
      expect(await keys('x/')).toEqual(['x/10', 'x/2']);
      expect(await keys('')).toEqual(['10', '9', '__proto__', 'x', 'x/10', 'x/2', 'y']);
    });

    test('a decision that throws changes nothing and holds up nobody', async () => {
      const host = make();
      const store = await host.awaited(host.store.open('things'));
      const refusal = new Error('no');
      const refused = store.update(() => {
        throw refusal;
      });
      await expect(host.awaited(refused)).rejects.toBe(refusal);
      await host.awaited(store.update(() => change({ a: 1 })));
      expect((await host.awaited(store.range(''))).length).toBe(1);
    });

    test('updates at the same time lose nothing', async () => {
      const host = make();
      const stores = await host.awaited(Promise.all([host.store.open('things'), host.store.open('things')]));
      const count = (current: ReadonlyMap<string, Uint8Array>) => change({ n: (current.get('n')?.[0] ?? 0) + 1 });
      await host.awaited(Promise.all(Array.from({ length: 20 }, (_, i) => stores[i % 2]?.update(count))));
      expect((await host.awaited(stores[0].get('n')))?.[0]).toBe(20);
    });

    test('what a caller does with a value stays with the caller', async () => {
      const host = make();
      const store = await host.awaited(host.store.open('things'));
      await host.awaited(store.update(() => change({ a: 1 })));
      (await host.awaited(store.get('a')))?.fill(9);
      await host.awaited(
        store.update((current) => {
          current.get('a')?.fill(9);
          return new Map();
        }),
      );
      expect((await host.awaited(store.get('a')))?.[0]).toBe(1);
    });
  });
}
