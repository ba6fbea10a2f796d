import { describe, expect, test } from 'vitest';
import {
  blockCount,
  blockHash,
  type ContentInformation,
  type ContentInformation1,
  decodeContentInformation,
  describeRange,
  encodeContentInformation,
  type Segment1,
} from '#fallback/distribution/content-information/index';
import { Readings } from '#fallback/wire/readings';
import { plain } from '../../wire/codec-law.ts';
import { described, fakeHashes1, fakeHashes2, MIB, READINGS } from './samples.ts';

function range(whole: ContentInformation, offset: number, end: number, readings = READINGS): ContentInformation {
  return describeRange(whole, { offset: BigInt(offset), length: BigInt(end - offset) }, readings);
}

/** dwOffset, dwRead, and cBlocks of each segment, as they are on the wire. */
function wire1(value: ContentInformation) {
  const wire = Buffer.from(encodeContentInformation(value));
  const count = wire.readUInt32LE(14);
  const blocks: number[] = [];
  for (let at = 18 + 80 * count; blocks.length < count; at += 4 + 32 * (blocks.at(-1) ?? 0)) {
    blocks.push(wire.readUInt32LE(at));
  }
  return { offset: wire.readUInt32LE(6), read: wire.readUInt32LE(10), blocks };
}

// Of 100 MB.
const RANGES_1 = [
  ['all', 0, 0x640_0000, 0, 0, [512, 512, 512, 64], [512, 512, 512, 64]],
  ['the end of one segment and the start of the next', 0x1ff_0000, 0x201_0000, 0x1ff_0000, 0x1_0000, [512, 1], [1, 1]],
  ['inside a segment', 0x201_0000, 0x201_0100, 0x1_0000, 0x100, [2], [1]],
  ['up to the end of a segment', 0, 0x200_0000, 0, 0, [512], [512]],
  ['up to the end', 0x630_0000, 0x640_0000, 0x30_0000, 0, [64], [16]],
  ['a byte', 0x400_0000, 0x400_0001, 0, 1, [1], [1]],
] as const;

describe('ranges of version 1', () => {
  const whole = described(fakeHashes1(100 * MIB));

  describe.each([
    ['prefix', 5],
    ['strict', 6],
  ] as const)('%s', (candidate, column) => {
    const readings = new Readings({ 'distribution.block-lists': candidate });
    test.each(RANGES_1)(`reading distribution.block-lists = ${candidate}: %s`, (...row) => {
      const [, start, end, offset, read] = row;
      const value = range(whole, start, end, readings) as ContentInformation1;
      expect(wire1(value)).toEqual({ offset, read, blocks: [...row[column]] });
      // Whoever reads it finds the range, and each of its blocks by its index in the segment.
      const seen = decodeContentInformation(encodeContentInformation(value), 'test') as ContentInformation1;
      expect(plain(seen)).toEqual(plain(value));
      expect([seen.start, seen.end]).toEqual([BigInt(start), BigInt(end)]);
      for (const segment of seen.segments) {
        const complete = whole.segments.find((it) => it.offset === segment.offset) as Segment1;
        expect(plain({ ...segment, firstBlock: 0, blockHashes: undefined })).toEqual(
          plain({ ...complete, blockHashes: undefined }),
        );
        const from = Math.max(0, start - Number(segment.offset));
        const to = Math.min(segment.length, end - Number(segment.offset));
        for (let block = Math.floor(from / 65536); block < Math.ceil(to / 65536); block++) {
          expect(blockHash(seen, segment, block), `block ${block}`).toEqual(blockHash(seen, complete, block));
        }
        expect(blockHash(seen, segment, Math.ceil(to / 65536))).toBeUndefined();
        expect(blockHash(seen, segment, segment.firstBlock - 1)).toBeUndefined();
      }
    });
  });

  test('lengths and places of the worked examples', () => {
    const lengths = [1, 65536, 65537, 184_946].map((length) => {
      return encodeContentInformation(described(fakeHashes1(length))).length;
    });
    expect(lengths).toEqual([134, 134, 166, 198]);
    const wire = Buffer.from(encodeContentInformation(described(fakeHashes1(125 * MIB))));
    expect([18, 98, 178, 258].map((at) => wire.readBigUInt64LE(at))).toEqual(
      [0, 1, 2, 3].map((i) => BigInt(i * 32 * MIB)),
    );
    expect([338, 16726, 33114, 49502].map((at) => wire.readUInt32LE(at))).toEqual([512, 512, 512, 464]);
    // [MS-PCCRC] 3.5: 124 MB, whose last hash is at 63810.
    const shorter = encodeContentInformation(range(described(fakeHashes1(125 * MIB)), 0x123, 124 * MIB));
    expect(shorter.length).toBe(63810 + 32);
  });

  test.each(['sha384', 'sha512'] as const)('%s', (algorithm) => {
    const value = described(fakeHashes1(70_000, algorithm));
    const wire = encodeContentInformation(value);
    expect(wire.length).toBe(18 + 16 + 4 * { sha384: 48, sha512: 64 }[algorithm] + 4);
    expect(plain(decodeContentInformation(wire, 'test'))).toEqual(plain(value));
  });

  test.each([
    [0, 0],
    [5, 5],
    [6, 5],
    [0, 100 * MIB + 1],
    [100 * MIB, 100 * MIB + 1],
    [-1, 5],
  ])('from %i up to %i is no range of it', (start, end) => {
    expect(() => range(whole, start, end)).toThrow(RangeError);
  });

  test('an empty content has none', () => {
    expect(() => described({ algorithm: 'sha256', length: 0n, segments: [] })).toThrow(/empty content/);
  });

  test('a segment of 32 MB has 512 blocks, one byte more makes another segment', () => {
    const segments = described(fakeHashes1(32 * MIB + 1)).segments;
    expect(segments.map(blockCount)).toEqual([512, 1]);
  });
});

