import type { HostedCacheTrace } from '../../../lib/backend/contract/distribution-trace.js';
import type { SocketAddress, Trace } from '../../../lib/backend/contract/host.js';
import type { HttpRemote } from '../../../lib/backend/contract/http.js';
import { Limit } from './bounds.js';
import type { OfferMessage, OfferResponse } from './messages.js';
import type { PullResult } from './pull.js';

type Peer = Pick<SocketAddress, 'address' | 'port'>;

/** Counts what a hosted cache is offered and fetches, and tells of it. */
export class HostedCacheLog {
  readonly offers = new Map<string, number>();
  readonly drops = new Map<string, number>();
  readonly pulls = new Map<string, number>();
  /** Segments that were offered, by content tag; those that came late are counted together. */
  readonly tags = new Map<string, number>();
  blocks = 0;
  bytes = 0;
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  answered({ type }: OfferMessage, answer: OfferResponse, from: Peer): void {
    count(this.offers, `${type} ${answer}`);
    this.#publish('offer', () => ({ type, answer, from: place(from) }));
  }

  tagged(tag: string): void {
    count(this.tags, this.tags.has(tag) || this.tags.size < Limit.TAGS ? tag : 'others');
  }

  /** What varies with what arrived belongs into `detail`: each reason is a counter. */
  dropped(reason: string, from: Peer, detail?: string): undefined {
    count(this.drops, reason);
    this.#publish('drop', () => ({ reason, from: place(from), ...(detail === undefined ? {} : { detail }) }));
  }

  pulled(segment: string, from: HttpRemote, result: PullResult): void {
    const { outcome, blocks, bytes, error } = result;
    count(this.pulls, outcome);
    this.blocks += blocks;
    this.bytes += bytes;
    this.#publish('pull', () => ({
      segment,
      from: place(from),
      outcome,
      blocks,
      bytes,
      ...(error === undefined ? {} : { error }),
    }));
  }

  #publish<E extends keyof HostedCacheTrace>(event: E, build: () => HostedCacheTrace[E]): void {
    this.#trace('hosted-cache', event, build);
  }
}

function count(counters: Map<string, number>, name: string): void {
  counters.set(name, (counters.get(name) ?? 0) + 1);
}

function place({ address, port }: Peer): Peer {
  return { address, port };
}
