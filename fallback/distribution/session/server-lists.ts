import type { Clock } from '../../../lib/backend/contract/host.js';
import { EMPTY_LIST_MS, SERVER_ENTRY_MS, SERVER_LISTS, SERVERS_PER_LIST } from './limits.js';
import { type BlockServer, serverKey } from './server.js';

interface Entry {
  readonly server: BlockServer;
  readonly expires: number;
}

interface List {
  /** The least recently used first. */
  readonly entries: Map<string, Entry>;
  /** Since when nobody is in it. */
  emptySince: number;
  /** Somebody in it had parts of the segment. */
  parts: boolean;
}

/** The Server Information Lists: who may have a segment, as far as it is known of late. [MS-CCROD] 2.8.1.2.2 */
export class ServerLists {
  readonly #clock: Clock;
  /** By the segment's name, the least recently used first. */
  readonly #lists = new Map<string, List>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#lists.size;
  }

  /** Who is known to have the segment; undefined where nobody has been looked for of late. */
  find(segment: string): readonly BlockServer[] | undefined {
    const list = this.#list(segment);
    return list && [...list.entries.values()].map(({ server }) => server);
  }

  /** From now on there is a list, with nobody in it yet. */
  create(segment: string): void {
    this.#lists.set(segment, { entries: new Map(), emptySince: this.#clock.now(), parts: false });
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > SERVER_LISTS && oldest !== undefined) this.#lists.delete(oldest);
  }

  add(segment: string, server: BlockServer): void {
    const list = this.#list(segment);
    if (list === undefined) return;
    const key = serverKey(server);
    list.entries.delete(key);
    list.entries.set(key, { server, expires: this.#clock.now() + SERVER_ENTRY_MS });
    const [oldest] = list.entries.keys();
    if (list.entries.size > SERVERS_PER_LIST && oldest !== undefined) list.entries.delete(oldest);
  }

  /** Somebody has the segment in part, as who is fetching it just now. */
  noteParts(segment: string): void {
    const list = this.#list(segment);
    if (list !== undefined) list.parts = true;
  }

  hasParts(segment: string): boolean {
    const list = this.#list(segment);
    return list?.parts === true && list.entries.size > 0;
  }

  /** It is being asked for something. */
  use(segment: string, server: BlockServer): void {
    const entries = this.#lists.get(segment)?.entries;
    const entry = entries?.get(serverKey(server));
    if (entries === undefined || entry === undefined) return;
    entries.delete(serverKey(server));
    entries.set(serverKey(server), entry);
  }

  remove(segment: string, server: BlockServer): void {
    const list = this.#lists.get(segment);
    if (list?.entries.delete(serverKey(server)) && list.entries.size === 0) list.emptySince = this.#clock.now();
  }

  /** The list as it is by now, as the one used last. */
  #list(segment: string): List | undefined {
    const list = this.#lists.get(segment);
    if (list === undefined) return undefined;
    const now = this.#clock.now();
    const expired = [...list.entries].filter(([, { expires }]) => expires <= now);
    for (const [key] of expired) list.entries.delete(key);
    if (expired.length > 0 && list.entries.size === 0) {
      list.emptySince = Math.max(...expired.map(([, { expires }]) => expires));
    }
    this.#lists.delete(segment);
    if (list.entries.size === 0 && now >= list.emptySince + EMPTY_LIST_MS) return undefined;
    this.#lists.set(segment, list);
    return list;
  }
}
