import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  blockHash,
  type ContentHashes,
  ContentHashing,
  describe as describeContent,
  describeRange,
  encodeContentInformation,
  type Segment1,
  segmentId,
} from '#fallback/distribution/content-information/index';
import { realThreads } from '#fallback/runtime/threads';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Readings } from '#fallback/wire/readings';
import type { SegmentHash } from '#lib/backend/contract/cache-store';
import type { Host } from '#lib/backend/contract/host';
import { realHost } from '../../runtime/real-host.ts';
import { plain } from '../../wire/codec-law.ts';
import { expected, file, hashingOn, pushed, wholeCuts } from './hashed.ts';
import { windowHashes } from './reference-cuts.ts';
import { CUT_SAMPLES, generated, hex, MIB, READINGS, SECRET_KEY, vectors } from './samples.ts';

const ALL: readonly SegmentHash[] = ['sha256', 'sha384', 'sha512', 'sha512-256'];

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each<[string, () => Host]>([
  ['on threads', realHost],
  ['inline', () => new VirtualNetwork({ seed: 1 }).host()],
])('%s: the vectors', (_, make) => {
  const { x100000, x1000000, x33624432 } = vectors.generated;

  test('100,000 bytes', async () => {
    const content = generated(100_000);
    expect([hex(content.subarray(0, 16)), sha256(content)]).toEqual([vectors.generated.first16, x100000.sha256]);
    const hashing = hashingOn(make());
    for (const [hashes] of [
      await hashing.hashFile(file(content), ['sha256']),
      await pushed(hashing, content, ['sha256'], 7001),
    ] as const) {
      const value = describeContent(hashes as ContentHashes, SECRET_KEY, READINGS);
      const [segment] = value.segments;
      expect(hex(segment?.hashOfData as Uint8Array)).toBe(x100000.hashOfData);
      expect(hex(segment?.secret as Uint8Array)).toBe(x100000.secret);
      expect(hex(segmentId(value, segment as never))).toBe(x100000.id);
      expect(hex(blockHash(value, segment as Segment1, 1) as Uint8Array)).toBe(x100000.secondBlockHash);
      const wire = encodeContentInformation(value);
      expect({ length: wire.length, sha256: sha256(wire) }).toEqual(x100000.contentInformation);
    }
  });

  test('33,624,432 bytes, and a range of them', async () => {
    const content = generated(33_624_432);
    expect(sha256(content)).toBe(x33624432.sha256);
    const hashing = hashingOn(make());
    for (const [hashes] of [
      await hashing.hashFile(file(content), ['sha256', 'sha512-256']),
      await pushed(hashing, content, ['sha256', 'sha512-256'], 1_000_003),
    ] as const) {
      const whole = describeContent(hashes as ContentHashes, SECRET_KEY, READINGS);
      const ids = whole.segments.map((it) => ({ hashOfData: hex(it.hashOfData), id: hex(segmentId(whole, it)) }));
      expect(ids).toEqual(x33624432.segments);
      const wire = encodeContentInformation(whole);
      expect({ length: wire.length, sha256: sha256(wire) }).toEqual(x33624432.contentInformation);
      const { offset, length, ...vector } = x33624432.range;
      const range = describeRange(whole, { offset: BigInt(offset), length: BigInt(length) }, READINGS);
      const ranged = Buffer.from(encodeContentInformation(range));
      expect({
        offsetInFirstSegment: ranged.readUInt32LE(6),
        readBytesInLastSegment: ranged.readUInt32LE(10),
        contentInformation: { length: ranged.length, sha256: sha256(ranged) },
      }).toEqual(vector);
    }
  });

  test('1,000,000 bytes, version 2', async () => {
    const content = generated(1_000_000);
    const hashing = hashingOn(make());
    for (const [hashes] of [
      await hashing.hashFile(file(content), ['sha512-256']),
      await pushed(hashing, content, ['sha512-256'], 65_537),
    ] as const) {
      const value = describeContent(hashes as ContentHashes, SECRET_KEY, READINGS);
      const [segment] = value.segments;
      expect(value.segments.map((it) => it.length)).toEqual(x1000000.lengths);
      expect(hex(segment?.hashOfData as Uint8Array)).toBe(x1000000.hashOfData);
      expect(hex(segment?.secret as Uint8Array)).toBe(x1000000.secret);
      expect(hex(segmentId(value, segment as never))).toBe(x1000000.id);
      const wire = encodeContentInformation(value);
      expect({ length: wire.length, sha256: sha256(wire) }).toEqual(x1000000.contentInformation);
    }
  });
});

