import { expect, test } from 'vitest';
import { Shares } from '#fallback/routing/shares';

test('one holder gets its share, all together the limit, and what is given back can be taken again', () => {
  const shares = new Shares({ limit: 5, limitPerHolder: 3 });
  expect(Array.from({ length: 30 }, () => shares.take('a')).filter(Boolean)).toHaveLength(3);
  expect(Array.from({ length: 50 }, (_, n) => shares.take(`b${n}`)).filter(Boolean)).toHaveLength(2);
  expect(shares.taken).toBe(5);
  shares.release('a');
  expect([shares.take('a'), shares.take('a'), shares.taken]).toEqual([true, false, 5]);
  for (const holder of ['a', 'a', 'a', 'b0', 'b1']) shares.release(holder);
  expect([shares.taken, shares.take('b0')]).toEqual([0, true]);
});
