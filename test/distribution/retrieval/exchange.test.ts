import { describe, expect, onTestFinished, test } from 'vitest';
import { openBlock } from '#fallback/distribution/retrieval/block-cipher';
import { PATH, RETRIEVAL_LIMITS } from '#fallback/distribution/retrieval/constants';
import { encodeRequest } from '#fallback/distribution/retrieval/messages';
import { RetrievalClient } from '#fallback/distribution/retrieval/retrieval-client';
import { RetrievalServer } from '#fallback/distribution/retrieval/retrieval-server';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Readings } from '#fallback/wire/readings';
import type { CacheStore } from '#lib/backend/contract/cache-store';
import type { Host } from '#lib/backend/contract/host';
import { realHost } from '../../runtime/real-host.ts';
import { bytes } from './samples.ts';
import { BLOCK, blockOf, getBlks, ID, SECRET } from './scene.ts';

const SEGMENT = bytes(ID);
const readings = new Readings();

/** A cache of one segment with 20 blocks, each of which takes `ms` to be read. */
function cacheOf(host: Host, ms = 0): CacheStore {
  const keys = { algorithm: 'sha256', hashOfData: SECRET, secret: SECRET, blockHashes: [] } as const;
  const blocks = Array.from({ length: 20 }, (_, index) => index);
  const segment = { id: ID, length: 20 * BLOCK, blockSize: BLOCK, tags: [], keys, created: 0n, blocks };
  const plain = (index: number) => ({ cipher: 'none', iv: new Uint8Array(), bytes: blockOf(index) }) as const;
  return {
    segment: async () => segment,
    async block(_id: string, index: number) {
      if (ms > 0) await new Promise<void>((resolve) => host.clock.after(ms, resolve));
      return plain(index);
    },
  } as unknown as CacheStore;
}

async function serve(host: Host, address: string, { maxClients = 64, ms = 0 } = {}) {
  const server = new RetrievalServer({ host, readings, store: cacheOf(host, ms), maxClients });
  const limits = { ...RETRIEVAL_LIMITS, maxConnections: 1000 };
  const serving = host.http.serve({ address, port: 0 }, limits, (request) => server.handle(request));
  const listener = await host.awaited(serving);
  onTestFinished(() => listener.close());
  return { server, remote: listener.local };
}

async function virtualScene(options: { maxClients?: number; ms?: number } = {}) {
  const net = new VirtualNetwork({ seed: 11, latency: { min: 1, max: 9 } });
  const [peer, host] = [net.host(), net.host()];
  const served = await serve(peer, '2001:db8::1', options);
  return { net, peer, host, client: new RetrievalClient({ host, readings }), ...served };
}

/** The indexes of the blocks that came, all asked for at once. */
async function fetched(client: RetrievalClient, host: Host, remote: { address: string; port: number }, count: number) {
  const asked = Array.from({ length: count }, async (_, n) => {
    const block = await client.block(remote, SEGMENT, n % 20);
    if (block === undefined) return [];
    const opened = openBlock(block, SECRET, BLOCK) ?? new Uint8Array();
    expect(Buffer.from(opened).equals(blockOf(n % 20))).toBe(true);
    return [n % 20];
  });
  return (await host.awaited(Promise.all(asked))).flat();
}

