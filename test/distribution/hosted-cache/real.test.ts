import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HostedCacheClient } from '#fallback/distribution/hosted-cache/client';
import { HostedCacheServer } from '#fallback/distribution/hosted-cache/server';
import { openBlock } from '#fallback/distribution/retrieval/block-cipher';
import { RETRIEVAL_LIMITS } from '#fallback/distribution/retrieval/constants';
import { RetrievalClient } from '#fallback/distribution/retrieval/retrieval-client';
import { RetrievalServer } from '#fallback/distribution/retrieval/retrieval-server';
import type { CacheStore } from '#lib/backend/contract/cache-store';
import type { HostedCachePullEvent, HostedCacheSendEvent } from '#lib/backend/contract/distribution-trace';
import type { Host } from '#lib/backend/contract/host';
import type { HttpRemote } from '#lib/backend/contract/http';
import { freshFolder, realHost } from '../../runtime/real-host.ts';
import { CERTIFICATE, hold, READINGS, type Sample, sample1, sample2, TRUST } from './branch.ts';

const HERE = { address: '127.0.0.1', port: 0 };
const BLOCK = 65_536;

/** The next of a kind of event that is about this. */
function next<T>(event: 'send' | 'pull', isIt: (it: T) => boolean): Promise<T> {
  const channel = `winpeer:hosted-cache:${event}`;
  return new Promise((resolve) => {
    const listener = (it: unknown): void => {
      if (isIt(it as T)) resolve(it as T);
    };
    subscribe(channel, listener);
    onTestFinished(() => void unsubscribe(channel, listener));
  });
}

async function cacheOf(host: Host): Promise<CacheStore> {
  const folder = freshFolder();
  const store = await host.caches.open({ folder });
  onTestFinished(() => store.close());
  return store;
}

async function open(host: Host): Promise<HostedCacheServer> {
  const store = await cacheOf(host);
  const https = { listen: [HERE], ...CERTIFICATE };
  const cache = await HostedCacheServer.start({ host, readings: READINGS }, store, {
    listen: [HERE],
    https,
    metrics: HERE,
  });
  onTestFinished(() => cache.close());
  return cache;
}

/** A client's own cache, behind its retrieval server. */
async function sharing(host: Host, sample: Sample): Promise<number> {
  const store = await cacheOf(host);
  await hold(store, sample);
  const retrieval = new RetrievalServer({ host, readings: READINGS, store });
  const limits = { ...RETRIEVAL_LIMITS, maxConnections: 64 };
  const listener = await host.http.serve(HERE, limits, (request) => retrieval.handle(request));
  onTestFinished(() => listener.close());
  return listener.local.port;
}

describe('a hosted cache on real sockets', () => {
  test.each([
    ['1.0 over TLS', 1, sample1(5 * BLOCK + 3)],
    ['2.0 over HTTP', 2, sample2(100_000)],
  ] as const)('in version %s takes an offer, fetches, and serves', async (_, version, sample) => {
    const host = realHost();
    const cache = await open(host);
    const port = await sharing(host, sample);
    const [http] = cache.addresses;
    const server: HttpRemote =
      version === 1 ? { ...HERE, ...cache.httpsAddresses[0], tls: TRUST } : { ...HERE, ...http };
    const pulled = next<HostedCachePullEvent>('pull', ({ segment }) => segment === sample.id);
    const client = new HostedCacheClient({ host, readings: READINGS, server, port });
    client.fetched(sample.fetched, sample.blocks.length);
    expect((await pulled).outcome).toBe('complete');
    client.close();
    const retrieval = new RetrievalClient({ host, readings: READINGS });
    for (const [index, block] of sample.blocks.entries()) {
      const received = await retrieval.block({ ...HERE, ...http }, sample.fetched.id, index);
      const opened = received && openBlock(received, sample.secret, block.length);
      expect(Buffer.compare(opened ?? new Uint8Array(), block)).toBe(0);
    }
    const metrics = await host.http.exchange(cache.metricsAddress ?? HERE, {
      method: 'GET',
      path: '/metrics',
      maxBody: 50_000,
    });
    expect(Buffer.from(metrics.body).toString()).toContain('winpeer_hosted_cache_pulls_total{outcome="complete"} 1\n');
  });

  test.each([
    ['of another name', { ...TRUST, serverName: 'other.example' }, /altnames|does not match/],
    ['that nobody vouches for', { serverName: 'cache.example' }, /certificate/],
  ])('is offered nothing in version 1 where its certificate is %s', async (_, tls, reason) => {
    const host = realHost();
    const cache = await open(host);
    const port = cache.httpsAddresses[0]?.port ?? 0;
    const failed = next<HostedCacheSendEvent>('send', ({ to }) => to.port === port);
    const client = new HostedCacheClient({ host, readings: READINGS, server: { ...HERE, port, tls }, port: 8080 });
    client.fetched(sample1(100).fetched, 1);
    const { outcome, error } = await failed;
    expect([outcome, String(error)]).toEqual(['failed', expect.stringMatching(reason)]);
    expect(cache.stats()).toMatchObject({ offers: {}, dropped: {} });
    client.close();
  });

  test('at a port that another program has fails with the system’s code', async () => {
    const host = realHost();
    const listener = await host.http.serve(HERE, { ...RETRIEVAL_LIMITS, maxConnections: 1 }, async () => ({
      status: 200,
    }));
    onTestFinished(() => listener.close());
    const store = await cacheOf(host);
    const taken = HostedCacheServer.start({ host, readings: READINGS }, store, { listen: [listener.local] });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
