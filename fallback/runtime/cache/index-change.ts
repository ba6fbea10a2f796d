import type { NewSegment } from '../../../lib/backend/contract/cache-store.js';
import { blockCost, segmentCost } from './bounds.js';
import type { CacheIndex, Entry, EntryChange } from './cache-index.js';
import type { HeldBlock, Totals } from './index-records.js';
import { copySegment, merge } from './segments.js';

interface EditedEntry extends Entry {
  known: Entry['known'];
  used: number;
  readonly blocks: Map<number, HeldBlock>;
}

/** What a group of calls does to the index; nothing of it is done before the index commits it. */
export class IndexChange {
  readonly #index: CacheIndex;
  /** What changes; undefined for what goes. */
  readonly #edited = new Map<string, { readonly before: Entry | undefined; after: EditedEntry | undefined }>();
  #oldest: AsyncGenerator<{ readonly id: string; readonly used: number }, undefined> | undefined;
  /** Files of blocks that are none afterwards. */
  readonly removed: { readonly id: string; readonly index: number }[] = [];
  #segments: number;
  #blocks: number;
  #bytes: number;

  constructor(index: CacheIndex) {
    this.#index = index;
    ({ segments: this.#segments, blocks: this.#blocks, bytes: this.#bytes } = index.totals);
  }

  get totals(): Totals {
    return { segments: this.#segments, blocks: this.#blocks, bytes: this.#bytes };
  }

  get entries(): ReadonlyMap<string, EntryChange> {
    return this.#edited;
  }

  /** To look at. */
  async find(id: string): Promise<Entry | undefined> {
    const edited = this.#edited.get(id);
    return edited === undefined ? this.#index.find(id) : edited.after;
  }

  /** To change, and used from now on. */
  async use(id: string): Promise<EditedEntry | undefined> {
    const entry = await this.#edit(id);
    if (entry !== undefined) entry.used = this.#index.nextUse();
    return entry;
  }

  create(segment: NewSegment, created: bigint): void {
    const known = merge({ ...copySegment(segment), created, tags: [] }, segment);
    const before = this.#edited.get(segment.id)?.before;
    this.#edited.set(segment.id, { before, after: { known, used: this.#index.nextUse(), blocks: new Map() } });
    this.#segments += 1;
    this.#bytes += segmentCost(segment);
  }

  learn(entry: EditedEntry, segment: NewSegment): void {
    entry.known = merge(entry.known, copySegment(segment));
  }

  addBlock(entry: EditedEntry, index: number, block: HeldBlock): void {
    entry.blocks.set(index, block);
    this.#blocks += 1;
    this.#bytes += blockCost(block.length);
  }

  async removeBlock(id: string, index: number): Promise<void> {
    const entry = await this.#edit(id);
    const block = entry?.blocks.get(index);
    if (entry === undefined || block === undefined) return;
    entry.blocks.delete(index);
    this.#blocks -= 1;
    this.#bytes -= blockCost(block.length);
    this.removed.push({ id, index });
  }

  async removeSegment(id: string): Promise<void> {
    const entry = await this.#edit(id);
    if (entry === undefined) return;
    for (const index of [...entry.blocks.keys()]) await this.removeBlock(id, index);
    this.#segments -= 1;
    this.#bytes -= segmentCost(entry.known);
    const before = this.#edited.get(id)?.before;
    this.#edited.set(id, { before, after: undefined });
  }

  async removeTag(id: string, tag: string): Promise<void> {
    const entry = await this.#edit(id);
    if (entry === undefined || !entry.known.tags.includes(tag)) return;
    const tags = entry.known.tags.filter((it) => it !== tag);
    if (tags.length === 0) await this.removeSegment(id);
    else entry.known = { ...entry.known, tags };
  }

  async makeRoom(cost: number, limit: number, spared?: string): Promise<boolean> {
    while (this.#bytes + cost > limit) {
      const victim = await this.#leastRecentlyUsed(spared);
      if (victim === undefined) return false;
      await this.removeSegment(victim);
    }
    return true;
  }

  /** How many of them there were. */
  async removeOldest(count: number): Promise<number> {
    for (let removed = 0; ; removed++) {
      const id = removed < count ? await this.#leastRecentlyUsed(undefined) : undefined;
      if (id === undefined) return removed;
      await this.removeSegment(id);
    }
  }

  /** Whether files of the segment are still there that must not be. */
  removes(id: string): boolean {
    return this.removed.some((it) => it.id === id);
  }

  async end(): Promise<void> {
    await this.#oldest?.return(undefined);
  }

  async #leastRecentlyUsed(spared: string | undefined): Promise<string | undefined> {
    this.#oldest ??= this.#index.oldest();
    for (let next = await this.#oldest.next(); !next.done; next = await this.#oldest.next()) {
      const { id, used } = next.value;
      // One that was used by this group is younger than all that was not.
      if (id !== spared && (await this.find(id))?.used === used) return id;
    }
    const [first] = [...this.#edited]
      .flatMap(([id, { after }]) => (after === undefined || id === spared ? [] : [{ id, used: after.used }]))
      .sort((a, b) => a.used - b.used);
    return first?.id;
  }

  async #edit(id: string): Promise<EditedEntry | undefined> {
    const edited = this.#edited.get(id);
    if (edited !== undefined) return edited.after;
    const before = await this.#index.find(id);
    if (before === undefined) return undefined;
    const after = { known: before.known, used: before.used, blocks: new Map(before.blocks) };
    this.#edited.set(id, { before, after });
    return after;
  }
}
