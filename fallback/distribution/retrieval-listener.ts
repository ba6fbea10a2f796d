import type { CacheStore } from '../../lib/backend/contract/cache-store.js';
import type { SocketAddress } from '../../lib/backend/contract/host.js';
import type { HttpListener } from '../../lib/backend/contract/http.js';
import type { FallbackContext } from '../context.js';
import { isLacking, listen } from './listening.js';
import { Limit, RETRIEVAL_LIMITS } from './retrieval/constants.js';
import { RetrievalServer } from './retrieval/retrieval-server.js';

/** Who is beyond the limit is told that there is nothing, which takes a connection too. */
const CONNECTIONS_PER_CLIENT = 16;
/** How often a free port is taken that may not be free in the other family. */
const TRIES = 16;

export interface RetrievalListenerOptions {
  /** One free port at every address unless given. */
  readonly listen?: readonly SocketAddress[];
  readonly maxClients?: number;
}

/** Gives the blocks of a store to whoever asks. [MS-PCCRR] */
export class RetrievalListener {
  readonly addresses: readonly SocketAddress[];
  readonly #server: RetrievalServer;
  readonly #listeners: readonly HttpListener[];
  readonly #asked: { readonly last: number };

  /** Rejects with the system's error code where it can't listen. */
  static async open(
    { host, readings }: Pick<FallbackContext, 'host' | 'readings'>,
    store: CacheStore,
    { listen: where, maxClients = Limit.CLIENTS }: RetrievalListenerOptions = {},
  ): Promise<RetrievalListener> {
    const server = new RetrievalServer({ host, readings, store, maxClients });
    const limits = { ...RETRIEVAL_LIMITS, maxConnections: CONNECTIONS_PER_CLIENT * maxClients };
    const asked = { last: Number.NEGATIVE_INFINITY };
    const serve = (locals: readonly SocketAddress[]) =>
      listen(host.http, locals, limits, (request) => {
        asked.last = host.clock.now();
        return server.handle(request);
      });
    const listeners = where === undefined ? await listenEverywhere(serve) : await serve(where);
    return new RetrievalListener(server, listeners, asked);
  }

  private constructor(server: RetrievalServer, listeners: readonly HttpListener[], asked: { readonly last: number }) {
    this.addresses = listeners.map(({ local }) => local);
    this.#server = server;
    this.#listeners = listeners;
    this.#asked = asked;
  }

  /** When somebody asked last, by the host's clock. */
  get lastRequest(): number {
    return this.#asked.last;
  }

  /** What an offer to a hosted cache names. */
  get port(): number {
    return (this.addresses[0] as SocketAddress).port;
  }

  hold(alive: boolean): void {
    for (const listener of this.#listeners) listener.hold(alive);
  }

  stats(): object {
    return this.#server.stats();
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((it) => it.close()));
  }
}

type Serve = (where: readonly SocketAddress[]) => Promise<readonly HttpListener[]>;

/** One free port at every address, since offers to hosted caches name a port without a family. [MS-PCHC] 2.2.1.2 */
async function listenEverywhere(serve: Serve): Promise<readonly HttpListener[]> {
  for (let tries = 1; ; tries++) {
    const first = await serve([{ address: '::', port: 0 }]).catch((error: unknown) => {
      if (!isLacking(error)) throw error;
      return [];
    });
    try {
      return [...first, ...(await serve([{ address: '0.0.0.0', port: first[0]?.local.port ?? 0 }]))];
    } catch (error) {
      if (first.length > 0 && isLacking(error)) return first;
      await Promise.all(first.map((it) => it.close()));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === TRIES) throw error;
    }
  }
}
