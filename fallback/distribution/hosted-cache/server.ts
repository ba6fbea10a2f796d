import type { CacheStore, CacheUsage } from '../../../lib/backend/contract/cache-store.js';
import type { HostedCache, HostedCacheOptions } from '../../../lib/backend/contract/distribution-services.js';
import type { Host, SocketAddress } from '../../../lib/backend/contract/host.js';
import type { HttpAnswer, HttpListener, HttpRequest, HttpServerOptions } from '../../../lib/backend/contract/http.js';
import { PeerError } from '../../../lib/errors.js';
import type { Readings } from '../../wire/readings.js';
import { isPath } from '../http-path.js';
import { listen } from '../listening.js';
import { RETRIEVAL_LIMITS, PATH as RETRIEVAL_PATH } from '../retrieval/constants.js';
import { RetrievalClient } from '../retrieval/retrieval-client.js';
import { RetrievalServer } from '../retrieval/retrieval-server.js';
import { Limit } from './bounds.js';
import { HostedCacheLog } from './log.js';
import { metricsText, type RetrievalCounts } from './metrics.js';
import { Offers } from './offers.js';
import { PullQueue } from './pull-queue.js';

interface HostedCacheContext {
  readonly host: Pick<Host, 'clock' | 'http' | 'random' | 'trace'>;
  readonly readings: Readings;
}

/** Where clients look for it. [MS-PCHC] 2.1 */
const EVERYWHERE: readonly SocketAddress[] = [
  { address: '::', port: 80 },
  { address: '0.0.0.0', port: 80 },
];
const METRICS_PATH = '/metrics';
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * A hosted cache: takes offers of both versions, fetches from who offers, and serves what it has. The store stays open
 * when it closes.
 */
export class HostedCacheServer implements HostedCache {
  readonly addresses: readonly SocketAddress[];
  readonly httpsAddresses: readonly SocketAddress[];
  readonly metricsAddress: SocketAddress | undefined;
  readonly #service: HostedCacheService;
  readonly #listeners: readonly HttpListener[];

  /** Rejects with the system's error code where it can't listen; `E_INVALIDARG`. */
  static async start(
    context: HostedCacheContext,
    store: CacheStore,
    options: HostedCacheOptions,
  ): Promise<HostedCacheServer> {
    const { host } = context;
    checkMetrics(options.metrics);
    const service = new HostedCacheService(context, store, options.maxClients);
    const limits = { ...RETRIEVAL_LIMITS, maxConnections: 2 * service.maxClients };
    const opened: HttpListener[] = [];
    const open = async (
      where: readonly SocketAddress[],
      more: Partial<HttpServerOptions>,
      answer: (request: HttpRequest) => Promise<HttpAnswer>,
    ): Promise<readonly SocketAddress[]> => {
      const listeners = await listen(host.http, where, { ...limits, ...more }, answer);
      opened.push(...listeners);
      return listeners.map(({ local }) => local);
    };
    try {
      const { listen: http, https, metrics } = options;
      const addresses = await open(http ?? EVERYWHERE, {}, (it) => service.http(it));
      const httpsAddresses =
        https === undefined ? [] : await open(https.listen, { tls: https }, (it) => service.https(it));
      const [metricsAddress] = metrics === undefined ? [] : await open([metrics], {}, (it) => service.metrics(it));
      return new HostedCacheServer(service, opened, { addresses, httpsAddresses, metricsAddress });
    } catch (error) {
      await Promise.all(opened.map((it) => it.close()));
      throw error;
    }
  }

  private constructor(
    service: HostedCacheService,
    listeners: readonly HttpListener[],
    where: Pick<HostedCacheServer, 'addresses' | 'httpsAddresses' | 'metricsAddress'>,
  ) {
    this.#service = service;
    this.#listeners = listeners;
    this.addresses = where.addresses;
    this.httpsAddresses = where.httpsAddresses;
    this.metricsAddress = where.metricsAddress;
  }

  hold(alive: boolean): void {
    for (const listener of this.#listeners) listener.hold(alive);
  }

  stats(): object {
    return this.#service.stats();
  }

  usage(): Promise<CacheUsage> {
    return this.#service.store.usage();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners.map((it) => it.close()), this.#service.close()]);
  }
}

/** What is counted is the administrator's, who is on this machine. */
function checkMetrics(metrics: SocketAddress | undefined): void {
  if (metrics === undefined || metrics.address === '::1' || metrics.address.startsWith('127.')) return;
  throw new PeerError('E_INVALIDARG', 'startHostedCache', `metrics are for loopback alone, not ${metrics.address}`);
}

/** What the listeners have behind them. */
class HostedCacheService {
  readonly maxClients: number;
  readonly store: CacheStore;
  readonly #log: HostedCacheLog;
  readonly #queue = new PullQueue();
  readonly #retrieval: RetrievalServer;
  readonly #client: RetrievalClient;
  readonly #offers: Offers;

  constructor({ host, readings }: HostedCacheContext, store: CacheStore, maxClients: number = Limit.CLIENTS) {
    this.maxClients = maxClients;
    this.store = store;
    this.#log = new HostedCacheLog(host.trace);
    this.#retrieval = new RetrievalServer({ host, readings, store, maxClients });
    this.#client = new RetrievalClient({ host, readings });
    const ports = { clock: host.clock, retrieval: this.#client, store, readings };
    this.#offers = new Offers({ store, readings, ports, queue: this.#queue, log: this.#log });
  }

  http(request: HttpRequest): Promise<HttpAnswer> {
    return isPath(request.path, RETRIEVAL_PATH) ? this.#retrieval.handle(request) : this.#offers.handle(2, request);
  }

  https(request: HttpRequest): Promise<HttpAnswer> {
    return this.#offers.handle(1, request);
  }

  async metrics({ method, path }: HttpRequest): Promise<HttpAnswer> {
    if (path !== METRICS_PATH) return { status: 404 };
    if (method !== 'GET') return { status: 405, headers: { allow: 'GET' } };
    const retrieval = this.#retrieval.stats() as RetrievalCounts;
    const measured = { log: this.#log, queue: this.#queue, retrieval, usage: await this.store.usage() };
    return { status: 200, headers: { 'content-type': METRICS_TYPE }, body: [Buffer.from(metricsText(measured))] };
  }

  stats(): object {
    const { offers, drops, pulls, tags, blocks, bytes } = this.#log;
    return {
      offers: Object.fromEntries(offers),
      dropped: Object.fromEntries(drops),
      pulls: Object.fromEntries(pulls),
      tags: Object.fromEntries(tags),
      blocks,
      bytes,
      held: { pulls: this.#queue.running, waiting: this.#queue.waiting },
      retrieval: this.#retrieval.stats(),
      client: this.#client.stats(),
    };
  }

  close(): Promise<void> {
    return this.#queue.close();
  }
}
