import { describe, expect, test } from 'vitest';
import type { Host } from '#lib/backend/contract/host';

export function randomSuite(title: string, make: () => Host): void {
  describe(title, () => {
    test('bytes are as many as asked for', () => {
      const { random } = make();
      expect([0, 1, 20].map((length) => random.bytes(length).length)).toEqual([0, 1, 20]);
      expect(random.bytes(16)).not.toEqual(random.bytes(16));
    });

    test.each([1, 2, 7, 2 ** 32, 2 ** 48 - 1, 2 ** 48])('a number below %d', (bound) => {
      const { random } = make();
      const drawn = Array.from({ length: 100 }, () => random.below(bound));
      expect(drawn.filter((it) => !Number.isInteger(it) || it < 0 || it >= bound)).toEqual([]);
      expect(new Set(drawn).size).toBeGreaterThanOrEqual(Math.min(bound, 3));
    });
  });
}
