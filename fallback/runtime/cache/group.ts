import type { BlockFiles } from './block-files.js';
import type { CacheIndex, Entry } from './cache-index.js';
import { IndexChange } from './index-change.js';

interface Write {
  readonly id: string;
  readonly index: number;
  /** Resolves with what went wrong, if anything. */
  readonly done: Promise<Error | undefined>;
  error: Error | undefined;
}

/** Calls that go to the disk together: files of blocks first, then the index, then files that are blocks no more. */
export class Group {
  readonly change: IndexChange;
  /** Bytes that blocks may take. */
  limit = 0;
  readonly #index: CacheIndex;
  readonly #files: BlockFiles;
  readonly #writes = new Map<string, Write>();

  constructor(index: CacheIndex, files: BlockFiles) {
    this.change = new IndexChange(index);
    this.#index = index;
    this.#files = files;
  }

  /** Removes least recently used segments, but not the spared one, until `cost` fits; false where it never does. */
  makeRoom(cost: number, spared?: string): Promise<boolean> {
    return this.change.makeRoom(cost, this.limit, spared);
  }

  /** Begins to write the file of a block that the change has. */
  write({ known: { id } }: Entry, index: number, bytes: Uint8Array): void {
    const done = this.#files.write(id, index, bytes).then(
      () => undefined,
      (error: Error) => error,
    );
    this.#writes.set(`${id}.${index}`, { id, index, done, error: undefined });
  }

  /** Throws why a block of the change has no file. */
  checkWritten(id: string, index: number): void {
    const error = this.#writes.get(`${id}.${index}`)?.error;
    if (error !== undefined) throw error;
  }

  /** Blocks that got no file are left out; why, if there are any. */
  async commit(): Promise<Error | undefined> {
    let fault: Error | undefined;
    for (const write of this.#writes.values()) {
      write.error = await write.done;
      if (write.error === undefined) continue;
      fault = write.error;
      await this.change.removeBlock(write.id, write.index);
    }
    await this.#index.commit(this.change.entries, this.change.totals);
    return fault;
  }

  /** Before the next group, which may write files of the same names. */
  async removeFiles(): Promise<void> {
    await this.#remove(this.change.removed);
  }

  /** The index has none of it. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#writes.values()].map((it) => it.done));
    await this.#remove([...this.#writes.values()]);
  }

  async #remove(blocks: readonly { readonly id: string; readonly index: number }[]): Promise<void> {
    // What stays is no block, and takes room until the next sweep.
    await Promise.all(blocks.map(({ id, index }) => this.#files.remove(id, index).catch(() => undefined)));
  }
}
