import type { Clock, SocketAddress } from '../../../lib/backend/contract/host.js';
import type { AvoidedServers } from './avoided.js';
import { DISCOVERIES_A_SECOND, SIMULTANEOUS_DISCOVERIES } from './limits.js';
import type { BlockServer } from './server.js';
import type { ServerLists } from './server-lists.js';

/** What is looked for. */
export interface SoughtSegment {
  /** HoHoDk, and the same as text. */
  readonly id: Uint8Array;
  readonly name: string;
}

export type Found = (segment: string, server: BlockServer) => void;

/** An answer to a probe: who has which of the segments. */
export interface ProbeFinding {
  readonly addresses: readonly SocketAddress[];
  readonly segments: readonly { readonly id: Uint8Array; readonly partial: boolean }[];
}

/** The client side of discovery; the promise is over when no answer counts any more. */
export interface Prober {
  probe(
    ids: readonly Uint8Array[],
    version: 1 | 2,
    found: (finding: ProbeFinding) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

interface Probing {
  readonly sinks: Set<Found>;
  readonly over: Promise<void>;
}

/** Segments of one probe, so that it fits in one datagram. */
const PROBE_SEGMENTS = 8;

/** Looks for peers: in the lists of who was found of late, else by discovery. [MS-CCROD] 2.8.2.3.2 */
export class PeerSearch {
  readonly #clock: Clock;
  readonly #prober: Prober;
  readonly #lists: ServerLists;
  readonly #avoided: AvoidedServers;
  readonly #ended = new AbortController();
  /** By segment. */
  readonly #probing = new Map<string, Probing>();
  /** When the discoveries of the last second began. */
  #begun: number[] = [];
  #going = 0;

  constructor(clock: Clock, prober: Prober, lists: ServerLists, avoided: AvoidedServers) {
    this.#clock = clock;
    this.#prober = prober;
    this.#lists = lists;
    this.#avoided = avoided;
  }

  /** For each segment a promise that is over when nobody else will be found. */
  locate(segments: readonly SoughtSegment[], version: 1 | 2, found: Found): Promise<void>[] {
    const unknown = segments.filter(({ name }) => this.#lists.find(name) === undefined);
    for (let at = 0; at < unknown.length; at += PROBE_SEGMENTS) {
      this.#probe(unknown.slice(at, at + PROBE_SEGMENTS), version);
    }
    return segments.map(async ({ name }) => {
      for (const server of this.#lists.find(name) ?? []) this.#report(name, server, [found]);
      const probing = this.#probing.get(name);
      probing?.sinks.add(found);
      await probing?.over;
    });
  }

  end(): void {
    this.#ended.abort();
  }

  #probe(segments: readonly SoughtSegment[], version: 1 | 2): void {
    for (const { name } of segments) this.#lists.create(name);
    if (!this.#mayBegin()) return;
    const names = new Map(segments.map(({ id, name }) => [name, id]));
    const probe = this.#prober.probe([...names.values()], version, (it) => this.#answered(it), this.#ended.signal);
    const over = probe
      .catch(() => undefined)
      .then(() => {
        this.#going -= 1;
        for (const name of names.keys()) this.#probing.delete(name);
      });
    for (const name of names.keys()) this.#probing.set(name, { sinks: new Set(), over });
  }

  #answered({ addresses, segments }: ProbeFinding): void {
    for (const { id } of segments) {
      const name = Buffer.from(id).toString('hex');
      for (const remote of addresses) {
        const server: BlockServer = { kind: 'peer', remote };
        if (!this.#avoided.has(server)) this.#lists.add(name, server);
        this.#report(name, server, this.#probing.get(name)?.sinks ?? []);
      }
    }
  }

  #report(segment: string, server: BlockServer, sinks: Iterable<Found>): void {
    if (this.#avoided.has(server)) return;
    for (const found of sinks) found(segment, server);
  }

  #mayBegin(): boolean {
    const now = this.#clock.now();
    this.#begun = this.#begun.filter((at) => at > now - 1000);
    if (this.#ended.signal.aborted) return false;
    if (this.#begun.length >= DISCOVERIES_A_SECOND || this.#going >= SIMULTANEOUS_DISCOVERIES) return false;
    this.#begun.push(now);
    this.#going += 1;
    return true;
  }
}
