import { describe, expect, test } from 'vitest';
import {
  type ContentInformation1,
  decodeContentInformation,
  describeRange,
  encodeContentInformation,
  type Segment1,
  segmentInformation,
} from '#fallback/distribution/content-information/index';
import { decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { plain } from '../../wire/codec-law.ts';
import { bytes, described, fakeHashes1, fakeHashes2, hex, MIB, READINGS, vectors } from './samples.ts';

const OPERATION = 'PeerDistClientCompleteContentInformation';
const CANNOT_PARSE = 'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO';
const VERSION_UNSUPPORTED = 'PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED';

type Patch = readonly [offset: number, hex: string];

function patched(of: Uint8Array, ...patches: readonly Patch[]): Uint8Array {
  const out = Uint8Array.from(of);
  for (const [offset, patch] of patches) out.set(bytes(patch), offset);
  return out;
}

function refused(given: Uint8Array): { readonly code: string; readonly message: string } {
  try {
    decodeContentInformation(given, OPERATION);
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error(`was accepted: ${hex(given.subarray(0, 100))}`);
}

const TINY_1 = bytes(vectors.tiny.version1.contentInformation);
const TINY_2 = bytes(vectors.tiny.version2.contentInformation);
/** Two segments, the second of 70,000 bytes. */
const TWO_1 = encodeContentInformation(described(fakeHashes1(32 * MIB + 70_000)));
const TWO_2 = encodeContentInformation(described(fakeHashes2(40_000, 50_000)));

describe('another version, and what is none', () => {
  test.each(['0101', '0003', '0200', '0000', 'ffff'])('%s is a version that is not supported', (version) => {
    for (const tiny of [TINY_1, TINY_2]) {
      expect(refused(patched(tiny, [0, version]))).toMatchObject({ code: VERSION_UNSUPPORTED, operation: OPERATION });
    }
  });

  test.each(['', '00', '0001', '0002'])('%s alone is no content information', (start) => {
    expect(refused(bytes(start)).code).toBe(CANNOT_PARSE);
  });
});

describe('version 1', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['an unknown hash', patched(TINY_1, [2, '0b80']), /dwHashAlgo .* is 0x800b/],
    ['the hash of version 2', patched(TINY_1, [2, '04000000']), /dwHashAlgo .* is 0x4/],
    ['no segment', patched(TINY_1, [14, '00']), /cSegments .* is 0/],
    ['more segments than there are', patched(TINY_1, [14, 'ffffffff']), /needs|cbSegment/],
    ['a range behind the first segment', patched(TINY_1, [6, '15']), /dwOffsetInFirstSegment .* is 21/],
    ['a range over the end of the only segment', patched(TINY_1, [6, '01'], [10, '15']), /dwReadBytesInLast.* is 21/],
    ['a range over the end of the last segment', patched(TWO_1, [10, '71110100']), /dwReadBytesInLast.* is 70001/],
    ['an empty segment', patched(TINY_1, [26, '00']), /cbSegment .* is 0/],
    ['a segment of more than 32 MB', patched(TINY_1, [26, '01000002']), /cbSegment .* is 33554433/],
    ['a short segment that is not the last', patched(TWO_1, [26, 'ffffff01']), /cbSegment .* is 33554431/],
    ['a gap', patched(TWO_1, [98, '01']), /ullOffsetInContent .* is 33554433, not 33554432/],
    ['an end behind all offsets', patched(TINY_1, [18, 'f0ffffffffffffff']), /cbSegment .* is 21 from/],
    ['blocks of another size', patched(TINY_1, [30, '00000200']), /cbBlockSize .* is 131072/],
    ['no block', patched(TINY_1, [98, '00']), /cBlocks .* is 0/],
    ['a block too many', patched(TINY_1, [98, '02']), /cBlocks .* is 2/],
    ['a block more than the data has', TINY_1.subarray(0, -1), /BlockHashes .* needs 32 bytes, 31 are left/],
  ])('%s', (_, given, sentence) => {
    const error = refused(given);
    expect(error.code).toBe(CANNOT_PARSE);
    expect(error.message).toMatch(sentence);
  });

  test('the explicit count of a whole segment says the same as 0', () => {
    const explicit = decodeContentInformation(patched(TINY_1, [10, '15']), OPERATION);
    expect(plain(explicit)).toEqual(plain(decodeContentInformation(TINY_1, OPERATION)));
    const two = decodeContentInformation(patched(TWO_1, [10, '70110100']), OPERATION);
    expect(plain(two)).toEqual(plain(decodeContentInformation(TWO_1, OPERATION)));
  });

  test('what follows its end is ignored', () => {
    const longer = Buffer.concat([TINY_1, Buffer.from('00000000', 'hex')]);
    expect(plain(decodeContentInformation(longer, OPERATION))).toEqual(
      plain(decodeContentInformation(TINY_1, OPERATION)),
    );
  });

  test('a list of blocks is the whole start of the segment, the blocks of the range, or refused', () => {
    const whole = described(fakeHashes1(10 * 65536)) as ContentInformation1;
    const range = describeRange(whole, { offset: 5n * 65536n, length: 2n * 65536n }, READINGS) as ContentInformation1;
    const { blockHashes } = whole.segments[0] as Segment1;
    /** With `count` hashes from the block `from` on. */
    const listed = (from: number, count: number): Uint8Array => {
      const cut = blockHashes.subarray(32 * from, 32 * (from + count));
      return encodeContentInformation({
        ...range,
        segments: [{ ...(range.segments[0] as Segment1), blockHashes: cut }],
      });
    };
    const firstBlock = (wire: Uint8Array) =>
      (decodeContentInformation(wire, OPERATION) as ContentInformation1).segments[0]?.firstBlock;
    expect(firstBlock(listed(0, 7))).toBe(0);
    expect(firstBlock(listed(0, 10))).toBe(0);
    expect(firstBlock(listed(5, 2))).toBe(5);
    expect(firstBlock(listed(5, 5))).toBe(5);
    expect(refused(listed(5, 1)).message).toMatch(/cBlocks .* is 1, for the blocks 5 to 6/);
    expect(refused(listed(4, 6)).message).toMatch(/cBlocks .* is 6, for the blocks 5 to 6/);
  });

  test('it is a copy: what happens to the bytes afterwards changes nothing', () => {
    const given = Uint8Array.from(TINY_1);
    const value = decodeContentInformation(given, OPERATION);
    given.fill(0);
    expect(hex(encodeContentInformation(value))).toBe(hex(TINY_1));
  });
});

