import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import { SIMPLE_DOWNLOAD_BLOCKS } from './limits.js';
import { type BlockServer, serverKey } from './server.js';

/** What a session does with the network, and tells of it. */
export interface SessionTasks {
  /** Which blocks of the segment, from `first` on, the server has. */
  list(server: BlockServer, first: number): Promise<ReadonlySet<number>>;
  /** Undefined where the server does not have it. */
  fetch(server: BlockServer, index: number): Promise<CachedBlock | undefined>;
  /** Takes the block in; undefined where it is a wrong one. */
  take(server: BlockServer, index: number, block: CachedBlock): Taken | undefined;
  /** The server failed: whether it may be asked again in this session. */
  failed(server: BlockServer, request: 'list' | 'fetch', error: unknown): boolean;
  /** Whether a server is left alone by now, whatever it may have. */
  isAvoided(server: BlockServer): boolean;
  /** How many requests a server has to answer now, in all sessions; undefined where it gets no more. */
  load(server: BlockServer): number | undefined;
}

export interface Taken {
  /** Over when the block is where it will be kept; the server is not asked for another before. */
  readonly kept: Promise<void>;
}

interface Candidate {
  readonly server: BlockServer;
  state: 'free' | 'busy' | 'complete';
  /** What it said to have; undefined where it has not been asked. */
  held: ReadonlySet<number> | undefined;
  /** What it turned out not to have, or to have wrong. */
  readonly lacks: Set<number>;
}

/**
 * Fetches blocks of one segment from whoever has them: the segment retrieval session and its scheduler, [MS-CCROD]
 * 2.8.2. A block that is wanted is idle, or being downloaded; one that came, or that nobody has, is not wanted any
 * more.
 */
export class SegmentSession {
  readonly #tasks: SessionTasks;
  readonly #candidates = new Map<string, Candidate>();
  /** The blocks that were wanted since nothing was. */
  readonly #requested = new Set<number>();
  readonly #idle = new Set<number>();
  readonly #downloading = new Set<number>();
  /** Who waits for a block. */
  readonly #waiting = new Map<number, ((came: boolean) => void)[]>();
  /** Searches for servers that go on. */
  #locating = 0;
  #ended = false;

  constructor(tasks: SessionTasks) {
    this.#tasks = tasks;
  }

  get isQuiet(): boolean {
    return this.#locating + this.#idle.size + this.#downloading.size + this.#waiting.size === 0;
  }

  /** Whether the block is wanted, and has neither come nor been given up. */
  isWanted(index: number): boolean {
    return this.#idle.has(index) || this.#downloading.has(index);
  }

  /** Whether the block is being downloaded, or somebody may have it. */
  mayCome(index: number): boolean {
    return this.#downloading.has(index) || this.#isObtainable(index);
  }

  /** Servers are looked for until `search` is over: what the known ones have is asked for anew. [MS-CCROD] 2.8.2.3.2. */
  async locate(search: Promise<void>): Promise<void> {
    for (const candidate of this.#candidates.values()) {
      candidate.held = undefined;
      candidate.lacks.clear();
      if (candidate.state === 'complete') candidate.state = 'free';
    }
    this.#locating += 1;
    await search;
    this.#locating -= 1;
    this.schedule();
  }