describe('any length, any parts', () => {
  const LENGTHS = [0, 1, 65_535, 65_536, 65_537, MIB - 1, MIB, MIB + 1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 5];
  const content = generated(LENGTHS.at(-1) as number);
  const hashing = new ContentHashing(new VirtualNetwork({ seed: 1 }).host(), READINGS);

  test.each(LENGTHS)('%i bytes', async (length) => {
    const bytes = content.subarray(0, length);
    const wanted = plain(ALL.map((algorithm) => expected(bytes, algorithm)));
    expect(plain(await hashing.hashFile(file(bytes), ALL))).toEqual(wanted);
    expect(plain(await pushed(hashing, bytes, ALL, Math.max(1, length)))).toEqual(wanted);
    expect(plain(await pushed(hashing, bytes, ALL, 100_003, 1, 2 * MIB, 7))).toEqual(wanted);
    for (const [i, algorithm] of ALL.entries()) {
      expect(plain(await pushed(hashing, bytes, [algorithm], MIB))).toEqual([(wanted as unknown[])[i]]);
    }
  });

  test('the bytes are the caller’s again when they were taken', async () => {
    const hasher = hashing.open(['sha256']);
    const part = new Uint8Array(MIB);
    for (let at = 0; at < 3 * MIB; at += MIB) {
      part.set(content.subarray(at, at + MIB));
      await hasher.add(part);
      part.fill(0xff);
    }
    expect(plain(await hasher.end())).toEqual([plain(expected(content.subarray(0, 3 * MIB), 'sha256'))]);
  });

  test.each([1, 3])('on %i threads', async (count) => {
    const several = hashingOn({ ...realHost(), threads: realThreads(count) });
    const wanted = plain(ALL.map((algorithm) => expected(content, algorithm)));
    expect(plain(await pushed(several, content, ALL, 300_000))).toEqual(wanted);
    expect(plain(await several.hashFile(file(content), ALL))).toEqual(wanted);
  });

  test('many contents at once share the threads', async () => {
    const shared = hashingOn(realHost());
    const path = file(content);
    const wanted = plain(expected(content, 'sha512-256'));
    const pushes = Array.from({ length: 6 }, (_, i) => pushed(shared, content, ['sha512-256'], 50_000 + 30_000 * i));
    const files = Array.from({ length: 6 }, () => shared.hashFile(path, ['sha512-256']));
    for (const [found] of await Promise.all([...pushes, ...files])) expect(plain(found)).toEqual(wanted);
  });
});

describe('what is not settled', () => {
  const host = new VirtualNetwork({ seed: 1 }).host();
  const [, zerosFirst] = CUT_SAMPLES;

  async function lengths(content: Uint8Array, reading: string, candidate: string): Promise<number[]> {
    const hashing = new ContentHashing(host, new Readings({ [reading]: candidate }));
    const [hashes] = await pushed(hashing, content, ['sha512-256'], 300_001);
    return hashes?.segments.map((it) => it.length) ?? [];
  }

  test.each([
    ['own-segment', [131_072, 131_072, 37_856, 50_000]],
    // Nothing in zeros matches: 300,000 of them are two of the greatest length, and the rest belongs to what follows.
    ['scanned', [131_072, 131_072, 87_856]],
  ] as const)('reading distribution.zero-runs = %s: zeros before other data', async (candidate, expected) => {
    const found = await lengths(zerosFirst?.[1] as Uint8Array, 'distribution.zero-runs', candidate);
    expect(found).toEqual([...expected]);
  });

  test.each([
    ['best-match', (length: number) => length < 131_072],
    ['maximum', (length: number) => length === 131_072],
  ] as const)('reading distribution.longest-segment = %s: where no full match is', async (candidate, holds) => {
    const content = generated(1_000_000);
    const hashes = windowHashes(content);
    const found = await lengths(content, 'distribution.longest-segment', candidate);
    const ends = found.map((_, i) => found.slice(0, i + 1).reduce((sum, it) => sum + it));
    expect(ends.at(-1)).toBe(content.length);
    const others = found.slice(0, -1).filter((_, i) => hashes[ends[i] as number] !== 0x5555);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((length) => !holds(length))).toEqual([]);
  });

  test.each([
    ['content', false],
    ['32-mb', true],
  ] as const)('reading distribution.cut-window = %s: a segment ends after 32 MB', async (candidate, ends) => {
    const content = generated(33_624_432);
    const found = await lengths(content, 'distribution.cut-window', candidate);
    const sums = found.map((_, i) => found.slice(0, i + 1).reduce((sum, it) => sum + it));
    expect([sums.at(-1), sums.includes(32 * MIB)]).toEqual([33_624_432, ends]);
    // Behind it there is a content of its own.
    const rest = wholeCuts(content.subarray(32 * MIB));
    if (ends) expect(found.slice(sums.indexOf(32 * MIB) + 1)).toEqual(rest);
  });
});
