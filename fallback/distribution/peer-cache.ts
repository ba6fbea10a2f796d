import type { CacheStore } from '../../lib/backend/contract/cache-store.js';
import type { PeerCache } from '../../lib/backend/contract/distribution-services.js';
import type { SocketAddress } from '../../lib/backend/contract/host.js';
import type { FallbackContext } from '../context.js';
import type { HeldSegment } from './discovery/answers.js';
import type { DiscoveryClient } from './discovery/client.js';
import { DiscoveryResponder } from './discovery/responder.js';
import { RetrievalListener, type RetrievalListenerOptions } from './retrieval-listener.js';

interface PeerCacheContext extends Pick<FallbackContext, 'host' | 'readings'> {
  /** Of the same node: what it heard of others tells whether this one has to answer. [MS-PCCRD] 3.2.4.1 */
  readonly discovery?: DiscoveryClient;
}

/**
 * Gives the blocks of a store to the peers of this machine's links, and tells those who search that it has them:
 * [MS-PCCRR], [MS-PCCRD]. Rejects with the system's error code where it can't listen. The store stays open when it closes.
 */
export async function startPeerCache(
  { host, readings, discovery }: PeerCacheContext,
  store: CacheStore,
  options: RetrievalListenerOptions,
): Promise<PeerCacheServer> {
  const listener = await RetrievalListener.open({ host, readings }, store, options);
  const responder = new DiscoveryResponder({
    host,
    readings,
    held: (ids) => Promise.all(ids.map(async (id) => heldOf(store, id))),
    listening: listener.addresses,
    ...(discovery === undefined ? {} : { client: discovery }),
  });
  await responder.ready;
  return new PeerCacheServer(listener, responder);
}

export class PeerCacheServer implements PeerCache {
  readonly addresses: readonly SocketAddress[];
  readonly #listener: RetrievalListener;
  readonly #responder: DiscoveryResponder;

  constructor(listener: RetrievalListener, responder: DiscoveryResponder) {
    this.addresses = listener.addresses;
    this.#listener = listener;
    this.#responder = responder;
  }

  hold(alive: boolean): void {
    this.#listener.hold(alive);
  }

  stats(): object {
    return { retrieval: this.#listener.stats(), discovery: this.#responder.stats() };
  }

  /** First nobody is told of it any more. */
  async close(): Promise<void> {
    await this.#responder.close();
    await this.#listener.close();
  }
}

/** What a Probe is answered with: partial possession too. [MS-PCCRD] 3.2.4.1 */
async function heldOf(store: CacheStore, id: string): Promise<HeldSegment | undefined> {
  const segment = await store.segment(id);
  if (segment === undefined || segment.blocks.length === 0) return undefined;
  const { blocks, length, blockSize, created } = segment;
  return { blocks: blocks.length, allBlocks: Math.ceil(length / blockSize), created };
}
