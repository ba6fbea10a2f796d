import type { Content, ContentOptions } from '../../../lib/backend/contract/distribution.js';
import type { Clock, Host } from '../../../lib/backend/contract/host.js';
import { tagText } from '../checks.js';
import type { HomeCache } from '../home-cache.js';
import type { Log } from '../log.js';
import { AvoidedServers } from '../session/avoided.js';
import { Download, type DownloadTools } from '../session/download.js';
import { Loads } from '../session/loads.js';
import { ServerLists } from '../session/server-lists.js';
import { ContentReading } from './content-reading.js';
import { LocalBlocks } from './local-blocks.js';
import { OpenContent } from './open-content.js';

const OPEN = 'PeerDistClientOpenContent';

export interface ContentsOptions {
  readonly host: Host;
  readonly log: Log;
  readonly cache: HomeCache;
}

/** The contents that a platform reads, and what they share. */
export class Contents {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #cache: HomeCache;
  readonly #tools: DownloadTools;
  readonly #open = new Set<OpenContent>();

  constructor({ host, log, cache }: ContentsOptions) {
    this.#clock = host.clock;
    this.#log = log;
    this.#cache = cache;
    this.#tools = {
      retrieval: undefined as never,
      lists: new ServerLists(host.clock),
      avoided: new AvoidedServers(host.clock),
      loads: new Loads(),
    };
  }

  get count(): number {
    return this.#open.size;
  }

  async open(tag: Uint8Array, { share = true }: ContentOptions): Promise<Content> {
    const tagName = tagText(tag, OPEN);
    const cache = await this.#cache.get();
    const content: OpenContent = new OpenContent({
      begin: (map) =>
        new ContentReading({
          map,
          clock: this.#clock,
          log: this.#log,
          local: new LocalBlocks(this.#log, cache, share ? tagName : undefined),
          download: (take, signal) =>
            new Download(this.#tools, { version: map.version, peers: undefined, hostedCache: undefined, take, signal }),
          fromOrigin: () => undefined,
        }),
      closed: () => this.#open.delete(content),
    });
    this.#open.add(content);
    return content;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((it) => it.close()));
  }
}
