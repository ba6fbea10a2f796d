import type { CacheLocation, CacheStore } from '../../lib/backend/contract/cache-store.js';
import type {
  HostedCache,
  HostedCacheOptions,
  PeerCache,
  PeerCacheOptions,
} from '../../lib/backend/contract/distribution-services.js';
import { PeerError } from '../../lib/errors.js';
import type { FallbackContext } from '../context.js';
import type { DiscoveryClient } from './discovery/client.js';
import type { HomeCache } from './home-cache.js';
import { HostedCacheServer } from './hosted-cache/server.js';
import { startPeerCache } from './peer-cache.js';

/** [MS-PCCRR] notes 12, 13 */
const MAX_CLIENTS = { peer: 16_384, hosted: 0xffff_ffff } as const;

interface Server {
  hold(alive: boolean): void;
  stats(): object;
  close(): Promise<void>;
}

/** A server with the store that it stands on. */
interface Running<S extends Server = Server> {
  readonly server: S;
  /** Closes both, once. */
  readonly close: () => Promise<void>;
}

export interface RunningCachesOptions {
  readonly context: Pick<FallbackContext, 'host' | 'readings'>;
  readonly home: HomeCache;
  readonly discovery: DiscoveryClient;
}

/** The peer caches and hosted caches that a platform runs. */
export class RunningCaches {
  readonly #options: RunningCachesOptions;
  readonly #peers = new Set<Running>();
  readonly #hosted = new Set<Running>();
  /** What is being started, which closing waits for. */
  readonly #starting = new Set<Promise<unknown>>();
  #alive = true;
  #closed = false;

  constructor(options: RunningCachesOptions) {
    this.#options = options;
  }

  async startPeer(options: PeerCacheOptions): Promise<PeerCache> {
    const operation = 'startPeerCache';
    const { context, discovery } = this.#options;
    checkClients(options.maxClients, MAX_CLIENTS.peer, operation);
    const { server, close } = await this.#start(this.#peers, operation, options.store, (store) =>
      startPeerCache({ ...context, discovery }, store, options),
    );
    return { addresses: server.addresses, close };
  }

  async startHosted(options: HostedCacheOptions): Promise<HostedCache> {
    const operation = 'startHostedCache';
    checkClients(options.maxClients, MAX_CLIENTS.hosted, operation);
    const { server, close } = await this.#start(this.#hosted, operation, options.store, (store) =>
      HostedCacheServer.start(this.#options.context, store, options),
    );
    const { addresses, httpsAddresses, metricsAddress } = server;
    return { addresses, httpsAddresses, metricsAddress, usage: () => server.usage(), close };
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    for (const { server } of [...this.#peers, ...this.#hosted]) server.hold(alive);
  }

  stats(): object {
    const of = (running: Iterable<Running>) => [...running].map(({ server }) => server.stats());
    return { peerCaches: of(this.#peers), hostedCaches: of(this.#hosted) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#peers, ...this.#hosted].map(({ close }) => close()));
  }

  async #start<S extends Server>(
    all: Set<Running>,
    operation: string,
    where: CacheStore | CacheLocation | undefined,
    start: (store: CacheStore) => Promise<S>,
  ): Promise<Running<S>> {
    const starting = this.#run(all, operation, where, start);
    this.#starting.add(starting);
    try {
      const running = await starting;
      if (!this.#closed) return running;
    } finally {
      this.#starting.delete(starting);
    }
    throw new PeerError('PEER_E_NOT_INITIALIZED', operation, 'the platform was closed meanwhile');
  }

  async #run<S extends Server>(
    all: Set<Running>,
    operation: string,
    where: CacheStore | CacheLocation | undefined,
    start: (store: CacheStore) => Promise<S>,
  ): Promise<Running<S>> {
    const { store, release } = await this.#open(where, operation);
    let server: S;
    try {
      server = await start(store);
    } catch (error) {
      await release();
      throw error;
    }
    server.hold(this.#alive);
    let closed: Promise<void> | undefined;
    const close = (): Promise<void> => {
      all.delete(running);
      closed ??= server.close().then(release);
      return closed;
    };
    const running: Running<S> = { server, close };
    all.add(running);
    return running;
  }

  /** A store that was handed in stays open, and so does the home's, which others use too. */
  async #open(
    where: CacheStore | CacheLocation | undefined,
    operation: string,
  ): Promise<{ readonly store: CacheStore; readonly release: () => Promise<void> }> {
    const stays = async (): Promise<void> => undefined;
    if (where !== undefined && 'segment' in where) return { store: where, release: stays };
    if (where === undefined)
      return { store: await this.#options.home.use(operation, async (it) => it), release: stays };
    const store = await this.#options.context.host.caches.open(where);
    return { store, release: () => store.close() };
  }
}

function checkClients(value: number | undefined, most: number, operation: string): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  throw new PeerError('E_INVALIDARG', operation, `maxClients is from 1 to ${most}, not ${value}`);
}
