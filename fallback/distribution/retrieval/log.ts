import type { RetrievalTrace } from '../../../lib/backend/contract/distribution-trace.js';
import type { SocketAddress, Trace } from '../../../lib/backend/contract/host.js';
import type { RetrievalMessage } from './messages.js';

type Peer = Pick<SocketAddress, 'address' | 'port'>;

/** Counts what goes to and fro, and tells of it. */
export class Log {
  readonly #trace: Trace;
  readonly #sent: Record<string, number> = {};
  readonly #received: Record<string, number> = {};
  readonly #dropped: Record<string, number> = {};
  #errors = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  sent({ type }: RetrievalMessage, to: Peer): void {
    count(this.#sent, type);
    this.#publish('send', () => ({ type, to: place(to) }));
  }

  received({ type }: RetrievalMessage, from: Peer): void {
    count(this.#received, type);
    this.#publish('receive', () => ({ type, from: place(from) }));
  }

  /** What varies with what arrived belongs into `detail`: each reason is a counter. */
  dropped(reason: string, from: Peer, detail?: string): void {
    count(this.#dropped, reason);
    this.#publish('drop', () => ({ reason, from: place(from), ...(detail === undefined ? {} : { detail }) }));
  }

  failed(error: unknown): void {
    this.#errors += 1;
    this.#publish('error', () => ({ error }));
  }

  snapshot(): object {
    return {
      sent: { ...this.#sent },
      received: { ...this.#received },
      dropped: { ...this.#dropped },
      errors: this.#errors,
    };
  }

  #publish<E extends keyof RetrievalTrace>(event: E, build: () => RetrievalTrace[E]): void {
    this.#trace('retrieval', event, build);
  }
}

function count(counters: Record<string, number>, name: string): void {
  counters[name] = (counters[name] ?? 0) + 1;
}

function place({ address, port }: Peer): Peer {
  return { address, port };
}
