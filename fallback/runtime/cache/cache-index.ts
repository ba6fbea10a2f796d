import { setTimeout } from 'node:timers/promises';
import type { BatchOperation, ClassicLevel } from 'classic-level';
import { DecodeError } from '../../wire/decode-error.js';
import {
  decodeRecord,
  encodeRecord,
  type HeldBlock,
  heldBlocks,
  type KnownSegment,
  knownSegment,
  type Totals,
  totals as totalsCodec,
} from './index-records.js';

/** A segment and its blocks, as the index has them. */
export interface Entry {
  readonly known: KnownSegment;
  /** The number of its last use, of all uses. */
  readonly used: number;
  readonly blocks: ReadonlyMap<number, HeldBlock>;
}

/** An entry that comes, changes or goes. */
export interface EntryChange {
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/*
 * Keys. `<id>` is the segment's:
 *   segment!<id>         what is known of it
 *   held!<id>            its blocks, and its last use
 *   use!<number>!<id>    nothing; by the number of the last use, in hexadecimal
 *   tag!<tag>!<id>       nothing
 *   totals               what all take
 *   closed               nothing; there while nobody has the index open who could leave something behind
 */
const TOTALS = 'totals';
const CLOSED = 'closed';
const NUMBER_DIGITS = 14;
const EMPTY = new Uint8Array();

/** Blocks of the entries that stay decoded. */
const RECENT_BLOCKS = 32_768;
/** The system lets go of a lock a moment after it has ended who had it. */
const LOCKED_MS = 2000;
const LOOK_MS = 20;

type Level = ClassicLevel<string, Uint8Array>;
type Operation = BatchOperation<Level, string, Uint8Array>;

/** What a cache has, in LevelDB: whole, or not at all, however it ends. One process at a time has it. */
export class CacheIndex {
  readonly #level: Level;
  #totals: Totals;
  #lastUse: number;
  /** Least recently used first. */
  readonly #recent = new Map<string, Entry>();
  #recentBlocks = 0;
  #commits = 0;

  private constructor(level: Level, totals: Totals, lastUse: number) {
    this.#level = level;
    this.#totals = totals;
    this.#lastUse = lastUse;
  }