  found(server: BlockServer): void {
    const key = serverKey(server);
    if (this.#ended || this.#candidates.has(key)) return;
    this.#candidates.set(key, { server, state: 'free', held: undefined, lacks: new Set() });
    this.schedule();
  }

  want(indexes: Iterable<number>): void {
    if (this.#idle.size + this.#downloading.size === 0) this.#requested.clear();
    for (const index of indexes) {
      this.#requested.add(index);
      if (!this.#downloading.has(index)) this.#idle.add(index);
    }
    for (const candidate of this.#candidates.values()) {
      if (candidate.state === 'complete') candidate.state = 'free';
    }
    this.schedule();
  }

  /** Resolves when the block, which is wanted, came; or with false when nobody can give it. */
  came(index: number): Promise<boolean> {
    if (!this.isWanted(index)) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.set(index, [...(this.#waiting.get(index) ?? []), resolve]);
    });
  }

  /** Nobody waits any more: what is not being downloaded yet will not be. */
  rest(): void {
    if (this.#waiting.size === 0) this.#idle.clear();
  }

  end(): void {
    this.#ended = true;
    this.#idle.clear();
    this.#candidates.clear();
    for (const index of [...this.#waiting.keys()]) this.#settle(index, false);
  }

  /** [MS-CCROD] 2.8.2.5.3; of several free servers those with less to do come first. */
  schedule(): void {
    if (this.#idle.size === 0) return;
    const idle = [...this.#candidates.values()].filter(({ state }) => state !== 'busy');
    for (const it of idle) if (this.#tasks.isAvoided(it.server)) this.#remove(it);
    const free = [...this.#candidates.values()].flatMap((candidate) => {
      const load = candidate.state === 'free' ? this.#tasks.load(candidate.server) : undefined;
      return load === undefined ? [] : [{ candidate, load }];
    });
    free.sort((a, b) => a.load - b.load);
    for (const { candidate } of free) {
      if (this.#idle.size === 0) break;
      if (candidate.held === undefined && !this.#isSimple()) {
        void this.#list(candidate);
        continue;
      }
      const next = this.#firstIdle(candidate);
      if (next === undefined) candidate.state = 'complete';
      else void this.#download(candidate, next);
    }
    for (const index of this.#idle) if (!this.#isObtainable(index)) this.#giveUp(index);
  }

  async #list(candidate: Candidate): Promise<void> {
    candidate.state = 'busy';
    try {
      candidate.held = await this.#tasks.list(candidate.server, Math.min(...this.#idle));
      candidate.state = 'free';
    } catch (error) {
      if (this.#tasks.failed(candidate.server, 'list', error)) candidate.state = 'free';
      else this.#remove(candidate);
    }
    this.schedule();
  }

  async #download(candidate: Candidate, index: number): Promise<void> {
    candidate.state = 'busy';
    this.#idle.delete(index);
    this.#downloading.add(index);
    const taken = await this.#fetch(candidate, index);
    this.#downloading.delete(index);
    if (taken !== undefined) {
      this.#settle(index, true);
      await taken.kept;
    } else if (!this.#ended) {
      this.#idle.add(index);
    }
    candidate.state = 'free';
    this.schedule();
  }

  async #fetch(candidate: Candidate, index: number): Promise<Taken | undefined> {
    const { server } = candidate;
    try {
      const block = await this.#tasks.fetch(server, index);
      const taken = block && this.#tasks.take(server, index, block);
      if (taken === undefined) candidate.lacks.add(index);
      // What others offered to a hosted cache it can't check; a peer has checked what it gives, or lies.
      if (block !== undefined && taken === undefined && server.kind === 'peer') this.#remove(candidate);
      return taken;
    } catch (error) {
      this.#tasks.failed(server, 'fetch', error);
      this.#remove(candidate);
      return undefined;
    }
  }

  #remove({ server }: Candidate): void {
    this.#candidates.delete(serverKey(server));
  }

  #firstIdle(candidate: Candidate): number | undefined {
    return [...this.#idle].filter((index) => mayHave(candidate, index)).sort((a, b) => a - b)[0];
  }

  /** [MS-CCROD] note 14. */
  #isSimple(): boolean {
    const size = this.#requested.size;
    return size <= SIMPLE_DOWNLOAD_BLOCKS && Math.max(...this.#requested) - Math.min(...this.#requested) < size;
  }

  #isObtainable(index: number): boolean {
    return this.#locating > 0 || [...this.#candidates.values()].some((it) => mayHave(it, index));
  }

  #giveUp(index: number): void {
    this.#idle.delete(index);
    this.#settle(index, false);
  }

  #settle(index: number, came: boolean): void {
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.delete(index);
    for (const resolve of waiting) resolve(came);
  }
}

function mayHave({ held, lacks }: Candidate, index: number): boolean {
  return !lacks.has(index) && (held === undefined || held.has(index));
}
