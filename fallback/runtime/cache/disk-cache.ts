import { crc32 } from 'node:zlib';
import type {
  CachedBlock,
  CachedSegment,
  CacheStore,
  CacheUsage,
  NewSegment,
} from '../../../lib/backend/contract/cache-store.js';
import { filetimeFromDate } from '../../wire/filetime.js';
import { blockCost, isBlock, isIndex, isSegment, segmentCost } from './bounds.js';
import type { Entry } from './cache-index.js';
import { CacheWriter } from './cache-writer.js';
import { copySegment } from './segments.js';

/** Segments that go together where many do. */
const REMOVED_TOGETHER = 16;

/**
 * A folder of blocks: files that are written first, and an index that has them then. A call that changes something is
 * answered when both are. One process at a time has the folder. Rejects what fails.
 */
export class DiskCache implements CacheStore {
  readonly #writer: CacheWriter;

  private constructor(writer: CacheWriter) {
    this.#writer = writer;
  }

  /** Rejects with `StoreFormatError` what a newer release wrote. */
  static async open(folder: string): Promise<DiskCache> {
    return new DiskCache(await CacheWriter.open(folder));
  }

  setLimit(limit: number): Promise<void> {
    return this.#writer.setLimit(limit);
  }

  async segment(id: string): Promise<CachedSegment | undefined> {
    const entry = await this.#find(id);
    return entry && { ...entry.known, blocks: [...entry.blocks.keys()].sort((a, b) => a - b) };
  }

  async addSegment(segment: NewSegment): Promise<void> {
    if (!isSegment(segment)) return;
    const added = copySegment(segment);
    await this.#writer.do(added.id, async (group) => {
      const entry = await group.change.use(added.id);
      if (entry !== undefined) group.change.learn(entry, added);
      else if (await group.makeRoom(segmentCost(added))) group.change.create(added, now());
      return () => undefined;
    });
  }

  async block(id: string, index: number): Promise<CachedBlock | undefined> {
    const held = (await this.#find(id))?.blocks.get(index);
    if (held === undefined) return undefined;
    const bytes = await this.#mended(this.#writer.files.read(id, index, held));
    if (bytes === undefined) {
      await this.#removeDamaged(id, index);
      return undefined;
    }
    this.#writer.use(id);
    return { cipher: held.cipher, iv: Uint8Array.from(held.iv), bytes };
  }

  async addBlock(id: string, index: number, block: CachedBlock): Promise<boolean> {
    if (!isBlock(block)) return false;
    const { cipher, bytes } = block;
    const held = { cipher, iv: Uint8Array.from(block.iv), length: bytes.length, checksum: crc32(bytes) };
    return this.#writer.do(id, async (group) => {
      const entry = await group.change.use(id);
      if (entry === undefined || !isIndex(index, entry.known)) return () => false;
      if (!entry.blocks.has(index)) {
        if (!(await group.makeRoom(blockCost(held.length), id))) return () => false;
        group.change.addBlock(entry, index, held);
        group.write(entry, index, bytes);
      }
      return () => {
        group.checkWritten(id, index);
        return true;
      };
    });
  }

  removeBlock(id: string, index: number): Promise<void> {
    return this.#writer.do(id, async ({ change }) => {
      await change.removeBlock(id, index);
      return () => undefined;
    });
  }

  removeSegment(id: string): Promise<void> {
    return this.#writer.do(id, async ({ change }) => {
      await change.removeSegment(id);
      return () => undefined;
    });
  }

  async flush(tag: string): Promise<number> {
    for (let freed = 0; ; ) {
      const some = await this.#writer.do(undefined, async ({ change }) => {
        const before = change.totals.bytes;
        const ids = await this.#writer.index.tagged(tag, REMOVED_TOGETHER);
        for (const id of ids) await change.removeTag(id, tag);
        freed += before - change.totals.bytes;
        return () => ids.length > 0;
      });
      if (!some) return freed;
    }
  }

  /** What was there when it was called; others may add more meanwhile. */
  async clear(): Promise<void> {
    let left: number | undefined;
    do {
      left = await this.#writer.do(undefined, async ({ change }) => {
        const wanted = left ?? change.totals.segments;
        const removed = await change.removeOldest(Math.min(wanted, REMOVED_TOGETHER));
        return () => (removed === 0 ? 0 : wanted - removed);
      });
    } while (left > 0);
  }

  async usage(): Promise<CacheUsage> {
    const { index, fault } = this.#writer;
    const usage = { ...index.totals, limit: await this.#writer.limit() };
    return fault === undefined ? usage : { ...usage, fault };
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #find(id: string): Promise<Entry | undefined> {
    return this.#mended(this.#writer.index.find(id));
  }

  async #mended<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      await this.#writer.mend(error);
      throw error;
    }
  }

  /** Unless it has been written anew meanwhile. */
  #removeDamaged(id: string, index: number): Promise<void> {
    return this.#writer.do(id, async ({ change }) => {
      const held = (await change.find(id))?.blocks.get(index);
      const damaged = held !== undefined && (await this.#writer.files.read(id, index, held)) === undefined;
      if (damaged) await change.removeBlock(id, index);
      return () => undefined;
    });
  }
}

function now(): bigint {
  return filetimeFromDate(new Date());
}