  /** `clean` is false where who had it last did not close it. */
  static async open(folder: string): Promise<{ readonly index: CacheIndex; readonly clean: boolean }> {
    const { ClassicLevel } = await import('classic-level');
    const level: Level = new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
    await openLevel(level);
    try {
      const [record, closed] = await level.getMany([TOTALS, CLOSED]);
      const [last] = await level.keys({ gt: 'use!', lt: 'use"', reverse: true, limit: 1 }).all();
      if (closed !== undefined) await level.del(CLOSED, { sync: true });
      const totals = record === undefined ? { segments: 0, blocks: 0, bytes: 0 } : decodeRecord(totalsCodec, record);
      const index = new CacheIndex(level, totals, last === undefined ? 0 : useOf(last).used);
      return { index, clean: closed !== undefined };
    } catch (error) {
      await level.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#level.status === 'open';
  }

  get totals(): Totals {
    return this.#totals;
  }

  nextUse(): number {
    return ++this.#lastUse;
  }

  async find(id: string): Promise<Entry | undefined> {
    const known = this.#recent.get(id);
    if (known !== undefined) return this.#remember(id, known);
    const commits = this.#commits;
    const [segment, held] = await this.#level.getMany([`segment!${id}`, `held!${id}`]);
    if (segment === undefined || held === undefined) return undefined;
    const entry = { known: decodeRecord(knownSegment(id), segment), ...decodeRecord(heldBlocks, held) };
    // What was read meanwhile may be out of date.
    return commits === this.#commits ? this.#remember(id, entry) : entry;
  }

  /** Identifiers, least recently used first, with the numbers of those uses. */
  async *oldest(): AsyncGenerator<{ readonly id: string; readonly used: number }, undefined> {
    for await (const key of this.#level.keys({ gt: 'use!', lt: 'use"' })) yield useOf(key);
  }

  async tagged(tag: string, limit: number): Promise<string[]> {
    const keys = await this.#level.keys({ gt: `tag!${tag}!`, lt: `tag!${tag}"`, limit }).all();
    return keys.map((key) => key.slice(key.lastIndexOf('!') + 1));
  }

  /** All of it or nothing, however the process ends. */
  async commit(changes: ReadonlyMap<string, EntryChange>, totals: Totals): Promise<void> {
    const operations = [...changes].flatMap(([id, change]) => operationsOf(id, change));
    if (operations.length === 0) return;
    operations.push(put(TOTALS, encodeRecord(totalsCodec, totals)));
    await this.#level.batch(operations);
    this.#totals = totals;
    this.#commits += 1;
    for (const [id, { after }] of changes) {
      this.#forget(id);
      if (after !== undefined) this.#remember(id, after);
    }
  }

  /** `clean`: nothing is left behind that who opens it next would have to look for. */
  async close({ clean }: { readonly clean: boolean }): Promise<void> {
    if (clean) await this.#level.put(CLOSED, EMPTY, { sync: true }).catch(() => undefined);
    await this.#level.close();
  }

  #remember(id: string, entry: Entry): Entry {
    this.#forget(id);
    this.#recent.set(id, entry);
    this.#recentBlocks += 1 + entry.blocks.size;
    for (const oldest of this.#recent.keys()) {
      if (this.#recentBlocks <= RECENT_BLOCKS) break;
      this.#forget(oldest);
    }
    return entry;
  }

  #forget(id: string): void {
    const entry = this.#recent.get(id);
    if (entry === undefined) return;
    this.#recent.delete(id);
    this.#recentBlocks -= 1 + entry.blocks.size;
  }
}

/** Whether an error of the index says that what is on the disk is no index any more. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DecodeError) return true;
  const { code, message = '', cause } = (error ?? {}) as NodeJS.ErrnoException;
  // LevelDB calls a file that it misses an error of the disk.
  if (code === 'LEVEL_CORRUPTION' || (code === 'LEVEL_IO_ERROR' && /no such file/i.test(message))) return true;
  return cause !== undefined && isDamage(cause);
}

async function openLevel(level: Level): Promise<void> {
  for (const end = performance.now() + LOCKED_MS; ; ) {
    try {
      return await level.open();
    } catch (error) {
      const cause = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      if (cause.code !== 'LEVEL_LOCKED' || performance.now() > end) throw cause;
    }
    await setTimeout(LOOK_MS);
  }
}

function operationsOf(id: string, { before, after }: EntryChange): Operation[] {
  const operations: Operation[] = [];
  if (after?.known !== before?.known) {
    const key = `segment!${id}`;
    operations.push(after === undefined ? del(key) : put(key, encodeRecord(knownSegment(id), after.known)));
    const tags = { before: before?.known.tags ?? [], after: after?.known.tags ?? [] };
    for (const tag of tags.before.filter((it) => !tags.after.includes(it))) operations.push(del(`tag!${tag}!${id}`));
    for (const tag of tags.after.filter((it) => !tags.before.includes(it)))
      operations.push(put(`tag!${tag}!${id}`, EMPTY));
  }
  if (after?.used !== before?.used) {
    if (before !== undefined) operations.push(del(useKey(id, before.used)));
    if (after !== undefined) operations.push(put(useKey(id, after.used), EMPTY));
  }
  if (after?.used !== before?.used || after?.blocks !== before?.blocks) {
    const key = `held!${id}`;
    operations.push(after === undefined ? del(key) : put(key, encodeRecord(heldBlocks, after)));
  }
  return operations;
}

function put(key: string, value: Uint8Array): Operation {
  return { type: 'put', key, value };
}

function del(key: string): Operation {
  return { type: 'del', key };
}

function useKey(id: string, used: number): string {
  return `use!${used.toString(16).padStart(NUMBER_DIGITS, '0')}!${id}`;
}

function useOf(key: string): { readonly id: string; readonly used: number } {
  const [, number = '', id = ''] = key.split('!');
  return { id, used: Number.parseInt(number, 16) };
}