describe('version 2', () => {
  const CHUNK = 31;
  test.each<[string, Uint8Array, RegExp]>([
    ['another hash', patched(TINY_2, [2, '01']), /bHashAlgo .* is 0x1/],
    ['a range behind the first segment', patched(TINY_2, [19, '00000015']), /dwOffsetInFirstSegment .* is 21/],
    ['a range over the end', patched(TINY_2, [30, '16']), /ullLengthOfRange .* is 22/],
    ['a range over the end because of its start', patched(TINY_2, [22, '01'], [30, '15']), /ullLengthOfRange .* is 21/],
    ['an empty segment', patched(TINY_2, [CHUNK + 8, '00']), /cbSegment .* is 0/],
    ['a segment of more than 128 KB', patched(TINY_2, [CHUNK + 5, '00020001']), /cbSegment .* is 131073/],
    [
      'an end behind all offsets',
      patched(TINY_2, [3, 'fffffffffffffff0']),
      /ullStartInContent .* is 18446744073709551600/,
    ],
    ['an empty chunk', patched(TINY_2, [CHUNK + 4, '00']), /dwChunkDataLength .* is 0/],
    ['a chunk of parts of segments', patched(TINY_2, [CHUNK + 4, '43']), /dwChunkDataLength .* is 67/],
    ['a chunk that is cut', TINY_2.subarray(0, -1), /ChunkData .* needs 68 bytes, 67 are left/],
    ['no chunk', TINY_2.subarray(0, CHUNK), /bChunkType .* needs 1 bytes/],
    ['a start of a chunk behind the last', Buffer.concat([TINY_2, bytes('000000')]), /dwChunkDataLength .* needs 4/],
    [
      'no chunk of segments',
      Buffer.concat([TINY_2.subarray(0, CHUNK), bytes('010000000100')]),
      /no chunk has segments/,
    ],
  ])('%s', (_, given, sentence) => {
    const error = refused(given);
    expect(error.code).toBe(CANNOT_PARSE);
    expect(error.message).toMatch(sentence);
  });

  test('the explicit length of the whole content is a range that happens to end there', () => {
    const explicit = decodeContentInformation(patched(TINY_2, [30, '15']), OPERATION);
    expect(plain(explicit)).toEqual({
      ...(plain(decodeContentInformation(TINY_2, OPERATION)) as object),
      whole: false,
    });
  });

  test('chunks of other types are passed over, wherever they are', () => {
    const unknown = bytes('7f00000003a5a5a5');
    const value = plain(decodeContentInformation(TWO_2, OPERATION));
    for (const parts of [
      [TWO_2.subarray(0, CHUNK), unknown, TWO_2.subarray(CHUNK)],
      [TWO_2, unknown],
      [TWO_2.subarray(0, CHUNK), unknown, bytes('0100000000'), TWO_2.subarray(CHUNK), unknown],
    ]) {
      expect(plain(decodeContentInformation(Buffer.concat(parts), OPERATION))).toEqual(value);
    }
  });
});

