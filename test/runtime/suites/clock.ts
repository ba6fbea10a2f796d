import { describe, expect, test } from 'vitest';
import type { Host } from '#lib/backend/contract/host';

export function clockSuite(title: string, make: () => Host): void {
  describe(title, () => {
    test('timers end in the order of their times, and a cancelled one never', async () => {
      const { clock, awaited } = make();
      const ended: string[] = [];
      await awaited(
        new Promise<void>((resolve) => {
          clock.after(30, resolve);
          clock.after(15, () => ended.push('second'));
          clock.after(10, () => ended.push('cancelled')).cancel();
          clock.after(2, () => ended.push('first'));
        }),
      );
      expect(ended).toEqual(['first', 'second']);
    });

    test('a wait of more than 2^31 milliseconds does not end at once', async () => {
      const { clock, awaited } = make();
      const ended: string[] = [];
      const long = clock.after(2 ** 31 + 1, () => ended.push('long'));
      await awaited(new Promise<void>((resolve) => clock.after(20, resolve)));
      long.cancel();
      expect(ended).toEqual([]);
    });

    test('both times go forward', async () => {
      const { clock, awaited } = make();
      const before = [clock.now(), clock.filetime()] as const;
      await awaited(new Promise<void>((resolve) => clock.after(5, resolve)));
      expect(clock.now()).toBeGreaterThan(before[0]);
      expect(clock.filetime()).toBeGreaterThanOrEqual(before[1]);
    });
  });
}