describe('retrieval between peers', () => {
  test('a segment, block by block', async () => {
    const { client, host, remote, server } = await virtualScene();
    const wanted = [{ index: 0, count: 512 }];
    expect(await host.awaited(client.blockList(remote, SEGMENT, wanted))).toEqual([{ index: 0, count: 20 }]);
    expect(await fetched(client, host, remote, 20)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(server.stats()).toMatchObject({ bytes: 20 * (BLOCK + 16), sent: { MSG_BLKLIST: 1, MSG_BLK: 20 } });
    expect(client.stats()).toMatchObject({ sent: { MSG_GETBLKLIST: 1, MSG_GETBLKS: 20 }, dropped: {} });
  });

  test('ten times as many as are served at once: all are answered, the others with nothing', async () => {
    const { client, host, net, remote, server } = await virtualScene({ maxClients: 8, ms: 500 });
    expect((await fetched(client, host, remote, 80)).length).toBe(8);
    await net.time.advance(100);
    expect(server.stats()).toMatchObject({ held: { clients: 0 }, dropped: { clients: 72 } });
    expect((await fetched(client, host, remote, 8)).length).toBe(8);
  });

  test('the Upload Timer ends what takes 15 seconds, and its place is free again', async () => {
    const { client, host, net, remote, server } = await virtualScene({ maxClients: 1, ms: 1_000_000 });
    const asked = host.awaited(client.block(remote, SEGMENT, 0));
    await expect(asked).rejects.toMatchObject({ reason: 'timeout' });
    await net.time.advance(100);
    expect(server.stats()).toMatchObject({ held: { clients: 0 } });
    const stream = await host.awaited(host.streams.connect(remote));
    const body = encodeRequest(getBlks([[0, 1]]));
    await stream.write(Buffer.from(`POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`));
    await stream.write(body);
    const start = net.time.now;
    await net.time.advance(14_900);
    expect(server.stats()).toMatchObject({ held: { clients: 1 } });
    await expect(host.awaited(stream.read())).rejects.toThrow();
    expect(net.time.now - start).toBeLessThan(15_100);
    expect(server.stats()).toMatchObject({ held: { clients: 0 } });
  });

  test('who does not take the answer is served no longer than 15 seconds', async () => {
    const { host, net, remote, server } = await virtualScene({ maxClients: 1 });
    const stream = await host.awaited(host.streams.connect(remote));
    const body = encodeRequest(getBlks([[0, 1]]));
    const request = Buffer.from(`POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
    await stream.write(Buffer.concat([request, body]));
    await net.time.advance(14_900);
    expect(server.stats()).toMatchObject({ held: { clients: 1 } });
    await net.time.advance(200);
    expect(server.stats()).toMatchObject({ held: { clients: 0 } });
  });

  test('a message of a byte a second, a cut one, and one too long are no requests', async () => {
    const { host, net, remote, server } = await virtualScene();
    const sent = async (length: number, body: Uint8Array): Promise<string> => {
      const stream = await host.awaited(host.streams.connect(remote));
      await stream.write(Buffer.from(`POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`));
      if (body.length > 0) await host.awaited(stream.write(body));
      return Buffer.from((await host.awaited(stream.read())) ?? [])
        .toString()
        .slice(9, 12);
    };
    const message = encodeRequest(getBlks([[0, 1]]));
    const start = net.time.now;
    expect(await sent(message.length, message.subarray(0, 67))).toBe('408');
    expect(net.time.now - start).toBeLessThan(15_100);
    expect(await sent(67, message.subarray(0, 67))).toBe('400');
    expect(await sent(98_304, new Uint8Array(98_304))).toBe('400');
    expect(await sent(98_305, new Uint8Array(98_305))).toBe('413');
    expect(server.stats()).toMatchObject({ received: {}, dropped: { syntax: 2 } });
  });
});

describe('retrieval over sockets', () => {
  test('200 blocks at once', async () => {
    const host = realHost();
    const { remote, server } = await serve(host, '::1', { maxClients: 200 });
    const client = new RetrievalClient({ host, readings, requestMs: 60_000 });
    expect((await fetched(client, host, remote, 200)).length).toBe(200);
    expect(server.stats()).toMatchObject({ sent: { MSG_BLK: 200 } });
  });

  test('over IPv4', async () => {
    const host = realHost();
    const { remote } = await serve(host, '127.0.0.1');
    expect((await fetched(new RetrievalClient({ host, readings, requestMs: 60_000 }), host, remote, 3)).length).toBe(3);
  });
});
