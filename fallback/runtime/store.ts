import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Store, StoreChanges, Stores } from '../../lib/backend/contract/host.js';
import { StoreFormatError } from './store-format-error.js';

/*
 * One file a store, `<home>/<name>.json`:
 * { "format": "winpeer-store", "version": 1, "entries": { key: base64 } }
 * It is written whole: to a draft beside it, which then takes its name, so a crash leaves the old content or the new.
 */
const FORMAT = 'winpeer-store';
const VERSION = 1;

/** How long a writer waits for another, and when the lock of one that was killed is taken over. */
const LOCK = { stale: 5000, update: 1000, retries: { retries: 60, factor: 1.2, minTimeout: 20, maxTimeout: 500 } };

type Entries = ReadonlyMap<string, Uint8Array>;

export function fileStores(home: string): Stores {
  return {
    async open(name) {
      const store = new FileStore(join(home, `${name}.json`));
      await store.range('');
      return store;
    },
  };
}

class FileStore implements Store {
  readonly #file: string;
  /** What the file held when it was read last, and what it looked like then. */
  #known: { readonly stamp: string; readonly entries: Entries } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#read()).get(key);
  }

  async range(prefix: string): Promise<readonly (readonly [string, Uint8Array])[]> {
    const entries = [...(await this.#read())].filter(([key]) => key.startsWith(prefix));
    return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async update(decide: (current: Entries) => StoreChanges): Promise<void> {
    const folder = dirname(this.#file);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { default: lockfile } = await import('proper-lockfile');
    const unlock = await lockfile.lock(this.#file, { ...LOCK, realpath: false });
    try {
      const entries = new Map(await this.#read());
      const changes = decide(entries);
      if (changes.size === 0) return;
      for (const [key, value] of changes) {
        if (value === undefined) entries.delete(key);
        else entries.set(key, value);
      }
      await removeDrafts(this.#file);
      await replaceFile(this.#file, format(entries));
    } finally {
      await unlock();
    }
  }

  async close(): Promise<void> {
    this.#known = undefined;
  }

  async #read(): Promise<Entries> {
    const stamp = await stampOf(this.#file);
    if (stamp === undefined) return new Map();
    if (this.#known?.stamp !== stamp) {
      this.#known = { stamp, entries: parse(this.#file, await readFile(this.#file, 'utf8')) };
    }
    return this.#known.entries;
  }
}

function format(entries: Entries): string {
  const values = [...entries].map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, entries: Object.fromEntries(values) }, null, 1)}\n`;
}

function parse(file: string, text: string): Entries {
  const damaged = (): never => {
    throw new StoreFormatError(file, 'damaged');
  };
  let content: { format?: unknown; version?: unknown; entries?: unknown };
  try {
    content = JSON.parse(text);
  } catch {
    return damaged();
  }
  if (content?.format !== FORMAT || !Number.isInteger(content.version)) return damaged();
  if ((content.version as number) > VERSION) throw new StoreFormatError(file, 'newer');
  if (typeof content.entries !== 'object' || content.entries === null) return damaged();
  const entries = Object.entries(content.entries).map(([key, value]): [string, Uint8Array] => [
    key,
    typeof value === 'string' ? Buffer.from(value, 'base64') : damaged(),
  ]);
  return new Map(entries);
}

/** Changes whenever the file is replaced; undefined where there is none. */
async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A draft of an earlier process may have had another mode.
    await chmod(draft, 0o600);
    await rename(draft, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
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
