import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { choosePath, removePath } from './sockets.js';

/*
 * Who keeps an area: `<home>/run/<area>.<n>/keeper.json` says it, and the highest n holds. A claim is a folder that is
 * ready, its socket listening, before it gets its number, which no other can have: so a socket of the highest claim that
 * refuses belongs to a process that is gone. Whatever is killed or stands still in between, there are no two: numbers only
 * grow, since the highest claim is never removed, and one that was made too late finds a higher one and is withdrawn.
 */
const FORMAT = 'winpeer-keeper';
const DRAFT = '.draft';
/** Far longer than a starter takes. */
const DRAFT_MS = 60_000;

export interface Claim {
  readonly number: number;
  readonly folder: string;
  /** What the keeper says of itself; undefined where the claim is damaged, which holds nothing. */
  readonly keeper: KeeperDescription | undefined;
}

interface KeeperDescription {
  /** Of the messages: the keeper's own, and the area's. */
  readonly protocol: number;
  readonly version: number;
  readonly pid: number;
  readonly socket: string;
  /** By which it proves that it made the claim. */
  readonly secret: Uint8Array;
}

/** A claim without a number. */
export type Draft = Pick<KeeperDescription, 'socket' | 'secret'> & { readonly folder: string };

export class Claims {
  readonly #run: string;
  readonly #area: string;

  constructor(home: string, area: string) {
    this.#run = resolve(home, 'run');
    this.#area = area;
  }

  /** Undefined where there never was a claim. */
  async highest(): Promise<Claim | undefined> {
    const number = Math.max(0, ...(await this.#numbers()));
    if (number === 0) return undefined;
    const folder = this.#folder(number);
    return { number, folder, keeper: await readKeeper(folder) };
  }

  async draft(): Promise<Draft> {
    const folder = join(this.#run, `${this.#area}.${randomBytes(8).toString('hex')}${DRAFT}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return { folder, socket: await choosePath(folder), secret: randomBytes(32) };
  }

  /**
   * Makes claim `number` of the draft, if nobody has it. Undefined where that did not happen, or a higher one is there:
   * then somebody else is ahead.
   */
  async publish({ folder, socket, secret }: Draft, number: number, versions: Versions): Promise<Claim | undefined> {
    const keeper = { ...versions, pid: process.pid, socket: relativeTo(folder, socket), secret: hex(secret) };
    await writeFile(join(folder, 'keeper.json'), `${JSON.stringify({ format: FORMAT, ...keeper })}\n`, { mode: 0o600 });
    const place = this.#folder(number);
    try {
      // A folder takes the place of none that has something in it.
      await rename(folder, place);
    } catch (error) {
      const others = await readdir(this.#run);
      // Windows refuses for the same reasons as when a program looks at the file for a moment.
      if (others.includes(this.#name(number)) || !others.includes(relative(this.#run, folder))) return undefined;
      if (process.platform === 'win32') return undefined;
      throw error;
    }
    const claim = { number, folder: place, keeper: await readKeeper(place) };
    if (Math.max(...(await this.#numbers())) > number) {
      await this.#remove(this.#name(number));
      return undefined;
    }
    await this.#removeOthers(number);
    return claim;
  }

  /** Of a draft that became no keeper, but a claim perhaps. */
  async discard({ folder, socket }: Draft, claim: Claim | undefined): Promise<void> {
    await removePath(socket, folder);
    await rm(folder, { recursive: true, force: true });
    if (claim !== undefined) await this.leave(claim);
  }

  /** Its number stays, or a lower one could come after it. */
  async leave({ folder, keeper }: Claim): Promise<void> {
    if (keeper !== undefined) await removePath(keeper.socket, folder);
  }

  /** What is left of keepers before this one, and of starters that are gone. */
  async #removeOthers(number: number): Promise<void> {
    const names = await readdir(this.#run);
    for (const name of names.filter((it) => it.startsWith(`${this.#area}.`) && it !== this.#name(number))) {
      // What can't be removed is in nobody's way.
      if (!(await this.#isYoungDraft(name))) await this.#remove(name).catch(() => undefined);
    }
  }

  async #isYoungDraft(name: string): Promise<boolean> {
    if (!name.endsWith(DRAFT)) return false;
    const made = await stat(join(this.#run, name)).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs < DRAFT_MS;
  }

  async #remove(name: string): Promise<void> {
    const folder = join(this.#run, name);
    const keeper = await readKeeper(folder);
    if (keeper !== undefined) await removePath(keeper.socket, folder);
    await rm(folder, { recursive: true, force: true });
  }

  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#run).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const numbers = names.filter((it) => it.startsWith(`${this.#area}.`)).map((it) => it.slice(this.#area.length + 1));
    return numbers.filter((it) => /^[1-9]\d{0,14}$/.test(it)).map(Number);
  }

  #name(number: number): string {
    return `${this.#area}.${number}`;
  }

  #folder(number: number): string {
    return join(this.#run, this.#name(number));
  }
}

export type Versions = Pick<KeeperDescription, 'protocol' | 'version'>;

async function readKeeper(folder: string): Promise<KeeperDescription | undefined> {
  let content: Partial<Record<string, unknown>>;
  try {
    content = JSON.parse(await readFile(join(folder, 'keeper.json'), 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === 'ENOENT') return undefined;
    throw error;
  }
  const { format, protocol, version, pid, socket, secret } = content ?? {};
  if (format !== FORMAT || typeof socket !== 'string' || typeof secret !== 'string') return undefined;
  const numbers = { protocol: Number(protocol), version: Number(version), pid: Number(pid) };
  return { ...numbers, socket: resolve(folder, socket), secret: Buffer.from(secret, 'hex') };
}

/** The folder gets another name, and its socket goes with it. */
function relativeTo(folder: string, socket: string): string {
  return dirname(socket) === folder ? relative(folder, socket) : socket;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
