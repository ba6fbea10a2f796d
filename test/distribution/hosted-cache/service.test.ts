import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { HostedCacheClient } from '#fallback/distribution/hosted-cache/client';
import { HostedCacheServer } from '#fallback/distribution/hosted-cache/server';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { HttpReply } from '#lib/backend/contract/http';
import { Branch, batchedOffer, Client, hold, initialOffer, READINGS, sample1, sample2, TRUST } from './branch.ts';

const METRICS = { address: '127.0.0.1', port: 9100 };

describe('the service of a hosted cache', () => {
  let net: VirtualNetwork;
  let host: VirtualHost;
  beforeEach(() => {
    net = new VirtualNetwork({ seed: 9 });
    host = net.host();
  });
  const get = (path: string, method = 'GET'): Promise<HttpReply> =>
    host.awaited(host.http.exchange(METRICS, { method, path, maxBody: 100_000 }));

  describe('metrics', () => {
    test('tell Prometheus what happened', async () => {
      const branch = await Branch.open(host, { metrics: METRICS });
      const client = await Client.on(net.host());
      const [one, two] = [sample2(100, 1), sample2(200, 2)];
      for (const it of [one, two]) await hold(client.store, it);
      const offer = batchedOffer([one, two], client.port);
      const odd = Buffer.from([0xff, 0x22, ...Buffer.alloc(14)]);
      const segments = offer.segments.map((it, n) => (n === 0 ? it : { ...it, contentTag: odd }));
      await branch.offer(client.host, { ...offer, segments });
      await branch.offer(client.host, initialOffer(sample1(100), client.port));
      await branch.post(client.host, 2, Buffer.from('noise'));
      await net.time.advance(2000);
      await branch.read(client.host, one);
      const { status, headers, body } = await get('/metrics');
      expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
      const text = Buffer.from(body).toString();
      const lines = text.trimEnd().split('\n');
      for (const line of lines) {
        expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|[a-z_]+(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)+\})? \d+)$/);
      }
      const values = Object.fromEntries(
        lines
          .filter((it) => !it.startsWith('#'))
          .map((it) => [it.slice(21, it.lastIndexOf(' ')), Number(it.slice(it.lastIndexOf(' ')))]),
      );
      expect(values).toMatchObject({
        'offers_total{message="BATCHED_OFFER",answer="OK"}': 1,
        'offers_total{message="INITIAL_OFFER",answer="INTERESTED"}': 1,
        'offered_segments_total{tag="WebIO"}': 1,
        [`offered_segments_total{tag="${odd.toString('hex')}"}`]: 1,
        'dropped_offers_total{reason="syntax"}': 1,
        'pulls_total{outcome="complete"}': 2,
        pulled_blocks_total: 2,
        pulled_bytes_total: 112 + 208,
        'pulls_now{state="running"}': 0,
        'requests_total{message="MSG_GETBLKS"}': 1,
        served_bytes_total: 112,
        clients: 0,
        segments: 2,
        blocks: 2,
        fault: 0,
      });
      expect(values.bytes).toBeLessThan(values.limit_bytes as number);
    });

    test('are at their path alone, and not at that of clients', async () => {
      const branch = await Branch.open(host, { metrics: METRICS });
      expect((await get('/')).status).toBe(404);
      expect((await get('/metrics', 'POST')).status).toBe(405);
      expect((await branch.post(net.host(), 2, new Uint8Array(), { path: '/metrics', method: 'GET' })).status).toBe(
        404,
      );
      expect(branch.cache.metricsAddress).toEqual(METRICS);
      expect((await Branch.open(net.host())).cache.metricsAddress).toBeUndefined();
    });

    test.each(['0.0.0.0', '::', '10.0.0.1', '2001:db8::1'])('at %s are refused', async (address) => {
      await expect(Branch.open(host, { metrics: { address, port: 9100 } })).rejects.toMatchObject({
        code: 'E_INVALIDARG',
      });
      expect(host.listeners.size).toBe(0);
    });
  });

  describe('listening', () => {
    const store = () => host.caches.open({ folder: 'hosted' });
    const failing = (code: string, addresses: readonly string[]): VirtualHost['http'] => ({
      ...host.http,
      serve: async (local, options, answer) => {
        if (addresses.includes(local.address)) throw Object.assign(new Error(`listen ${code}`), { code });
        return host.http.serve(local, options, answer);
      },
    });
    const start = async (http: VirtualHost['http']): Promise<HostedCacheServer> =>
      HostedCacheServer.start({ host: { ...host, clock: host.clock, http }, readings: READINGS }, await store(), {});

    test('at a port of the system’s says what to do about it', async () => {
      const started = start(failing('EACCES', ['::', '0.0.0.0']));
      await expect(started).rejects.toMatchObject({ code: 'EACCES' });
      const { message } = (await started.catch((error: unknown) => error)) as Error;
      for (const word of [
        'port 80',
        'setcap',
        'AmbientCapabilities',
        'authbind',
        'ip_unprivileged_port_start=80',
        '1024',
      ]) {
        expect(message).toContain(word);
      }
    });

    test('goes without a family that the machine lacks', async () => {
      const cache = await start(failing('EAFNOSUPPORT', ['::']));
      expect(cache.addresses).toEqual([{ address: '0.0.0.0', port: 80 }]);
      await expect(start(failing('EAFNOSUPPORT', ['::', '0.0.0.0']))).rejects.toMatchObject({ code: 'EAFNOSUPPORT' });
    });

    test('at a port that is taken fails, and leaves nothing open', async () => {
      await host.http.serve({ address: '0.0.0.0', port: 443 }, LIMITS, async () => ({ status: 200 }));
      await expect(Branch.open(host)).rejects.toMatchObject({ code: 'EADDRINUSE' });
      expect([...host.listeners.keys()]).toEqual(['0.0.0.0 443']);
    });

    test('at the address that is given alone', async () => {
      const { cache } = await Branch.open(host, { listen: [{ address: '10.0.0.1', port: 8008 }] });
      expect(cache.addresses).toEqual([{ address: '10.0.0.1', port: 8008 }]);
    });

    test('holds the process as long as it is told', async () => {
      const { cache } = await Branch.open(host);
      expect(() => [cache.hold(false), cache.hold(true)]).not.toThrow();
    });
  });

  test('what happens is told on its channels', async () => {
    const told: { title: string; it: Record<string, unknown> }[] = [];
    const listener = (it: unknown, title: string | symbol): void => {
      told.push({ title: String(title).slice(21), it: it as Record<string, unknown> });
    };
    for (const event of ['send', 'offer', 'pull', 'drop']) {
      subscribe(`winpeer:hosted-cache:${event}`, listener);
      onTestFinished(() => void unsubscribe(`winpeer:hosted-cache:${event}`, listener));
    }
    const branch = await Branch.open(host);
    const own = await Client.on(net.host());
    const sample = sample1(100);
    await hold(own.store, sample);
    const { port } = own;
    const server = branch.server(1);
    const client = new HostedCacheClient({
      host: own.host,
      readings: READINGS,
      server: { ...server, tls: TRUST },
      port,
    });
    client.fetched(sample.fetched, 1);
    await net.time.advance(3000);
    await branch.offer(own.host, batchedOffer([sample2(100)], 22));
    expect(told.map(({ title, it }) => [title, it.type ?? it.outcome ?? it.reason, it.answer ?? it.outcome])).toEqual([
      ['offer', 'INITIAL_OFFER', 'INTERESTED'],
      ['send', 'INITIAL_OFFER', 'INTERESTED'],
      ['offer', 'SEGMENT_INFO', 'OK'],
      ['send', 'SEGMENT_INFO', 'OK'],
      ['pull', 'complete', 'complete'],
      ['drop', 'port', undefined],
      ['offer', 'BATCHED_OFFER', 'OK'],
    ]);
    expect(told.find(({ title }) => title === 'pull')?.it).toMatchObject({
      segment: sample.id,
      from: { port },
      blocks: 1,
      bytes: 112,
    });
  });

  test('asks for authentication are told with what to do about it', async () => {
    const errors: string[] = [];
    const listener = (it: unknown): void => {
      errors.push(String((it as { error: unknown }).error));
    };
    subscribe('winpeer:hosted-cache:send', listener);
    onTestFinished(() => void unsubscribe('winpeer:hosted-cache:send', listener));
    await host.http.serve({ address: '0.0.0.0', port: 80 }, LIMITS, async () => ({
      status: 401,
      headers: { 'www-authenticate': 'Negotiate' },
    }));
    const own = net.host();
    const server = { address: '10.0.0.1', port: 80 };
    new HostedCacheClient({ host: own, readings: READINGS, server, port: 8080 }).fetched(sample2(9).fetched, 1);
    await net.time.advance(3000);
    expect(errors).toEqual([expect.stringMatching(/Negotiate.*not supported.*clientauthentication=NONE/)]);
  });
});

const LIMITS = { maxBody: 1000, receiveMs: 60_000, answerMs: 60_000, maxConnections: 100 };