describe('one segment, in an offer to a hosted cache', () => {
  const whole = described(fakeHashes1(35 * 65536)) as ContentInformation1;
  const segment = whole.segments[0] as Segment1;
  const codec = segmentInformation(READINGS);

  test('carries the length of the segment, wherever the range begins', () => {
    const wire = Buffer.from(encode(codec, { algorithm: 'sha256', rangeOffset: 70_000, segment }));
    // With 32 bytes before it, the trace of [MS-PCHC] has 1,254.
    expect(wire.length).toBe(1254 - 32);
    expect([wire.readUInt32LE(6), wire.readUInt32LE(10), wire.readUInt32LE(14)]).toEqual([70_000, 35 * 65536, 1]);
    expect(plain(decode(codec, wire))).toEqual({ algorithm: 'sha256', rangeOffset: 70_000, segment: plain(segment) });
  });

  test('18.3: of the tiny content', () => {
    const value = { algorithm: 'sha256', rangeOffset: 0, segment: decodeContentInformation(TINY_1, '').segments[0] };
    const wire = encode(codec, value as Parameters<typeof codec.write>[1]);
    expect(hex(wire)).toBe(hex(patched(TINY_1, [10, '15000000'])));
  });

  test.each(['00', '02'])('with %s segments it is refused', (count) => {
    expect(() => decode(codec, patched(TWO_1, [14, count]))).toThrow(/cSegments/);
  });

  test.each([
    ['prefix', 0],
    ['strict', 2],
  ] as const)('reading distribution.block-lists = %s: a list in part', (candidate, firstBlock) => {
    const own = segmentInformation(new Readings({ 'distribution.block-lists': candidate }));
    const listed = { ...segment, blockHashes: segment.blockHashes.subarray(0, 32 * 3), firstBlock };
    const value = { algorithm: 'sha256', rangeOffset: 2 * 65536 + 5, segment: listed } as const;
    expect(plain(decode(own, encode(own, value)))).toEqual(plain(value));
    // A complete list begins with the first block, whatever is read into others.
    const complete = { algorithm: 'sha256', rangeOffset: 2 * 65536 + 5, segment } as const;
    expect(plain(decode(own, encode(own, complete)))).toEqual(plain(complete));
  });
});
