import type { EndpointInfo, Resolution, ResolveEnd, ResolveSink } from '../../lib/backend/contract/pnrp.js';
import type { NameQuery, NameResult } from '../../lib/backend/contract/winsock.js';
import type { Results } from './open-lookup.js';

/** What a search for a name has found, up to the end of the search. At most `max` of the query. */
export class NameResults implements Results<NameResult>, ResolveSink {
  readonly #want: ReadonlySet<string>;
  readonly #changed: () => void;
  readonly #found: NameResult[] = [];
  #over = false;
  #error: unknown;
  resolution: Resolution | undefined;

  constructor({ want = [] }: NameQuery, changed: () => void) {
    // No LUP_RETURN flag at all is as good as all of them.
    this.#want = new Set(want.length === 0 ? ['name', 'comment', 'addr'] : want);
    this.#changed = changed;
  }

  get ready(): boolean {
    return this.#found.length > 0 || this.#over;
  }

  take(): NameResult | undefined {
    if (this.#found.length === 0 && this.#error !== undefined) throw this.#error;
    return this.#found.shift();
  }

  /** A query is for one cloud, so that an endpoint always has it. */
  endpoint({ peerName, cloud = '', comment, addresses, payload }: EndpointInfo, text?: string): void {
    this.#found.push({
      ...(this.#want.has('name') ? { peerName } : {}),
      cloud,
      ...(this.#want.has('comment') && comment !== undefined ? { comment } : {}),
      addresses: this.#want.has('addr') ? addresses : [],
      ...(payload === undefined ? {} : { payload: text ?? payload }),
    });
    this.#changed();
  }

  hop(): void {
    // Winsock does not tell of them.
  }

  end(_end: ResolveEnd, error?: unknown): void {
    this.#over = true;
    this.#error = error;
    this.#changed();
  }

  async close(): Promise<void> {
    await this.resolution?.end();
  }
}
