import type { Content, ContentOptions } from '../../../lib/backend/contract/distribution.js';
import type { Host } from '../../../lib/backend/contract/host.js';
import type { Readings } from '../../wire/readings.js';
import { tagText } from '../checks.js';
import type { DiscoveryClient } from '../discovery/client.js';
import type { HomeCache } from '../home-cache.js';
import { type HostedCachePlace, readHostedCache } from '../hosted-cache-location.js';
import type { Log } from '../log.js';
import type { Offers } from '../offers.js';
import { RetrievalClient } from '../retrieval/retrieval-client.js';
import { AvoidedServers } from '../session/avoided.js';
import { Download } from '../session/download.js';
import { HostedCacheSearch } from '../session/hosted-cache-search.js';
import { Loads } from '../session/loads.js';
import { PeerSearch } from '../session/peer-search.js';
import { Requests } from '../session/requests.js';
import { ServerLists } from '../session/server-lists.js';
import type { ContentMap } from './content-map.js';
import { ContentReading } from './content-reading.js';
import { LocalBlocks } from './local-blocks.js';
import { OpenContent } from './open-content.js';

const OPEN = 'PeerDistClientOpenContent';

export interface ContentsOptions {
  readonly host: Host;
  readonly readings: Readings;
  readonly log: Log;
  readonly cache: HomeCache;
  readonly discovery: DiscoveryClient;
  readonly offers: Offers;
}

/** The contents that a platform reads, and what they share. */
export class Contents {
  readonly #options: ContentsOptions;
  readonly #retrieval: RetrievalClient;
  readonly #lists: ServerLists;
  readonly #avoided: AvoidedServers;
  readonly #loads = new Loads();
  readonly #peers: PeerSearch;
  readonly #open = new Set<OpenContent>();

  constructor(options: ContentsOptions) {
    const { host, readings, discovery } = options;
    this.#options = options;
    this.#retrieval = new RetrievalClient({ host, readings });
    this.#lists = new ServerLists(host.clock);
    this.#avoided = new AvoidedServers(host.clock);
    this.#peers = new PeerSearch(host.clock, discovery, this.#lists, this.#avoided);
  }

  async open(tag: Uint8Array, options: ContentOptions): Promise<Content> {
    const tagName = tagText(tag, OPEN);
    const { hostedCache, peers = hostedCache === undefined, share = true } = options;
    const place = placeOf(options);
    const { host, log, cache, offers } = this.#options;
    const contentTag = Uint8Array.from(tag);
    const { clock } = host;
    const store = await cache.get();
    const begin = (map: ContentMap): ContentReading =>
      new ContentReading({
        map,
        clock,
        log,
        local: new LocalBlocks(log, store, share ? tagName : undefined),
        download: (take) => {
          const tools = { retrieval: this.#retrieval, lists: this.#lists, avoided: this.#avoided, loads: this.#loads };
          const requests = new Requests();
          const server = place && ({ kind: 'hosted-cache', remote: place.retrieval } as const);
          return new Download(tools, {
            version: map.version,
            peers: peers ? this.#peers : undefined,
            hostedCache: server && new HostedCacheSearch({ ...tools, clock, requests }, server),
            take,
            requests,
          });
        },
        fromOrigin: ({ segment }) => {
          if (place === undefined || !share || store === undefined) return;
          offers.fetched(place, { segment, contentTag }).catch((error: unknown) => log.failed(error));
        },
      });
    const content: OpenContent = new OpenContent({ begin, closed: () => this.#open.delete(content) });
    this.#open.add(content);
    return content;
  }

  stats(): object {
    return { contents: this.#open.size, serverLists: this.#lists.size, retrieval: this.#retrieval.stats() };
  }

  async close(): Promise<void> {
    this.#peers.end();
    await Promise.all([...this.#open].map((it) => it.close()));
  }
}

/** `ERROR_INVALID_PARAMETER` for a hosted cache that can't be. */
export function placeOf({ hostedCache }: ContentOptions): HostedCachePlace | undefined {
  return hostedCache === undefined ? undefined : readHostedCache(hostedCache, OPEN);
}
