import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ContentInformation,
  type ContentInformation1,
  contentInformationCodec,
  describeRange,
  encodeContentInformation,
  type Segment1,
  segmentInformation,
} from '#fallback/distribution/content-information/index';
import { type Codec, decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { proveCodecLaw } from '../../wire/codec-law.ts';
import { mutate } from '../../wire/mutations.mjs';
import { bytes, described, fakeHashes1, fakeHashes2, hex, MIB, vectors } from './samples.ts';

const MUTATIONS = 20_000;

const CHOICES = [
  new Readings(),
  new Readings({ 'distribution.block-lists': 'strict', 'distribution.chunks': 'per-segment' }),
];

const WHOLE = [
  described(fakeHashes1(21)),
  described(fakeHashes1(32 * MIB + 70_000)),
  described(fakeHashes1(200_000, 'sha384')),
  described(fakeHashes1(200_000, 'sha512')),
  described(fakeHashes2(131_072)),
  described(fakeHashes2(40_000, 131_072, 1)),
];

function ranges(whole: ContentInformation, readings: Readings): ContentInformation[] {
  const length = whole.end;
  return [
    { offset: 0n, length },
    { offset: length / 2n, length: 1n + length / 4n },
    { offset: length - 1n, length: 1n },
  ].map((range) => describeRange(whole, range, readings));
}

test.each(CHOICES)('content information keeps the codec law', (readings) => {
  proveCodecLaw(
    contentInformationCodec(readings),
    WHOLE.flatMap((whole) => ranges(whole, readings)),
  );
});

test.each(CHOICES)('content information of one segment keeps the codec law', (readings) => {
  const samples = WHOLE.filter((it): it is ContentInformation1 => it.version === 1).flatMap(({ algorithm, segments }) =>
    segments.map((segment) => ({ algorithm, rangeOffset: segment.length >> 1, segment })),
  );
  proveCodecLaw(segmentInformation(readings), samples);
});

test('any range of any content comes through', () => {
  const content = fc.oneof(
    fc.integer({ min: 1, max: 70 * MIB }).map((length) => described(fakeHashes1(length))),
    fc
      .array(fc.integer({ min: 1, max: 131_072 }), { minLength: 1, maxLength: 20 })
      .map((lengths) => described(fakeHashes2(...lengths))),
  );
  fc.assert(
    fc.property(content, fc.nat(), fc.nat(), fc.constantFrom(...CHOICES), (whole, a, b, readings) => {
      const offset = BigInt(a) % whole.end;
      const length = 1n + (BigInt(b) % (whole.end - offset));
      const value = describeRange(whole, { offset, length }, readings);
      const wire = encodeContentInformation(value, readings);
      const seen = decode(contentInformationCodec(readings), wire);
      expect([seen.start, seen.end]).toEqual([offset, offset + length]);
      expect(hex(encodeContentInformation(seen, readings))).toBe(hex(wire));
    }),
    { numRuns: 200 },
  );
});

const SEEDS = [
  ...[vectors.tiny.version1, vectors.tiny.version2].map(({ contentInformation }) => bytes(contentInformation)),
  ...[fakeHashes1(180_000), fakeHashes2(1, 2, 3)].map((it) => encodeContentInformation(described(it))),
];
const SEGMENT = described(fakeHashes1(180_000)) as ContentInformation1;

/** `seed` makes the mutations of each decoder others. */
test.each<[string, number, readonly Uint8Array[], Codec<never>]>([
  ['content information', 81, SEEDS, contentInformationCodec(CHOICES[0] as Readings) as Codec<never>],
  [
    'one segment',
    82,
    [
      encode(segmentInformation(CHOICES[1] as Readings), {
        algorithm: 'sha256',
        rangeOffset: 70_000,
        segment: SEGMENT.segments[0] as Segment1,
      }),
    ],
    segmentInformation(CHOICES[1] as Readings) as Codec<never>,
  ],
])('mutations of %s give a value or a DecodeError', (_, seed, seeds, codec) => {
  mutate(seed, seeds, MUTATIONS, (input) => encode(codec, decode(codec, input)));
});

test('the vectors are those of the digest of the content', () => {
  const { version1, version2 } = vectors.tiny;
  const inner = createHash('sha256').update(vectors.tiny.content).digest('hex');
  expect(version1.blockHash).toBe(inner);
  expect(version2.contentInformation).toContain(version2.hashOfData + version2.secret);
});
