import type { AreaStats } from '../../lib/backend/contract/backend.js';
import type { CacheUsage } from '../../lib/backend/contract/cache-store.js';
import type {
  ContentDescription,
  DistributionServices,
  HashContentOptions,
  HashedContent,
  HostedCache,
  HostedCacheOptions,
  PeerCache,
  PeerCacheOptions,
  ServerSecret,
} from '../../lib/backend/contract/distribution-services.js';
import { PeerError } from '../../lib/errors.js';
import type { FallbackContext } from '../context.js';
import type { Readings } from '../wire/readings.js';
import {
  ContentHashing,
  decodeContentInformation,
  exportSecretKey,
  importSecretKey,
  secretKey,
} from './content-information/index.js';
import { describeInformation } from './description.js';
import { DiscoveryClient } from './discovery/client.js';
import { hashContent } from './hash-content.js';
import { HomeCache } from './home-cache.js';
import { HomeSecret } from './home-secret.js';
import { Log } from './log.js';
import { RunningCaches } from './running-caches.js';

/** What Windows has no functions for: the same for the fallback and beside Windows' own service. */
export class Services implements DistributionServices {
  readonly readings: Readings;
  readonly log: Log;
  readonly hashing: ContentHashing;
  readonly secret: HomeSecret;
  readonly cache: HomeCache;
  /** Of contents that are read, and beside them the peer cache's. */
  readonly discovery: DiscoveryClient;
  readonly #running: RunningCaches;

  /** `reached` is told of each use of the home's secret whether that could be had. */
  constructor(context: FallbackContext, reached: (reached: boolean) => void = () => undefined) {
    const { host, readings } = context;
    this.readings = readings;
    this.log = new Log(host.trace);
    this.hashing = new ContentHashing(host, readings);
    this.secret = new HomeSecret(host.store, host.random, reached);
    this.cache = new HomeCache(host.caches, this.log);
    this.discovery = new DiscoveryClient({ host, readings });
    this.#running = new RunningCaches({ context, home: this.cache, discovery: this.discovery });
  }

  async setSecret(secret: ServerSecret): Promise<void> {
    if (secret.length === 0) throw new PeerError('E_INVALIDARG', 'setSecret', 'the secret is empty');
    await this.secret.set(secretKey(secret), 'setSecret');
  }

  async exportSecret(passPhrase: string): Promise<Uint8Array> {
    return exportSecretKey(await this.secret.get('exportSecret'), passPhrase);
  }

  async importSecret(file: Uint8Array, passPhrase: string): Promise<void> {
    await this.secret.set(importSecretKey(file, passPhrase), 'importSecret');
  }

  async hashContent(options: HashContentOptions): Promise<HashedContent> {
    const secret = options.secret ?? (await this.secret.get('hashContent'));
    return hashContent(this.hashing, { ...options, secret }, this.readings);
  }

  async describeContentInformation(bytes: Uint8Array): Promise<ContentDescription> {
    return describeInformation(decodeContentInformation(bytes, 'describeContentInformation'));
  }

  startPeerCache(options: PeerCacheOptions): Promise<PeerCache> {
    return this.#running.startPeer(options);
  }

  startHostedCache(options: HostedCacheOptions): Promise<HostedCache> {
    return this.#running.startHosted(options);
  }

  cacheUsage(): Promise<CacheUsage> {
    return this.cache.use('cacheUsage', (cache) => cache.usage());
  }

  clearCache(): Promise<void> {
    return this.cache.use('clearCache', (cache) => cache.clear());
  }

  async stats(): Promise<AreaStats> {
    return { version: 1, ...this.log.snapshot(), discovery: this.discovery.stats(), ...this.#running.stats() };
  }

  hold(alive: boolean): void {
    this.discovery.hold(alive);
    this.#running.hold(alive);
  }

  async close(_options: { readonly abrupt: boolean }): Promise<void> {
    await Promise.all([this.hashing.close(), this.discovery.close(), this.#running.close()]);
    await this.cache.close();
  }
}
