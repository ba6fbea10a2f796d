import type { CacheUsage } from '../backend/contract/cache-store.js';
import type {
  HostedCache as ContractHostedCache,
  PeerCache as ContractPeerCache,
  DistributionServices,
} from '../backend/contract/distribution-services.js';
import type { SocketAddress } from '../backend/contract/host.js';
import type { Runtime } from '../runtime.js';

/**
 * What the home keeps of contents: what the fallback reads, and what `peerCache` and `hostedCache` give. Windows' own service
 * has a cache of its own, which `Get-BCDataCache` shows and `Clear-BCCache` clears.
 */
export class LocalCache {
  readonly #runtime: Runtime;

  /** @internal */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Rejects with `PEERDIST_ERROR_SERVICE_UNAVAILABLE`. */
  usage(): Promise<CacheUsage> {
    return this.#use('cacheUsage', (services) => services.cacheUsage());
  }

  /** Removes everything. Rejects with `PEERDIST_ERROR_SERVICE_UNAVAILABLE`. */
  clear(): Promise<void> {
    return this.#use('clearCache', (services) => services.clearCache());
  }

  #use<T>(operation: string, use: (services: DistributionServices) => Promise<T>): Promise<T> {
    return this.#runtime.call('distribution', operation, async (backend) => use(await backend.services()));
  }
}

/** Serves a cache to the subnets of this machine, until it closes. */
export class PeerCache {
  readonly #runtime: Runtime;
  readonly #cache: ContractPeerCache;

  /** @internal */
  constructor(runtime: Runtime, cache: ContractPeerCache) {
    this.#runtime = runtime;
    this.#cache = cache;
  }

  /** Where blocks are given. */
  get addresses(): readonly SocketAddress[] {
    return this.#cache.addresses;
  }

  /** Closing twice is fine. */
  close(): Promise<void> {
    return this.#runtime.end(() => this.#cache.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A hosted cache, until it closes. */
export class HostedCache {
  readonly #runtime: Runtime;
  readonly #cache: ContractHostedCache;

  /** @internal */
  constructor(runtime: Runtime, cache: ContractHostedCache) {
    this.#runtime = runtime;
    this.#cache = cache;
  }

  /** Where blocks are given, and offers of version 2.0 are taken. */
  get addresses(): readonly SocketAddress[] {
    return this.#cache.addresses;
  }

  /** Where offers of version 1.0 are taken; none without HTTPS. */
  get httpsAddresses(): readonly SocketAddress[] {
    return this.#cache.httpsAddresses;
  }

  get metricsAddress(): SocketAddress | undefined {
    return this.#cache.metricsAddress;
  }

  /** What its store keeps. */
  usage(): Promise<CacheUsage> {
    return this.#runtime.wait('usage', () => this.#cache.usage());
  }

  /** Closing twice is fine. */
  close(): Promise<void> {
    return this.#runtime.end(() => this.#cache.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
