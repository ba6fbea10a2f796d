import type { HostedCacheTrace, OfferOutcome } from '../../../lib/backend/contract/distribution-trace.js';
import type { Trace } from '../../../lib/backend/contract/host.js';
import type { HttpRemote } from '../../../lib/backend/contract/http.js';
import type { OfferMessage } from './messages.js';

/** Counts what a client offers, and tells of it. */
export class OfferClientLog {
  readonly #trace: Trace;
  readonly #server: HttpRemote;
  readonly #sent: Record<string, number> = {};
  readonly #outcomes: Record<string, number> = {};
  #segments = 0;

  constructor(trace: Trace, server: HttpRemote) {
    this.#trace = trace;
    this.#server = server;
  }

  sent(message: OfferMessage): void {
    count(this.#sent, message.type);
    this.#segments += segmentsOf(message);
  }

  ended(message: OfferMessage, outcome: OfferOutcome, error?: unknown): undefined {
    count(this.#outcomes, outcome);
    const { address, port } = this.#server;
    this.#publish('send', () => ({
      type: message.type,
      to: { address, port },
      segments: segmentsOf(message),
      outcome,
      ...(error === undefined ? {} : { error }),
    }));
  }

  snapshot(): object {
    return { sent: { ...this.#sent }, outcomes: { ...this.#outcomes }, segments: this.#segments };
  }

  #publish<E extends keyof HostedCacheTrace>(event: E, build: () => HostedCacheTrace[E]): void {
    this.#trace('hosted-cache', event, build);
  }
}

/** An INITIAL_OFFER only asks; what it asks about is offered by what follows. */
function segmentsOf(message: OfferMessage): number {
  if (message.type === 'INITIAL_OFFER') return 0;
  return message.type === 'BATCHED_OFFER' ? message.segments.length : 1;
}

function count(counters: Record<string, number>, name: string): void {
  counters[name] = (counters[name] ?? 0) + 1;
}
