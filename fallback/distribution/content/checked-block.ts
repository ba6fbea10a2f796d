import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import { openBlock } from '../retrieval/block-cipher.js';
import type { BlockPlace } from './content-map.js';

/** The bytes of a block as it came; undefined where they are not those that the content information tells of. */
export function checkedBlock({ segment, index, length }: BlockPlace, block: CachedBlock): Uint8Array | undefined {
  const bytes = openBlock(block, segment.secret, length);
  return bytes !== undefined && segment.holds(index, bytes) ? bytes : undefined;
}
