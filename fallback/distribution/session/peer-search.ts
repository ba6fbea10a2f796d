import type { Clock } from '../../../lib/backend/contract/host.js';
import type { DiscoveryClient, DiscoveryFinding } from '../discovery/client.js';
import { Gathered } from '../gathered.js';
import type { AvoidedServers } from './avoided.js';
import { DISCOVERIES_A_SECOND, SIMULTANEOUS_DISCOVERIES } from './limits.js';
import { Requests } from './requests.js';
import type { BlockServer } from './server.js';
import type { ServerLists } from './server-lists.js';

/** What is looked for. */
export interface SoughtSegment {
  /** HoHoDk, and the same as text. */
  readonly id: Uint8Array;
  readonly name: string;
  /** That it has. */
  readonly blocks: number;
}

interface Probing extends SoughtSegment {
  readonly sinks: Set<(server: BlockServer) => void>;
  readonly over: Promise<void>;
  end(): void;
}

/** Segments of one Probe, so that it fits in one datagram. */
const PROBE_SEGMENTS = 8;

/** Looks for peers: in the lists of who was found of late, else by discovery. [MS-CCROD] 2.8.2.3.2 */
export class PeerSearch {
  readonly #clock: Clock;
  readonly #discovery: Pick<DiscoveryClient, 'probe'>;
  readonly #lists: ServerLists;
  readonly #avoided: AvoidedServers;
  readonly #requests = new Requests();
  /** By segment. */
  readonly #probing = new Map<string, Probing>();
  readonly #gathered: Readonly<Record<1 | 2, Gathered<Probing>>>;
  /** When the discoveries of the last second began. */
  #begun: number[] = [];
  #going = 0;

  constructor(clock: Clock, discovery: Pick<DiscoveryClient, 'probe'>, lists: ServerLists, avoided: AvoidedServers) {
    this.#clock = clock;
    this.#discovery = discovery;
    this.#lists = lists;
    this.#avoided = avoided;
    const gathered = (version: 1 | 2): Gathered<Probing> =>
      new Gathered(clock, PROBE_SEGMENTS, (probing) => void this.#probe(probing, version));
    this.#gathered = { 1: gathered(1), 2: gathered(2) };
  }

  /** Resolves when nobody else will be found. */
  async locate(segment: SoughtSegment, version: 1 | 2, found: (server: BlockServer) => void): Promise<void> {
    const { name } = segment;
    const known = this.#lists.find(name);
    if (known === undefined) {
      this.#lists.create(name);
      const probing = newProbing(segment);
      this.#probing.set(name, probing);
      this.#gathered[version].add(probing);
    }
    for (const server of known ?? []) if (!this.#avoided.has(server)) found(server);
    const probing = this.#probing.get(name);
    probing?.sinks.add(found);
    await probing?.over;
  }

  end(): void {
    this.#requests.end();
  }

  async #probe(all: readonly Probing[], version: 1 | 2): Promise<void> {
    if (this.#mayBegin()) {
      const ids = all.map(({ id }) => id);
      this.#going += 1;
      const found = (finding: DiscoveryFinding): void => this.#answered(finding);
      await this.#requests.run((signal) => this.#discovery.probe(ids, version, found, signal)).catch(() => undefined);
      this.#going -= 1;
    }
    for (const probing of all) {
      this.#probing.delete(probing.name);
      probing.end();
    }
  }

  #answered({ addresses, segments }: DiscoveryFinding): void {
    for (const { id, blocks, partial } of segments) {
      const name = Buffer.from(id).toString('hex');
      const probing = this.#probing.get(name);
      if (probing === undefined) continue;
      for (const remote of addresses) {
        const server: BlockServer = { kind: 'peer', remote };
        if (this.#avoided.has(server)) continue;
        this.#lists.add(name, server);
        for (const found of probing.sinks) found(server);
      }
      if (partial || (blocks !== undefined && blocks < probing.blocks)) this.#lists.noteParts(name);
    }
  }

  #mayBegin(): boolean {
    const now = this.#clock.now();
    this.#begun = this.#begun.filter((at) => at > now - 1000);
    if (this.#requests.ended) return false;
    if (this.#begun.length >= DISCOVERIES_A_SECOND || this.#going >= SIMULTANEOUS_DISCOVERIES) return false;
    this.#begun.push(now);
    return true;
  }
}

function newProbing(segment: SoughtSegment): Probing {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { ...segment, sinks: new Set(), over, end };
}
