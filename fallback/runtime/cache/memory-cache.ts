import type { CachedBlock, CachedSegment, CacheUsage, NewSegment } from '../../../lib/backend/contract/cache-store.js';
import { blockCost, isBlock, isIndex, isSegment, segmentCost } from './bounds.js';
import { copySegment, merge } from './segments.js';

interface Kept {
  segment: NewSegment & { readonly created: bigint };
  readonly blocks: Map<number, CachedBlock>;
}

/** A cache store's rules, in memory. */
export class MemoryCache {
  limit: number;
  /** Least recently used first. */
  readonly #segments = new Map<string, Kept>();
  #bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  segment(id: string): CachedSegment | undefined {
    const kept = this.#segments.get(id);
    return kept && { ...copySegment(kept.segment), blocks: [...kept.blocks.keys()].sort((a, b) => a - b) };
  }

  addSegment(added: NewSegment, created: bigint): void {
    if (!isSegment(added)) return;
    const kept = this.#use(added.id);
    if (kept !== undefined) kept.segment = merge(kept.segment, copySegment(added));
    else if (this.#makeRoom(segmentCost(added))) {
      const segment = merge({ ...copySegment(added), created, tags: [] }, added);
      this.#segments.set(added.id, { segment, blocks: new Map() });
    }
  }

  block(id: string, index: number): CachedBlock | undefined {
    const block = this.#segments.get(id)?.blocks.get(index);
    if (block !== undefined) this.#use(id);
    return block && copyBlock(block);
  }

  addBlock(id: string, index: number, block: CachedBlock): boolean {
    const kept = this.#use(id);
    if (kept === undefined || !isBlock(block) || !isIndex(index, kept.segment)) return false;
    if (kept.blocks.has(index)) return true;
    if (!this.#makeRoom(blockCost(block.bytes.length), id)) return false;
    kept.blocks.set(index, copyBlock(block));
    return true;
  }

  removeBlock(id: string, index: number): void {
    const kept = this.#segments.get(id);
    const block = kept?.blocks.get(index);
    if (block === undefined) return;
    this.#bytes -= blockCost(block.bytes.length);
    kept?.blocks.delete(index);
  }

  removeSegment(id: string): void {
    const kept = this.#segments.get(id);
    if (kept === undefined) return;
    for (const index of [...kept.blocks.keys()]) this.removeBlock(id, index);
    this.#bytes -= segmentCost(kept.segment);
    this.#segments.delete(id);
  }

  flush(tag: string): number {
    const before = this.#bytes;
    for (const [id, kept] of [...this.#segments]) {
      const tags = kept.segment.tags.filter((it) => it !== tag);
      if (tags.length === kept.segment.tags.length) continue;
      if (tags.length === 0) this.removeSegment(id);
      else kept.segment = { ...kept.segment, tags };
    }
    return before - this.#bytes;
  }

  clear(): void {
    for (const id of [...this.#segments.keys()]) this.removeSegment(id);
  }

  /** Drops what the limit, which may have changed, has no room for. */
  trim(): void {
    this.#makeRoom(0);
  }

  usage(): CacheUsage {
    const blocks = [...this.#segments.values()].reduce((sum, it) => sum + it.blocks.size, 0);
    return { segments: this.#segments.size, blocks, bytes: this.#bytes, limit: this.limit };
  }

  #use(id: string): Kept | undefined {
    const kept = this.#segments.get(id);
    if (kept === undefined) return undefined;
    this.#segments.delete(id);
    this.#segments.set(id, kept);
    return kept;
  }

  /** Counts `cost`, having removed other segments than `spared` for it; false where that does not suffice. */
  #makeRoom(cost: number, spared?: string): boolean {
    for (const id of this.#segments.keys()) {
      if (this.#bytes + cost <= this.limit) break;
      if (id !== spared) this.removeSegment(id);
    }
    if (this.#bytes + cost > this.limit) return false;
    this.#bytes += cost;
    return true;
  }
}

function copyBlock({ cipher, iv, bytes }: CachedBlock): CachedBlock {
  return { cipher, iv: Uint8Array.from(iv), bytes: Uint8Array.from(bytes) };
}
