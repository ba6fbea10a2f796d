import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AT_START, cutSegments } from '#fallback/distribution/content-information/cut-points';
import { type ContentHashes, ContentHashing, segmentHash } from '#fallback/distribution/content-information/index';
import { rollingFinder } from '#fallback/distribution/content-information/rolling-hash';
import type { SegmentHash } from '#lib/backend/contract/cache-store';
import type { Host } from '#lib/backend/contract/host';
import { freshFolder } from '../../runtime/real-host.ts';
import { MIB, READINGS } from './samples.ts';

export function hashingOn(host: Host): ContentHashing {
  const hashing = new ContentHashing(host, READINGS);
  onTestFinished(() => hashing.close());
  return hashing;
}

export function file(content: Uint8Array): string {
  const path = join(freshFolder(), 'content');
  writeFileSync(path, content);
  return path;
}

/** In parts of these lengths, over and over. */
export async function pushed(
  hashing: ContentHashing,
  content: Uint8Array,
  algorithms: readonly SegmentHash[],
  ...parts: readonly number[]
): Promise<readonly ContentHashes[]> {
  const hasher = hashing.open(algorithms);
  for (let at = 0, turn = 0; at < content.length; turn++) {
    const part = content.subarray(at, at + (parts[turn % parts.length] as number));
    await hasher.add(part);
    at += part.length;
  }
  return await hasher.end();
}

/** What the definitions say, of all of it at once. */
export function expected(content: Uint8Array, algorithm: SegmentHash) {
  const version1 = algorithm !== 'sha512-256';
  const lengths = version1
    ? Array.from({ length: Math.ceil(content.length / (32 * MIB)) }, (_, i) =>
        Math.min(32 * MIB, content.length - i * 32 * MIB),
      )
    : wholeCuts(content);
  let offset = 0;
  const segments = lengths.map((length) => {
    const bytes = content.subarray(offset, offset + length);
    const blocks = version1
      ? Array.from({ length: Math.ceil(length / 65536) }, (_, i) =>
          segmentHash(algorithm, bytes.subarray(i * 65536, (i + 1) * 65536)),
        )
      : [];
    const blockHashes = Buffer.concat(blocks);
    const hashOfData = segmentHash(algorithm, version1 ? blockHashes : bytes);
    const segment = { offset: BigInt(offset), length, hashOfData, ...(version1 ? { blockHashes } : {}) };
    offset += length;
    return segment;
  });
  return { algorithm, length: BigInt(content.length), segments };
}

/** The lengths of segments of version 2, cut in one go. */
export function wholeCuts(content: Uint8Array): number[] {
  const finder = rollingFinder(content.length);
  finder.bytes.set(content);
  const rules = { zeroRuns: true, partialMatches: true };
  const { ends } = cutSegments(finder, 0, content.length, true, AT_START, rules);
  return ends.map((end, i) => end - (ends[i - 1] ?? 0));
}
