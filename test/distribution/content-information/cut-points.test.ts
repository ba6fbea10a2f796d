import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AheadFinder } from '#fallback/distribution/content-information/ahead-finder';
import { AT_START, cutSegments } from '#fallback/distribution/content-information/cut-points';
import { type MatchFinder, multiples, rollingFinder } from '#fallback/distribution/content-information/rolling-hash';
import { vectorFinder } from '#fallback/distribution/content-information/vector-finder';
import { referenceCuts, windowHashes } from './reference-cuts.ts';
import { CUT_SAMPLES, generated, join, vectors } from './samples.ts';

const RULES = { zeroRuns: true, partialMatches: true };

function vectorsHere(length: number): MatchFinder {
  const finder = vectorFinder(length);
  if (finder === undefined) throw new Error('this Node.js has no WebAssembly with vectors');
  return finder;
}

const FINDERS = [
  ['in TypeScript', rollingFinder],
  ['by vectors', vectorsHere],
] as const;

/** The lengths of the segments, of data that becomes known up to each of `parts` in turn. */
function lengths(finder: MatchFinder, data: Uint8Array, parts: readonly number[] = [], rules = RULES): number[] {
  const found: number[] = [];
  let from = 0;
  let state = AT_START;
  // What lies behind is no part of the data.
  finder.bytes.fill(0x55);
  for (const end of [...new Set([...parts.map((it) => it % data.length), data.length])].sort((a, b) => a - b)) {
    finder.bytes.set(data.subarray(0, end));
    const cuts = cutSegments(finder, from, end, end === data.length, state, rules);
    for (const cut of cuts.ends) {
      found.push(cut - from);
      from = cut;
    }
    state = cuts.state;
    if (end < data.length) expect(state.length).toBe(end - from);
  }
  return found;
}

test('looking ahead ends where everything matches', () => {
  const ahead = new AheadFinder({
    bytes: new Uint8Array(0),
    next: (from, to) => (from > to ? -1 : from),
    lowBits: () => 0x555,
  });
  ahead.begin(16);
  let steps = 0;
  while (ahead.lookAhead(100_000_000)) steps++;
  expect(steps).toBeLessThan(4);
  expect(ahead.next(16, 100)).toBe(16);
});

test('the tables of the rolling hash', () => {
  const hex = (value: bigint | undefined) => value?.toString(16).padStart(16, '0');
  const leavingTop = multiples(64);
  expect([1, 2, 255].map((i) => hex(leavingTop[i]))).toEqual([
    'f2b5d42c384a2167',
    '17de7c7448de63a9',
    '62889280fc72177b',
  ]);
  const leavingWindow = multiples(120);
  expect([1, 255].map((i) => hex(leavingWindow[i]))).toEqual(['3bb3115821eb68fe', '010f5fe9d9ef3419']);
});

describe.each(FINDERS)('%s', (_, make) => {
  const finder = make(1_000_000);

  test('finds each position that the rolling hash matches at, and its low bits', () => {
    const data = join(
      generated(150_000),
      new Uint8Array(1000),
      generated(50_000).map((it) => it & 3),
    );
    const hashes = windowHashes(data);
    const expected = [...hashes.keys()].filter((at) => at >= 16 && ((hashes[at] as number) & 0xfff) === 0x555);
    expect(expected.length).toBeGreaterThan(30);
    finder.bytes.set(data);
    const found: number[] = [];
    for (let at = finder.next(16, data.length); at >= 0; at = finder.next(at + 1, data.length)) found.push(at);
    expect(found).toEqual(expected);
    for (const at of [...found, 16, 17, 1000, data.length]) {
      expect([at, finder.lowBits(at)]).toEqual([at, hashes[at]]);
    }
    // Both ends count.
    for (const at of found) {
      expect([finder.next(at, at), finder.next(at - 1, at - 1), finder.next(at + 1, at)]).toEqual([at, -1, -1]);
    }
  });

  test('finds the same where it has looked ahead', () => {
    const ahead = new AheadFinder(finder);
    const data = generated(400_000);
    finder.bytes.set(data);
    const { length } = data;
    const plain = (from: number, to: number) => finder.next(from, to);
    for (const [begin, steps] of [
      [16, 0],
      [16, 1],
      [100_000, 2],
      [16, 3],
      [300_000, 100],
      [16, 100],
    ] as const) {
      ahead.begin(begin);
      for (let i = 0; i < steps; i++) ahead.lookAhead(length);
      for (let from = 16; from < length; from += 997) {
        for (const to of [from, from + 5000, from + 200_000, length]) {
          expect([from, to, ahead.next(from, to)]).toEqual([from, to, plain(from, to)]);
        }
      }
      // Back to what was passed.
      expect(ahead.next(16, length)).toBe(plain(16, length));
    }
    expect(ahead.lookAhead(length)).toBe(false);
  });

  test.each(CUT_SAMPLES)('cuts %s', (_name, data, expected) => {
    expect(lengths(finder, data)).toEqual([...expected]);
    expect(lengths(finder, data, [1, 32_767, 32_768, 131_071, 131_072, 131_073, 299_999])).toEqual([...expected]);
  });

  test('cuts a million bytes, however they come in', () => {
    const data = generated(1_000_000);
    const expected = vectors.generated.x1000000.lengths;
    expect(lengths(finder, data)).toEqual(expected);
    for (const step of [1000, 16, 65_536, 131_072, 262_144]) {
      const parts = Array.from({ length: Math.min(200, Math.floor(data.length / step)) }, (_, i) => (i + 1) * step);
      expect(lengths(finder, data, parts)).toEqual(expected);
    }
  });

  test('cuts any data as the procedure says word by word, however it comes in', () => {
    const random = generated(400_000);
    const part = fc.oneof(
      fc.nat(200_000).map((length) => new Uint8Array(length)),
      fc.nat(200_000).map((length) => Uint8Array.from({ length }, (_, i) => i)),
      fc.tuple(fc.nat(200_000), fc.nat(200_000)).map(([at, length]) => random.subarray(at, at + length)),
    );
    const content = fc.array(part, { maxLength: 4, minLength: 1 }).map((parts) => join(...parts));
    fc.assert(
      fc.property(content, fc.array(fc.nat(800_000), { maxLength: 5 }), (data, parts) => {
        fc.pre(data.length > 0);
        expect(lengths(finder, data, parts)).toEqual(referenceCuts(data));
      }),
      { numRuns: 30 },
    );
  });
});
