import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoreEntries } from './store-entries.js';
import { formatStore, parseStore } from './store-format.js';

/**
 * A file younger than this may change again within the same tick of the file system's clock, and into a reused inode:
 * its looks don't prove then that it is the same.
 */
const YOUNG_MS = 2_000;

/** Windows refuses to rename over a file while somebody else, a virus scanner for instance, has it open. */
const RENAME_TRIES = 10;

/** The file of one store: reads see the newest content, a write replaces all of it or nothing. */
export class StoreFile {
  readonly path: string;
  readonly #name: string;
  #seen: { readonly looks: string; readonly entries: StoreEntries } | undefined;

  constructor(path: string, name: string) {
    this.path = path;
    this.#name = name;
  }

  async read(): Promise<StoreEntries> {
    try {
      const looks = looksOf(await stat(this.path, { bigint: true }));
      if (looks !== undefined && looks === this.#seen?.looks) return this.#seen.entries;
      const entries = parseStore(await readFile(this.path, 'utf8'), this.#name, this.path);
      this.#seen = looks === undefined ? undefined : { looks, entries };
      return entries;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw error;
    }
  }

  /** The caller holds the lock. `confirm` throws when it was lost; nothing has changed then. */
  async replace(entries: StoreEntries, confirm: () => void): Promise<void> {
    await this.#removeLeftovers();
    const temporary = `${this.path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeDurably(temporary, formatStore(this.#name, entries));
      confirm();
      await renameOver(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(this.path));
  }

  /** What writers left that died in the middle. */
  async #removeLeftovers(): Promise<void> {
    const folder = dirname(this.path);
    const prefix = `${basename(this.path)}.`;
    const left = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'));
    await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  }
}

/** What tells one content of the file from the next; nothing does while the file is young. */
function looksOf({ ino, size, mtimeNs }: BigIntStats): string | undefined {
  const age = Date.now() - Number(mtimeNs / 1_000_000n);
  return age > YOUNG_MS ? `${ino} ${size} ${mtimeNs}` : undefined;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      const passing = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
      if (!passing || attempt === RENAME_TRIES) throw error;
      await delay(10 * attempt);
    }
  }
}

/** Makes the rename itself durable. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
