import type { ReadResult } from '../../../lib/backend/contract/distribution.js';
import { type BlockPlace, keyOf } from './content-map.js';

export type BlockSource = NonNullable<Extract<ReadResult, { kind: 'data' }>['source']>;

/** Bytes of blocks that wait for their reader: twice what reads look ahead, so that nothing is fetched for nothing. */
const BUFFER_BYTES = 8 << 20;

export interface BufferedBlock {
  readonly bytes: Uint8Array;
  readonly source: BlockSource;
}

/** The checked blocks that a content holds itself: what came last, whether the cache keeps it or not. */
export class BlockBuffer {
  /** The last used last. */
  readonly #blocks = new Map<string, BufferedBlock>();
  #bytes = 0;

  get(place: BlockPlace): BufferedBlock | undefined {
    const key = keyOf(place);
    const found = this.#blocks.get(key);
    if (found === undefined) return undefined;
    this.#blocks.delete(key);
    this.#blocks.set(key, found);
    return found;
  }

  has(place: BlockPlace): boolean {
    return this.#blocks.has(keyOf(place));
  }

  put(place: BlockPlace, block: BufferedBlock): void {
    this.#remove(keyOf(place));
    this.#blocks.set(keyOf(place), block);
    this.#bytes += block.bytes.length;
    for (const key of this.#blocks.keys()) {
      if (this.#bytes <= BUFFER_BYTES) break;
      this.#remove(key);
    }
  }

  clear(): void {
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    this.#bytes -= this.#blocks.get(key)?.bytes.length ?? 0;
    this.#blocks.delete(key);
  }
}
