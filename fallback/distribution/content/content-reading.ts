import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { ReadResult } from '../../../lib/backend/contract/distribution.js';
import type { Clock } from '../../../lib/backend/contract/host.js';
import type { Download, WantedBlocks } from '../session/download.js';
import type { Taken } from '../session/segment-session.js';
import type { BlockServer } from '../session/server.js';
import { AddedData } from './added-data.js';
import type { BufferedBlock } from './block-buffer.js';
import type { BlockPlace, ContentMap, MappedSegment } from './content-map.js';
import type { LocalBlocks } from './local-blocks.js';
import { openBlock } from './open-block.js';

/** How far reads fetch ahead, and tell of missing bytes, at most: half of what a content holds itself. */
const LOOK_AHEAD = 4 << 20;
/** What a DWORD of Windows counts. */
const COUNT_LIMIT = 0xffff_ffff;

export interface Read {
  readonly max: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ContentReadingOptions {
  readonly map: ContentMap;
  readonly clock: Clock;
  readonly local: LocalBlocks;
  /** Undefined: nobody is asked. */
  readonly download: Download | undefined;
}
