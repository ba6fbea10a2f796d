import type { CacheStore } from '../../lib/backend/contract/cache-store.js';
import type { PeerCache, PeerCacheOptions } from '../../lib/backend/contract/distribution-services.js';
import type { SocketAddress } from '../../lib/backend/contract/host.js';
import type { HttpListener } from '../../lib/backend/contract/http.js';
import type { FallbackContext } from '../context.js';
import type { HeldSegment } from './discovery/answers.js';
import type { DiscoveryClient } from './discovery/client.js';
import { DiscoveryResponder } from './discovery/responder.js';
import { Limit, RETRIEVAL_LIMITS } from './retrieval/constants.js';
import { RetrievalServer } from './retrieval/retrieval-server.js';

/** Who is beyond the limit is told that there is nothing, which takes a connection too. */
const CONNECTIONS_PER_CLIENT = 16;
/** How often a free port is taken that may not be free in the other family. */
const TRIES = 16;
/** Of a machine that lacks a family of addresses. */
const NO_FAMILY = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

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
  { listen, maxClients = Limit.CLIENTS }: Pick<PeerCacheOptions, 'listen' | 'maxClients'>,
): Promise<PeerCacheServer> {
  const server = new RetrievalServer({ host, readings, store, maxClients });
  const limits = { ...RETRIEVAL_LIMITS, maxConnections: CONNECTIONS_PER_CLIENT * maxClients };
  const serve = (local: SocketAddress) => host.http.serve(local, limits, (request) => server.handle(request));
  const listeners = listen === undefined ? await listenEverywhere(serve) : await Promise.all(listen.map(serve));
  const responder = new DiscoveryResponder({
    host,
    readings,
    held: (ids) => Promise.all(ids.map(async (id) => heldOf(store, id))),
    listening: listeners.map(({ local }) => local),
    ...(discovery === undefined ? {} : { client: discovery }),
  });
  await responder.ready;
  return new PeerCacheServer(server, responder, listeners);
}

class PeerCacheServer implements PeerCache {
  readonly addresses: readonly SocketAddress[];
  readonly #server: RetrievalServer;
  readonly #responder: DiscoveryResponder;
  readonly #listeners: readonly HttpListener[];

  constructor(server: RetrievalServer, responder: DiscoveryResponder, listeners: readonly HttpListener[]) {
    this.addresses = listeners.map(({ local }) => local);
    this.#server = server;
    this.#responder = responder;
    this.#listeners = listeners;
  }

  hold(alive: boolean): void {
    for (const listener of this.#listeners) listener.hold(alive);
  }

  stats(): object {
    return { retrieval: this.#server.stats(), discovery: this.#responder.stats() };
  }

  /** First nobody is told of it any more. */
  async close(): Promise<void> {
    await this.#responder.close();
    await Promise.all(this.#listeners.map((it) => it.close()));
  }
}

/** What a Probe is answered with: partial possession too. [MS-PCCRD] 3.2.4.1 */
async function heldOf(store: CacheStore, id: string): Promise<HeldSegment | undefined> {
  const segment = await store.segment(id);
  if (segment === undefined || segment.blocks.length === 0) return undefined;
  const { blocks, length, blockSize, created } = segment;
  return { blocks: blocks.length, allBlocks: Math.ceil(length / blockSize), created };
}

/** One free port at every address, since offers to hosted caches name a port without a family. [MS-PCHC] 2.2.1.2 */
async function listenEverywhere(serve: (local: SocketAddress) => Promise<HttpListener>): Promise<HttpListener[]> {
  for (let tries = 1; ; tries++) {
    const first = await serve({ address: '::', port: 0 }).catch(lacking);
    try {
      const second = await serve({ address: '0.0.0.0', port: first?.local.port ?? 0 });
      return first === undefined ? [second] : [first, second];
    } catch (error) {
      if (first !== undefined && isLacking(error)) return [first];
      await first?.close();
      if (codeOf(error) !== 'EADDRINUSE' || tries === TRIES) throw error;
    }
  }
}

function lacking(error: unknown): undefined {
  if (!isLacking(error)) throw error;
}

function isLacking(error: unknown): boolean {
  return NO_FAMILY.includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | undefined)?.code);
}
