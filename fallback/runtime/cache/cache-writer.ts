import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockFiles } from './block-files.js';
import { checkFormat } from './cache-format.js';
import { CacheIndex, isDamage } from './cache-index.js';
import { Group } from './group.js';
import type { HeldBlock } from './index-records.js';

/** Of a disk, what a cache takes where nobody says, and what it leaves free. */
const LIMIT_SHARE = 1 / 20;
const RESERVE_SHARE = 1 / 20;
const RESERVE_MAX = 64 * 1024 * 1024;
/** What a disk that others filled needs free, so that the index can be written again. */
const INDEX_ROOM = 4 * 1024 * 1024;
/** Calls that go to the disk together. Each may have a file open. */
const GROUP_MAX = 64;
/** How long the use of a segment stays unwritten where nothing else happens, and of how many. */
const USES_MS = 1000;
const USES_MAX = 1024;
/** Files that a step of the sweep looks at, and how long others come first then. */
const SWEPT_TOGETHER = 128;
const SWEEP_MS = 10;

/** What a call does to the index; what comes back tells what it resolves with when that is done. */
export type Plan<T> = (group: Group) => Promise<() => T>;

interface Task {
  /** The segment whose files it may write. */
  readonly id: string | undefined;
  readonly plan: Plan<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The folder of a cache, and all that changes in it: one group of calls after the other, so that no two touch the same
 * files. An index that is damaged begins anew, empty; what it had is swept away.
 */
export class CacheWriter {
  readonly files: BlockFiles;
  readonly #folder: string;
  #index: CacheIndex;
  readonly #tasks: Task[] = [];
  /** Done with no group under way. */
  #step: (() => Promise<void>) | undefined;
  #working: Promise<void> | undefined;
  #limit: number | undefined;
  #beganAnew: string | undefined;
  #failure: string | undefined;
  /** Segments that were used, in that order. */
  readonly #uses = new Set<string>();
  #usesTimer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #swept = true;
  #closed = false;

  private constructor(folder: string, opened: OpenedIndex) {
    this.#folder = folder;
    this.files = new BlockFiles(join(folder, 'blocks'));
    this.#index = opened.index;
    this.#begin(opened);
  }

  static async open(folder: string): Promise<CacheWriter> {
    return new CacheWriter(folder, await openIndex(folder, { anew: false }));
  }

  get index(): CacheIndex {
    return this.#index;
  }

  /** What fails at present, or that the cache began anew. */
  get fault(): string | undefined {
    return this.#failure ?? this.#beganAnew;
  }

  setLimit(limit: number): Promise<void> {
    this.#limit = limit;
    return this.do(undefined, async (group) => {
      await group.makeRoom(0);
      return () => undefined;
    });
  }

