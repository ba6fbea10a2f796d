import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { MappedSegment } from '../content/content-map.js';
import { selected } from '../retrieval/block-ranges.js';
import type { RetrievalClient } from '../retrieval/retrieval-client.js';
import type { RetrievalError } from '../retrieval/retrieval-error.js';
import type { AvoidedServers } from './avoided.js';
import type { HostedCacheSearch } from './hosted-cache-search.js';
import { GIVERS, TIME_OUTS } from './limits.js';
import type { Loads } from './loads.js';
import type { PeerSearch } from './peer-search.js';
import type { Requests } from './requests.js';
import { SegmentSession, type SessionTasks, type Taken } from './segment-session.js';
import { type BlockServer, serverKey } from './server.js';
import type { ServerLists } from './server-lists.js';

/** What the downloads of a platform share. */
export interface DownloadTools {
  readonly retrieval: Pick<RetrievalClient, 'blockList' | 'block'>;
  readonly lists: ServerLists;
  readonly avoided: AvoidedServers;
  readonly loads: Loads;
}

export interface DownloadOptions {
  /** Of the content information. */
  readonly version: 1 | 2;
  /** Undefined: peers are not asked. */
  readonly peers: PeerSearch | undefined;
  readonly hostedCache: HostedCacheSearch | undefined;
  /** Checks and takes in what a server gave; undefined where it is a wrong block. */
  readonly take: (segment: MappedSegment, index: number, block: CachedBlock, server: BlockServer) => Taken | undefined;
  readonly requests: Requests;
}

/** Blocks of one segment. */
export interface WantedBlocks {
  readonly segment: MappedSegment;
  /** Rising. */
  readonly indexes: readonly number[];
}

/** Sessions that are kept though nothing goes on in them: what they know, the lists mostly do. */
const SESSIONS = 64;

/** Fetches blocks of one content from peers and a hosted cache, in a session a segment. */
export class Download {
  readonly #tools: DownloadTools;
  readonly #options: DownloadOptions;
  readonly #unwatch: () => void;
  /** By the segment's index, the oldest first. */
  readonly #sessions = new Map<number, { readonly segment: MappedSegment; readonly session: SegmentSession }>();
  /** Peers that gave right blocks of the content, the last one last. */
  readonly #givers = new Map<string, BlockServer>();

  constructor(tools: DownloadTools, options: DownloadOptions) {
    this.#tools = tools;
    this.#options = options;
    this.#unwatch = tools.loads.watch(() => {
      for (const { session } of this.#sessions.values()) session.schedule();
    });
  }

  /** Whether there is anybody who may be asked. */
  get isPossible(): boolean {
    const { peers, hostedCache, requests } = this.#options;
    return (peers ?? hostedCache) !== undefined && !requests.ended;
  }

  /** Whether the block was asked for, and has neither come nor been given up. */
  isWanted({ segment, index }: { readonly segment: MappedSegment; readonly index: number }): boolean {
    return this.#sessions.get(segment.index)?.session.isWanted(index) ?? false;
  }

  mayCome({ segment, index }: { readonly segment: MappedSegment; readonly index: number }): boolean {
    return this.#sessions.get(segment.index)?.session.mayCome(index) ?? false;
  }

  /** Whether somebody has parts of what was looked for of late, and so may soon have more. */
  get hasFlashCrowd(): boolean {
    return [...this.#sessions.values()].some(({ segment }) => this.#tools.lists.hasParts(segment.name));
  }

  /** Asks for the blocks; resolves when the first one came, or with false when nobody can give it. */
  async fetch(wanted: readonly WantedBlocks[]): Promise<boolean> {
    const [first] = wanted;
    if (first === undefined || !this.isPossible) return false;
    for (const { segment, indexes } of wanted) {
      const session = this.#session(segment);
      if (!session.mayCome(indexes[0] as number)) void session.locate(this.#locate(segment, session));
      session.want(indexes);
    }
    return this.#session(first.segment).came(first.indexes[0] as number);
  }

  /** Nobody waits for these blocks any more. */
  rest(wanted: readonly WantedBlocks[]): void {
    for (const { segment } of wanted) this.#sessions.get(segment.index)?.session.rest();
  }

  /** What goes on is cut off. */
  end(): void {
    this.#unwatch();
    this.#options.requests.end();
    for (const { session } of this.#sessions.values()) session.end();
    this.#sessions.clear();
  }

  #session(segment: MappedSegment): SegmentSession {
    const known = this.#sessions.get(segment.index);
    if (known !== undefined) return known.session;
    for (const [index, { session }] of this.#sessions) {
      if (this.#sessions.size < SESSIONS) break;
      if (session.isQuiet) this.#sessions.delete(index);
    }
    const session = new SegmentSession(this.#tasks(segment));
    this.#sessions.set(segment.index, { segment, session });
    return session;
  }

  async #locate({ id, name, blocks }: MappedSegment, session: SegmentSession): Promise<void> {
    const { version, peers, hostedCache } = this.#options;
    let nobody = true;
    const found = (server: BlockServer): void => {
      nobody = false;
      session.found(server);
    };
    await Promise.all([peers, hostedCache].map((it) => it?.locate({ id, name, blocks }, version, found)));
    if (!nobody) return;
    // Who has other segments of a content mostly has this one too: its answer to the Probe was lost, or came too late.
    for (const server of this.#givers.values()) if (!this.#tools.avoided.has(server)) session.found(server);
  }

  #gave(server: BlockServer): void {
    if (server.kind !== 'peer') return;
    const key = serverKey(server);
    this.#givers.delete(key);
    this.#givers.set(key, server);
    const [oldest] = this.#givers.keys();
    if (this.#givers.size > GIVERS && oldest !== undefined) this.#givers.delete(oldest);
  }

  #tasks(segment: MappedSegment): SessionTasks {
    const { retrieval, lists, avoided, loads } = this.#tools;
    const { requests, take } = this.#options;
    const times = new Map<string, number>();
    const ask = async <T>(server: BlockServer, request: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      lists.use(segment.name, server);
      const answer = await loads.during(server, () => requests.run(request));
      avoided.answered(server);
      return answer;
    };
    return {
      list: async (server, first) => {
        const count = segment.blocks - first;
        const wanted = [{ index: first, count }];
        const ranges = await ask(server, (signal) => retrieval.blockList(server.remote, segment.id, wanted, signal));
        const held = new Set(selected(ranges, segment.blocks));
        if (held.size < count) lists.noteParts(segment.name);
        return held;
      },
      fetch: (server, index) => ask(server, (signal) => retrieval.block(server.remote, segment.id, index, signal)),
      take: (server, index, block) => {
        const taken = take(segment, index, block, server);
        if (taken !== undefined) this.#gave(server);
        else if (server.kind === 'peer') {
          avoided.gaveWrongBlock(server);
          lists.remove(segment.name, server);
        }
        return taken;
      },
      failed: (server, request, error) => {
        if (requests.ended) return false;
        avoided.failed(server);
        this.#givers.delete(serverKey(server));
        const { reason } = error as RetrievalError;
        const timeOuts = (times.get(serverKey(server)) ?? 0) + (reason === 'timeout' ? 1 : 0);
        times.set(serverKey(server), timeOuts);
        if (request === 'list' && reason === 'timeout' && timeOuts < TIME_OUTS) return true;
        lists.remove(segment.name, server);
        return false;
      },
      isAvoided: (server) => avoided.has(server),
      load: (server) => (loads.isFull(server) ? undefined : loads.of(server)),
    };
  }
}
