import type { SocketAddress, Trace } from '../../lib/backend/contract/host.js';

interface Message {
  readonly type: string;
}

type LinkArea = 'ssdp' | 'ws-discovery';

/** What the channels of an area carry. */
interface LinkTrace {
  readonly send: { readonly interface: string; readonly to: unknown };
  readonly receive: object;
  readonly drop: object;
  readonly error: object;
}

/** Counts what happens, and tells of it on the channels of an area. */
export class Log<M extends Message, T extends LinkTrace> {
  readonly #trace: Trace;
  readonly #area: LinkArea;
  readonly #fields: (message: M) => Fields<T>;
  readonly #sent: Record<string, number> = {};
  readonly #received: Record<string, number> = {};
  readonly #dropped: Record<string, number> = {};
  #errors = 0;

  /** `fields`: of a message, in its events. */
  constructor(trace: Trace, area: LinkArea, fields: (message: M) => Fields<T>) {
    this.#trace = trace;
    this.#area = area;
    this.#fields = fields;
  }

  sent(interfaceName: string, message: M, to: SocketAddress): void {
    count(this.#sent, message.type);
    this.#trace(this.#area, 'send', () => ({ interface: interfaceName, ...this.#fields(message), to }));
  }

  received(interfaceName: string, message: M, from: SocketAddress): void {
    count(this.#received, message.type);
    this.#trace(this.#area, 'receive', () => ({ interface: interfaceName, ...this.#fields(message), from }));
  }

  /** What varies with what arrived belongs into `detail`: each reason is a counter. */
  dropped(interfaceName: string | undefined, reason: string, from: SocketAddress, detail?: string): undefined {
    count(this.#dropped, reason);
    this.#trace(this.#area, 'drop', () => ({
      reason,
      from,
      ...(interfaceName === undefined ? {} : { interface: interfaceName }),
      ...(detail === undefined ? {} : { detail }),
    }));
  }

  failed(interfaceName: string, error: unknown): undefined {
    this.#errors += 1;
    this.#trace(this.#area, 'error', () => ({ interface: interfaceName, error }));
  }

  snapshot(): object {
    return {
      sent: { ...this.#sent },
      received: { ...this.#received },
      dropped: { ...this.#dropped },
      errors: this.#errors,
    };
  }
}

/** What the events about messages have in common. */
type Fields<T extends LinkTrace> = Omit<T['send'], 'interface' | 'to'>;

function count(counters: Record<string, number>, name: string): void {
  counters[name] = (counters[name] ?? 0) + 1;
}
