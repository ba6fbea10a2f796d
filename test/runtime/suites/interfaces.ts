import { isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Host } from '#lib/backend/contract/host';

export function interfacesSuite(title: string, make: () => Host): void {
  describe(title, () => {
    test('every address is one, without a scope', () => {
      const addresses = make()
        .interfaces.list()
        .flatMap((it) => it.addresses);
      expect(addresses.filter((it) => isIP(it) === 0 || it.includes('%'))).toEqual([]);
    });

    test('every address has the length of its prefix', () => {
      for (const { addresses, prefixes = [] } of make().interfaces.list()) {
        expect(prefixes.map((it) => it >= 0)).toEqual(addresses.map(() => true));
        for (const [index, address] of addresses.entries()) {
          expect(prefixes[index]).toBeLessThanOrEqual(address.includes(':') ? 128 : 32);
        }
      }
    });

    test('watching can be ended, twice too', () => {
      const watch = make().interfaces.watch(() => undefined);
      watch.hold(true);
      watch.close();
      expect(() => watch.close()).not.toThrow();
    });
  });
}
