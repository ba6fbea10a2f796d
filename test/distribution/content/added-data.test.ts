import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddedData } from '#fallback/distribution/content/added-data';
import { BlockBuffer } from '#fallback/distribution/content/block-buffer';
import { type BlockPlace, ContentMap } from '#fallback/distribution/content/content-map';
import { describeRange } from '#fallback/distribution/content-information/index';
import { described, fakeHashes1, fakeHashes2, READINGS } from '../content-information/samples.ts';

const BLOCK = 65_536;
const LENGTH = 5 * BLOCK + 100;
const content = Uint8Array.from({ length: LENGTH }, (_, at) => (at * 7 + (at >> 8)) & 0xff);

function add(added: AddedData, map: ContentMap, from: number, to: number): number[] {
  const whole = [...added.add(map, BigInt(from), content.subarray(from, to))];
  for (const { place, bytes } of whole) {
    const at = Number(place.offset);
    expect(Buffer.compare(bytes, content.subarray(at, at + place.length))).toBe(0);
  }
  return whole.map(({ place }) => place.index);
}

describe('added data', () => {
  const map = new ContentMap(described(fakeHashes1(LENGTH)));

  test('makes blocks of whatever covers them', () => {
    const added = new AddedData();
    expect(add(added, map, 0, LENGTH)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(add(added, map, 10, BLOCK)).toEqual([]);
    expect(add(added, map, 0, 5)).toEqual([]);
    expect(add(added, map, 5, 10)).toEqual([0]);
    expect(add(added, map, 5 * BLOCK, LENGTH)).toEqual([5]);
  });

  test('in any order, overlapping or not, once every byte of it came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(LENGTH - 1), fc.integer({ min: 1, max: 2 * BLOCK })), { maxLength: 30 }),
        (pieces) => {
          const added = new AddedData();
          const have = new Uint8Array(LENGTH);
          const made = new Set<number>();
          for (const [from, length] of pieces) {
            const to = Math.min(LENGTH, from + length);
            have.fill(1, from, to);
            for (const index of add(added, map, from, to)) made.add(index);
            for (let index = 0; index <= 5; index += 1) {
              const all = have.subarray(index * BLOCK, Math.min(LENGTH, (index + 1) * BLOCK)).every((it) => it === 1);
              // What was made once begins anew.
              if (all && !made.has(index)) expect.unreachable(`block ${index} is there`);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('may begin before the range and end behind it', () => {
    const range = { offset: 2n * 65_536n + 5n, length: 65_536n };
    const part = new ContentMap(describeRange(described(fakeHashes1(LENGTH)), range, READINGS));
    expect(add(new AddedData(), part, 0, LENGTH)).toEqual([0, 1, 2, 3, 4, 5]);
    const later = new ContentMap(described(fakeHashes2(1000, 2000, 3000)));
    const second = new ContentMap(
      describeRange(described(fakeHashes2(1000, 2000, 3000)), { offset: 1500n, length: 10n }, READINGS),
    );
    expect(add(new AddedData(), later, 0, 6000)).toEqual([0, 0, 0]);
    expect(add(new AddedData(), second, 0, 6000)).toEqual([0]);
  });

  test('keeps parts of 64 blocks: the first of ten times as many have to come again', () => {
    const large = new ContentMap(described(fakeHashes1(640 * BLOCK)));
    const added = new AddedData();
    const bytes = new Uint8Array(BLOCK);
    for (let index = 0; index < 640; index += 1) {
      expect([...added.add(large, BigInt(index * BLOCK), bytes.subarray(1))]).toEqual([]);
    }
    const last = (index: number) => [...added.add(large, BigInt(index * BLOCK + BLOCK - 1), bytes.subarray(0, 1))];
    // From the end: each part that is new drops an old one.
    const completed = Array.from({ length: 640 }, (_, it) => 639 - it).filter((index) => last(index).length > 0);
    expect(completed.toReversed()).toEqual(Array.from({ length: 64 }, (_, it) => 576 + it));
  });
});

test('a buffer holds 8 MiB: of ten times as many blocks those that were used last', () => {
  const map = new ContentMap(described(fakeHashes1(1280 * BLOCK)));
  const buffer = new BlockBuffer();
  const places = [...map.blocks(0n, map.end)] as [BlockPlace, ...BlockPlace[]];
  const bytes = new Uint8Array(BLOCK);
  for (const place of places) {
    buffer.put(place, { bytes, source: 'peer' });
    buffer.get(places[0]);
  }
  const held = places.flatMap((place, index) => (buffer.has(place) ? [index] : []));
  expect(held).toEqual([0, ...Array.from({ length: 127 }, (_, index) => 1153 + index)]);
  buffer.clear();
  expect(buffer.has(places[0])).toBe(false);
});
