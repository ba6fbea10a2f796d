import type { FallbackContext } from '../context.js';
import type { MappedSegment } from './content/content-map.js';
import type { HomeCache } from './home-cache.js';
import { HostedCacheClient } from './hosted-cache/client.js';
import type { HostedCachePlace } from './hosted-cache-location.js';
import type { Log } from './log.js';
import { RetrievalListener } from './retrieval-listener.js';

/** So long nobody must have fetched before what was offered of late goes, and so long that is waited for at most. */
const QUIET_MS = 1000;
const LONGEST_MS = 30_000;
/** How often is looked meanwhile. */
const LOOK_MS = 100;

export interface OffersOptions {
  readonly context: Pick<FallbackContext, 'host' | 'readings'>;
  readonly log: Log;
  readonly cache: HomeCache;
}

/** A block of a segment came from the origin, and is in the home's cache. */
export interface FromOrigin {
  readonly segment: MappedSegment;
  /** 16 bytes. */
  readonly contentTag: Uint8Array;
}

/** Offers hosted caches what came from origins, and gives it to those that fetch it. [MS-PCHC] 3.2 */
export class Offers {
  readonly #options: OffersOptions;
  /** By where they are. */
  readonly #clients = new Map<string, Promise<HostedCacheClient | undefined>>();
  #listener: Promise<RetrievalListener> | undefined;
  #lastFetched = Number.NEGATIVE_INFINITY;
  #alive = true;
  #closed = false;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  async fetched(server: HostedCachePlace, { segment, contentTag }: FromOrigin): Promise<void> {
    if (this.#closed) return;
    this.#lastFetched = this.#options.context.host.clock.now();
    const { id, algorithm, length, blockSize, information } = segment;
    const fetched = { id, contentTag, algorithm, length, blockSize };
    (await this.#client(server))?.fetched(information === undefined ? fetched : { ...fetched, information }, 1);
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    this.#listener?.then((it) => it.hold(alive)).catch(() => undefined);
  }

  async stats(): Promise<object> {
    const [clients, listener] = [await this.#all(), await this.#listening()];
    const offering = listener === undefined ? {} : { offering: listener.stats() };
    return { offers: clients.map((it) => it.stats()), ...offering };
  }

  /** Unless it has to be at once, hosted caches get the time to fetch what they were offered. */
  async close({ abrupt }: { readonly abrupt: boolean }): Promise<void> {
    if (!abrupt) await this.#drain();
    this.#closed = true;
    for (const client of await this.#all()) client.close();
    await (await this.#listening())?.close();
  }

  async #drain(): Promise<void> {
    const { clock } = this.#options.context.host;
    const clients = await this.#all();
    const listener = await this.#listening();
    const end = this.#lastFetched + LONGEST_MS;
    if (listener === undefined) return;
    for (let quietSince = clock.now(); clock.now() < end; ) {
      if (!clients.every((it) => it.isIdle)) quietSince = clock.now();
      if (clock.now() - Math.max(quietSince, listener.lastRequest) >= QUIET_MS) return;
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  }

  #client(place: HostedCachePlace): Promise<HostedCacheClient | undefined> {
    const key = JSON.stringify(place);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = this.#open(place).catch((error: unknown) => {
      this.#clients.delete(key);
      this.#options.log.failed(error);
      return undefined;
    });
    this.#clients.set(key, client);
    return client;
  }

  /** Who offers has to give too: from the home's cache, at a port of its own. [MS-PCHC] 1.5 */
  async #open({ offers: server }: HostedCachePlace): Promise<HostedCacheClient> {
    const { context, cache } = this.#options;
    this.#listener ??= cache
      .use('PeerDistClientAddData', (store) => RetrievalListener.open(context, store))
      .catch((error: unknown) => {
        this.#listener = undefined;
        throw error;
      });
    const listener = await this.#listener;
    listener.hold(this.#alive);
    return new HostedCacheClient({ ...context, server, port: listener.port });
  }

  async #all(): Promise<HostedCacheClient[]> {
    const clients = await Promise.all(this.#clients.values());
    return clients.filter((it) => it !== undefined);
  }

  async #listening(): Promise<RetrievalListener | undefined> {
    return this.#listener?.catch(() => undefined);
  }
}
