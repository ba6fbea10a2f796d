import type { SocketAddress, Trace } from '../../lib/backend/contract/host.js';
import type { SsdpTrace } from '../../lib/backend/contract/trace.js';
import type { SsdpMessage } from './messages.js';

/** Counts what happens, and tells of it. */
export class Log {
  readonly #trace: Trace;
  readonly #sent: Record<string, number> = {};
  readonly #received: Record<string, number> = {};
  readonly #dropped: Record<string, number> = {};
  #errors = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  sent(interfaceName: string, { type, target }: SsdpMessage, to: SocketAddress): void {
    count(this.#sent, type);
    this.#publish('send', () => ({ interface: interfaceName, type, target, to }));
  }

  received(interfaceName: string, { type, target }: SsdpMessage, from: SocketAddress): void {
    count(this.#received, type);
    this.#publish('receive', () => ({ interface: interfaceName, type, target, from }));
  }

  /** What varies with what arrived belongs into `detail`: each reason is a counter. */
  dropped(interfaceName: string | undefined, reason: string, from: SocketAddress, detail?: string): void {
    count(this.#dropped, reason);
    this.#publish('drop', () => ({
      reason,
      from,
      ...(interfaceName === undefined ? {} : { interface: interfaceName }),
      ...(detail === undefined ? {} : { detail }),
    }));
  }

  failed(interfaceName: string, error: unknown): void {
    this.#errors += 1;
    this.#publish('error', () => ({ interface: interfaceName, error }));
  }

  snapshot(): object {
    return {
      sent: { ...this.#sent },
      received: { ...this.#received },
      dropped: { ...this.#dropped },
      errors: this.#errors,
    };
  }

  #publish<E extends keyof SsdpTrace>(event: E, build: () => SsdpTrace[E]): void {
    this.#trace('ssdp', event, build);
  }
}

function count(counters: Record<string, number>, name: string): void {
  counters[name] = (counters[name] ?? 0) + 1;
}
