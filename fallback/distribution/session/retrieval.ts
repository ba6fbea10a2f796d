import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { HttpRemote } from '../../../lib/backend/contract/http.js';

export interface BlockRange {
  readonly index: number;
  readonly count: number;
}

/** The client side of retrieval. [MS-PCCRR] 3.1 */
export interface Retrieval {
  blockList(
    server: HttpRemote,
    segmentId: Uint8Array,
    wanted: readonly BlockRange[],
    signal?: AbortSignal,
  ): Promise<readonly BlockRange[]>;
  block(
    server: HttpRemote,
    segmentId: Uint8Array,
    index: number,
    signal?: AbortSignal,
  ): Promise<CachedBlock | undefined>;
  segmentList(
    server: HttpRemote,
    segmentIds: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<{ readonly ranges: readonly BlockRange[] }>;
}
