import type { BigIntStats } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Store, StoreChanges, Stores } from '../../lib/backend/contract/host.js';
import { StoreFormatError } from '../../lib/errors.js';
import { checkStoreName } from './store-name.js';

/*
 * One file a store, `<home>/<name>.json`:
 * { "format": "winpeer-store", "version": 1, "entries": { key: base64 } }
 * It is written whole: to a draft beside it, which then takes its name, so a crash leaves the old content or the new.
 */
const FORMAT = 'winpeer-store';
const VERSION = 1;

/** When the lock of a writer that was killed is taken over, and how often a living one renews its own. */
const LOCK = { realpath: false, stale: 5000, update: 1000 } as const;
/** How long a writer waits for the others, and how long between two looks. */
const LOCK_WAIT_MS = 20_000;
const LOCK_LOOK_MS = 20;

/** How Windows refuses to replace a file that somebody has open, and to open one that is being replaced. */
const IN_USE: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];
/** Nobody reads a store for long; what is refused for another reason still is after this. */
const IN_USE_MS = 2000;

/** A file this young may be replaced by another with the same stamp: file systems count time in steps, FAT's are the longest. */
const UNSETTLED_MS = 2000;

type Entries = ReadonlyMap<string, Uint8Array>;

interface Content {
  /** Changes whenever the file is replaced; undefined where there is none. */
  readonly stamp: string | undefined;
  readonly entries: Entries;
}

export function fileStores(home: string): Stores {
  return {
    async open(name) {
      checkStoreName(name);
      const store = new FileStore(join(home, `${name}.json`));
      await store.range('');
      return store;
    },
  };
}

class FileStore implements Store {
  readonly #file: string;
  /** What the file held when it was read last, where its stamp can be relied on. */
  #known: Content | undefined;
  /** The writers of this process take turns, so that they wait for the lock of other processes only. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#read()).entries.get(key)?.slice();
  }

  async range(prefix: string): Promise<readonly (readonly [string, Uint8Array])[]> {
    const { entries } = await this.#read();
    const chosen = [...entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    return chosen.map(([key, value]) => [key, value.slice()]);
  }

  update(decide: (current: Entries) => StoreChanges): Promise<void> {
    const done = this.#turn.then(() => withLock(this.#file, (assertHeld) => this.#change(decide, assertHeld)));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#known = undefined;
  }

  async #change(decide: (current: Entries) => StoreChanges, assertHeld: () => void): Promise<void> {
    const { stamp, entries: current } = await this.#read();
    const entries = new Map<string, Uint8Array>([...current].map(([key, value]) => [key, value.slice()]));
    const changes = decide(entries);
    if (changes.size === 0) return;
    for (const [key, value] of changes) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
    await removeDrafts(this.#file);
    await replaceFile(this.#file, format(entries), async () => {
      // A process that stood still for too long has lost the lock without a chance to notice.
      if ((await currentStamp(this.#file)) !== stamp) throw lockLost(this.#file);
      assertHeld();
    });
  }

  async #read(): Promise<Content> {
    return withFile(this.#file, async (handle) => {
      if (handle === undefined) return { stamp: undefined, entries: new Map() };
      const stats = await handle.stat({ bigint: true });
      const stamp = stampOf(stats);
      if (this.#known?.stamp === stamp) return this.#known;
      const content = { stamp, entries: parse(this.#file, await handle.readFile()) };
      this.#known = Date.now() - Number(stats.mtimeMs) < UNSETTLED_MS ? undefined : content;
      return content;
    });
  }
}

/** Runs `change` with every other writer shut out. `assertHeld` throws once another took the lock over. */
async function withLock(file: string, change: (assertHeld: () => void) => Promise<void>): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  let lost = false;
  const unlock = await acquire(file, () => {
    lost = true;
  });
  try {
    await change(() => {
      if (lost) throw lockLost(file);
    });
  } finally {
    // A lock that can't be removed grows stale, and one that was lost is another's.
    await unlock().catch(() => undefined);
  }
}

async function acquire(file: string, onCompromised: () => void): Promise<() => Promise<void>> {
  const { default: lockfile } = await import('proper-lockfile');
  for (const end = performance.now() + LOCK_WAIT_MS; ; ) {
    try {
      return await lockfile.lock(file, { ...LOCK, onCompromised });
    } catch (error) {
      // The library's own retries would also wait where waiting can't help, as in a read-only folder.
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED' || performance.now() > end) throw error;
    }
    await setTimeout(LOCK_LOOK_MS);
  }
}

function lockLost(file: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`another process took over the lock of ${file}`), { code: 'ECOMPROMISED' });
}

function format(entries: Entries): string {
  const values = [...entries].map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, entries: Object.fromEntries(values) }, null, 1)}\n`;
}

function parse(file: string, bytes: Uint8Array): Entries {
  const damaged = (): never => {
    throw new StoreFormatError(file, 'damaged');
  };
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return damaged();
  }
  if (!isObject(content) || content.format !== FORMAT) return damaged();
  const { format: _, version, entries, ...others } = content;
  if (!Number.isInteger(version) || (version as number) < 1) return damaged();
  if ((version as number) > VERSION) throw new StoreFormatError(file, 'newer');
  if (!isObject(entries) || Object.keys(others).length > 0) return damaged();
  return new Map(Object.entries(entries).map(([key, value]) => [key, fromBase64(value) ?? damaged()]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined for anything else; Node.js skips what it can't read. */
function fromBase64(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? new Uint8Array(bytes) : undefined;
}

/** One handle, so that what is read and what is known about it belong to the same file. */
async function withFile<T>(file: string, use: (handle: FileHandle | undefined) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await patiently(() => open(file, 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  try {
    return await use(handle);
  } finally {
    await handle?.close();
  }
}

function currentStamp(file: string): Promise<string | undefined> {
  return withFile(file, async (handle) => handle && stampOf(await handle.stat({ bigint: true })));
}

function stampOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs}`;
}

/** `ready` may still throw, with the new content safe on the disk and the old one in its place. */
async function replaceFile(file: string, text: string, ready: () => Promise<void>): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await patiently(async () => {
      await ready();
      await rename(draft, file);
    });
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(file));
}

async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + IN_USE_MS; ; ) {
    try {
      return await attempt();
    } catch (error) {
      const passes = process.platform === 'win32' && IN_USE.includes((error as NodeJS.ErrnoException).code);
      if (!passes || performance.now() > end) throw error;
    }
    await setTimeout(LOCK_LOOK_MS);
  }
}

/** So that the new name survives a power cut; Windows can't open folders, and keeps its names by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Of writers that were killed: nobody else writes while the lock is held. */
async function removeDrafts(file: string): Promise<void> {
  const folder = dirname(file);
  const drafts = (await readdir(folder)).filter((it) => it.startsWith(`${basename(file)}.`) && it.endsWith('.draft'));
  await Promise.all(drafts.map((it) => rm(join(folder, it), { force: true })));
}