describe('ranges of version 2', () => {
  const KIB = 1024;
  const whole = described(fakeHashes2(60 * KIB, 85 * KIB, 44 * KIB));

  /** ullStartInContent, ullIndexOfFirstSegment, dwOffsetInFirstSegment, ullLengthOfRange, dwChunkDataLength. */
  function wire2(value: ContentInformation) {
    const wire = Buffer.from(encodeContentInformation(value));
    return [3, 11, 19, 23, 32].map((at) =>
      Number(at === 19 || at === 32 ? wire.readUInt32BE(at) : wire.readBigUInt64BE(at)),
    );
  }

  test.each([
    // [MS-PCCRC] 3.7
    ['inside a segment', 100 * KIB, 110 * KIB, [0xf000, 1, 0xa000, 0x2800, 0x44]],
    ['all: its length is 0', 0, 189 * KIB, [0, 0, 0, 0, 3 * 0x44]],
    ['up to the end: its real length', 60 * KIB, 189 * KIB, [0xf000, 1, 0, 129 * KIB, 2 * 0x44]],
    ['up to the end of a segment', 0, 60 * KIB, [0, 0, 0, 0xf000, 0x44]],
    ['over a cut', 60 * KIB - 1, 60 * KIB + 1, [0, 0, 0xefff, 2, 2 * 0x44]],
    ['the last byte', 189 * KIB - 1, 189 * KIB, [145 * KIB, 2, 44 * KIB - 1, 1, 0x44]],
  ] as const)('%s', (_, start, end, fields) => {
    const value = range(whole, start, end);
    expect(wire2(value)).toEqual([...fields]);
    const seen = decodeContentInformation(encodeContentInformation(value), 'test');
    expect(plain(seen)).toEqual(plain(value));
    expect([seen.start, seen.end]).toEqual([BigInt(start), BigInt(end)]);
  });

  test('a range of a range', () => {
    const inner = range(range(whole, 60 * KIB, 189 * KIB), 150 * KIB, 151 * KIB);
    expect(plain(inner)).toEqual(plain(range(whole, 150 * KIB, 151 * KIB)));
    expect(() => range(range(whole, 60 * KIB, 189 * KIB), 0, 61 * KIB)).toThrow(RangeError);
  });

  test.each([
    ['single', [99, 31 + 5 + 99 * 68]],
    ['per-segment', [1, 31 + 99 * (5 + 68)]],
  ] as const)('reading distribution.chunks = %s', (candidate, [first, length]) => {
    const value = described(fakeHashes2(...Array.from({ length: 99 }, (_, i) => 32768 + i)));
    const wire = Buffer.from(encodeContentInformation(value, new Readings({ 'distribution.chunks': candidate })));
    expect([wire.readUInt32BE(32) / 68, wire.length]).toEqual([first, length]);
    // Readers take either.
    expect(plain(decodeContentInformation(wire, 'test'))).toEqual(plain(value));
  });
});
