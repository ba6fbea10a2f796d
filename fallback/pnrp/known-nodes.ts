import type { Store, Stores } from '../../lib/backend/contract/host.js';
import type { Endpoint } from '../routing/entry.js';
import { addressText, packAddress } from '../wire/ipv6.js';

/** [MS-PNRP] 3.1.4.2, note 2: the ten cached nodes of earlier runs that were used last. */
const KNOWN_NODES = 10;
/** In all: a machine that travels meets a cloud a link. */
const KNOWN_NODES_IN_ALL = 200;

/**
 * Nodes that answered once, kept for the next start: the LocalOOB endpoints of 3.1.4.2. The processes of a home share
 * them, and each adds itself while it has names, so that they find each other on a machine without a network.
 * A store: `cloud [address]:port` -> FILETIME of the last use, 8 bytes.
 */
export class KnownNodes {
  readonly #stores: Stores;
  #opened: Promise<Store> | undefined;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** The last used first. */
  async recent(cloud: string): Promise<Endpoint[]> {
    const entries = await (await this.#store()).range(`${cloud} `);
    return newestFirst(entries)
      .slice(0, KNOWN_NODES)
      .flatMap(([key]) => parseKey(key));
  }

  /** `nodes` are in use now, `gone` is not any more. */
  async note(cloud: string, now: bigint, nodes: readonly Endpoint[], gone: readonly Endpoint[] = []): Promise<void> {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(now);
    const store = await this.#store();
    await store.update((current) => {
      const entries = new Map(current);
      for (const node of gone) entries.delete(keyOf(cloud, node));
      for (const node of nodes) entries.set(keyOf(cloud, node), stamp);
      const ofCloud = newestFirst([...entries].filter(([key]) => key.startsWith(`${cloud} `))).slice(KNOWN_NODES);
      for (const [key] of ofCloud) entries.delete(key);
      for (const [key] of newestFirst(entries).slice(KNOWN_NODES_IN_ALL)) entries.delete(key);
      const removed = [...current.keys()].filter((key) => !entries.has(key));
      const added = nodes.map((node) => keyOf(cloud, node)).filter((key) => entries.has(key));
      return new Map([
        ...removed.map((key) => [key, undefined] as const),
        ...added.map((key) => [key, stamp] as const),
      ]);
    });
  }

  async close(): Promise<void> {
    await (await this.#opened?.catch(() => undefined))?.close();
  }

  /** A store that could not be opened is tried again the next time. */
  #store(): Promise<Store> {
    this.#opened ??= this.#stores.open('pnrp-nodes');
    this.#opened.catch(() => {
      this.#opened = undefined;
    });
    return this.#opened;
  }
}

type Entry = readonly [string, Uint8Array];

/** What was damaged by hand counts as oldest. */
function newestFirst(entries: Iterable<Entry>): Entry[] {
  const stamp = ([, value]: Entry): bigint => (value.length === 8 ? Buffer.from(value).readBigUInt64BE() : 0n);
  return [...entries].sort((a, b) => (stamp(a) > stamp(b) ? -1 : stamp(a) < stamp(b) ? 1 : 0));
}

function keyOf(cloud: string, { address, port }: Endpoint): string {
  return `${cloud} [${addressText(address)}]:${port}`;
}

function parseKey(key: string): Endpoint[] {
  const [, address = '', port] = / \[([0-9a-f:]+)\]:(\d+)$/.exec(key) ?? [];
  try {
    return [{ address: packAddress(address), port: Number(port) }];
  } catch {
    return [];
  }
}
