import fc from 'fast-check';
import { expect, test } from 'vitest';
import { intersection, rangesOf, selected } from '#fallback/distribution/retrieval/block-ranges';

const range = fc.record({ index: fc.nat(30), count: fc.nat(12) });

test('ranges select what lies in any of them, each index once and rising', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), fc.nat(30), (ranges, size) => {
      const naive = Array.from({ length: size }, (_, i) => i).filter((i) =>
        ranges.some(({ index, count }) => i >= index && i < index + count),
      );
      expect(selected(ranges, size)).toEqual(naive);
    }),
  );
});

test('ranges of indexes are rising, apart from each other, and the same indexes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(600)), (indexes) => {
      const rising = indexes.toSorted((a, b) => a - b);
      const ranges = rangesOf(rising);
      for (const [i, { index, count }] of ranges.entries()) {
        const next = ranges[i + 1];
        if (next !== undefined) expect(next.index).toBeGreaterThan(index + count);
      }
      expect(selected(ranges, 601)).toEqual(rising);
    }),
  );
});

test('ranges that end beyond any number select what is there', () => {
  expect(selected([{ index: 2, count: 0xffff_ffff }], 4)).toEqual([2, 3]);
  expect(selected([{ index: 0xffff_ffff, count: 0xffff_ffff }], 4)).toEqual([]);
  expect(selected([{ index: 4, count: 1 }], 4)).toEqual([]);
});

test('512 blocks have at most 256 ranges', () => {
  const even = Array.from({ length: 256 }, (_, i) => 2 * i);
  expect(rangesOf(even).length).toBe(256);
});

test('an intersection is what both have', () => {
  expect(intersection([1, 3, 5, 7], [0, 3, 4, 7])).toEqual([3, 7]);
});