  /** Bytes that blocks may take: less than the limit where other files leave the disk no more. */
  async limit(): Promise<number> {
    const { bsize, blocks, bavail } = await statfs(this.#folder);
    const limit = this.#limit ?? Math.floor(bsize * blocks * LIMIT_SHARE);
    const reserve = Math.min(RESERVE_MAX, bsize * blocks * RESERVE_SHARE);
    return Math.min(limit, Math.max(0, Math.floor(this.#index.totals.bytes + bsize * bavail - reserve)));
  }

  /** `id` is the segment whose files the call may write. */
  do<T>(id: string | undefined, plan: Plan<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the cache is closed'));
    return new Promise((resolve, reject) => {
      this.#tasks.push({ id, plan, resolve: resolve as (value: unknown) => void, reject });
      this.#working ??= this.#work();
    });
  }

  /** A block of the segment was read. */
  use(id: string): void {
    if (this.#closed) return;
    this.#uses.delete(id);
    this.#uses.add(id);
    if (this.#uses.size >= USES_MAX) this.#working ??= this.#work();
    this.#usesTimer ??= setTimeout(() => {
      this.#working ??= this.#work();
    }, USES_MS).unref();
  }

  /** Reading failed: the index is damaged, perhaps. */
  async mend(error: unknown): Promise<void> {
    this.#failure = (error as Error).message;
    if (isDamage(error) || !this.#index.isOpen)
      await this.do(undefined, () => Promise.reject(error)).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#sweepTimer);
    this.#step = undefined;
    await this.#working;
    if (this.#uses.size > 0) await this.#runGroup();
    clearTimeout(this.#usesTimer);
    await this.#index.close({ clean: this.#swept });
  }

  async #work(): Promise<void> {
    do {
      await this.#runGroup();
      const step = this.#step;
      this.#step = undefined;
      await step?.();
    } while (this.#tasks.length > 0);
    this.#working = undefined;
  }

  async #runGroup(): Promise<void> {
    const group = new Group(this.#index, this.files);
    const taken: { readonly task: Task; result: () => unknown }[] = [];
    try {
      group.limit = await this.limit();
      await this.#takeUses(group);
      for (let task = this.#tasks[0]; task !== undefined && taken.length < GROUP_MAX; task = this.#tasks[0]) {
        // Its files go when the group is through, and what takes their names comes after that.
        if (task.id !== undefined && group.change.removes(task.id)) break;
        this.#tasks.shift();
        const entry = { task, result: (): unknown => undefined };
        taken.push(entry);
        entry.result = await task.plan(group);
      }
      const fault = await group.commit();
      if (group.change.entries.size > 0) this.#failure = fault?.message;
    } catch (error) {
      this.#failure = (error as Error).message;
      await group.abandon();
      await this.#reopen(error);
      // Where none was begun the next would fare alike.
      const failed = taken.length > 0 ? taken.map(({ task }) => task) : this.#tasks.splice(0);
      for (const task of failed) task.reject(error);
      return;
    } finally {
      await group.change.end();
    }
    for (const { task, result } of taken) settle(task, result);
    await group.removeFiles();
  }

  async #takeUses({ change }: Group): Promise<void> {
    clearTimeout(this.#usesTimer);
    this.#usesTimer = undefined;
    const ids = [...this.#uses];
    this.#uses.clear();
    for (const id of ids) await change.use(id);
  }

  /** An index that could not write takes nothing more, but what it has can be read. */
  async #reopen(error: unknown): Promise<void> {
    try {
      const gone = isFull(error) ? await this.#giveWay() : [];
      await this.#index.close({ clean: this.#swept });
      const opened = await openIndex(this.#folder, { anew: isDamage(error) });
      this.#index = opened.index;
      this.#begin(opened);
      const group = new Group(this.#index, this.files);
      for (const id of gone) await group.change.removeSegment(id);
      await group.commit();
    } catch (reason) {
      // The next call tries it again.
      this.#failure = (reason as Error).message;
    }
  }

  /** Removes files of the least recently used segments, whose index can't be written; which segments these are. */
  async #giveWay(): Promise<string[]> {
    const gone: string[] = [];
    let freed = 0;
    for await (const { id } of this.#index.oldest()) {
      const { blocks = new Map<number, HeldBlock>() } = (await this.#index.find(id)) ?? {};
      for (const [index, { length }] of blocks) {
        await this.files.remove(id, index);
        freed += length;
      }
      gone.push(id);
      if (freed >= INDEX_ROOM) break;
    }
    return gone;
  }

  #begin({ clean, anew }: OpenedIndex): void {
    if (anew) {
      this.#failure = undefined;
      this.#beganAnew = `the index was damaged, and the cache began anew at ${new Date().toISOString()}`;
    }
    this.#swept = clean;
    if (!clean) this.#sweep();
  }

  /** Removes files that are no blocks, a few at a time. */
  #sweep(): void {
    const steps = this.#sweepSteps();
    const next = (): void => {
      if (this.#closed) return;
      this.#sweepTimer = setTimeout(() => {
        this.#step = async () => {
          const { done } = await steps.next().catch(() => ({ done: true }));
          if (done) this.#swept = true;
          else next();
        };
        this.#working ??= this.#work();
      }, SWEEP_MS).unref();
    };
    clearTimeout(this.#sweepTimer);
    next();
  }

  async *#sweepSteps(): AsyncGenerator<void, void> {
    for (const folder of await this.files.folders()) {
      const names = await this.files.names(folder);
      while (names.length > 0) {
        for (const { id, index } of names.splice(0, SWEPT_TOGETHER)) {
          if (!(await this.#index.find(id))?.blocks.has(index)) await this.files.remove(id, index);
        }
        yield;
      }
    }
  }
}

interface OpenedIndex {
  readonly index: CacheIndex;
  /** Every file is a block, or soon gone. */
  readonly clean: boolean;
  /** What was there was damaged. */
  readonly anew: boolean;
}

/** Rejects with `StoreFormatError` what a newer release wrote. */
async function openIndex(folder: string, { anew }: { readonly anew: boolean }): Promise<OpenedIndex> {
  const place = join(folder, 'index');
  if (!(await checkFormat(folder)) || anew) await rm(place, { recursive: true, force: true });
  try {
    return { ...(await CacheIndex.open(place)), anew };
  } catch (error) {
    if (anew || !isDamage(error)) throw error;
    return openIndex(folder, { anew: true });
  }
}

function isFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  // LevelDB passes on what the system says.
  return code === 'ENOSPC' || code === 'EDQUOT' || /no space left|quota exceeded/i.test(message);
}

function settle(task: Task, result: () => unknown): void {
  try {
    task.resolve(result());
  } catch (error) {
    task.reject(error);
  }
}
