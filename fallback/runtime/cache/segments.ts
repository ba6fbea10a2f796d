import type { NewSegment, SegmentKeys } from '../../../lib/backend/contract/cache-store.js';

/** Programs that a segment is cached for. */
const TAGS_MAX = 16;

/** What is known of a segment once `added` says more; its length and its keys stay what they were. */
export function merge<S extends NewSegment>(known: S, added: NewSegment): S {
  const tags = [...new Set([...known.tags, ...added.tags])].slice(0, TAGS_MAX);
  const keys = known.keys === undefined ? added.keys : withHashes(known.keys, added.keys);
  return keys === undefined ? { ...known, tags } : { ...known, tags, keys };
}

function withHashes(known: SegmentKeys, added: SegmentKeys | undefined): SegmentKeys {
  if (added === undefined || added.algorithm !== known.algorithm) return known;
  const length = Math.max(known.blockHashes.length, added.blockHashes.length);
  const blockHashes = Array.from({ length }, (_, index) => known.blockHashes[index] ?? added.blockHashes[index]);
  return { ...known, blockHashes };
}

export function copySegment<S extends NewSegment>(segment: S): S {
  const { tags, keys } = segment;
  return keys === undefined ? { ...segment, tags: [...tags] } : { ...segment, tags: [...tags], keys: copyKeys(keys) };
}

function copyKeys({ algorithm, hashOfData, secret, blockHashes }: SegmentKeys): SegmentKeys {
  return {
    algorithm,
    hashOfData: Uint8Array.from(hashOfData),
    secret: Uint8Array.from(secret),
    blockHashes: Array.from(blockHashes, (hash) => hash && Uint8Array.from(hash)),
  };
}
