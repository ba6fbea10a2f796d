import { describe, expect, onTestFinished, test } from 'vitest';
import { DiscoveryClient, type DiscoveryFinding } from '#fallback/distribution/discovery/client';
import { startPeerCache } from '#fallback/distribution/peer-cache';
import { openBlock } from '#fallback/distribution/retrieval/block-cipher';
import { RetrievalClient } from '#fallback/distribution/retrieval/retrieval-client';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Readings } from '#fallback/wire/readings';
import type { CacheStore } from '#lib/backend/contract/cache-store';
import type { PeerCacheOptions } from '#lib/backend/contract/distribution-services';
import type { Host } from '#lib/backend/contract/host';
import { realHost } from '../runtime/real-host.ts';
import { bytes } from './retrieval/samples.ts';
import { BLOCK, blockOf, ID, SECRET } from './retrieval/scene.ts';

const readings = new Readings();

/** A store with 2 of 4 blocks of a segment. */
async function filled(host: Host): Promise<CacheStore> {
  const store = await host.awaited(host.caches.open());
  const keys = { algorithm: 'sha256', hashOfData: SECRET, secret: SECRET, blockHashes: [] } as const;
  await host.awaited(store.addSegment({ id: ID, length: 4 * BLOCK, blockSize: BLOCK, tags: [], keys }));
  for (const index of [1, 2]) {
    const block = { cipher: 'none', iv: new Uint8Array(), bytes: blockOf(index) } as const;
    await host.awaited(store.addBlock(ID, index, block));
  }
  return store;
}

async function peer(host: Host, options: Pick<PeerCacheOptions, 'listen' | 'maxClients'> = {}) {
  const cache = await host.awaited(startPeerCache({ host, readings }, await filled(host), options));
  onTestFinished(() => host.awaited(cache.close()));
  return cache;
}

async function found(host: VirtualHost, version: 1 | 2): Promise<DiscoveryFinding[]> {
  const findings: DiscoveryFinding[] = [];
  const client = new DiscoveryClient({ host, readings });
  await host.awaited(client.probe([bytes(ID)], version, (it) => findings.push(it)));
  return findings;
}

describe('a peer cache', () => {
  test.each([1, 2] as const)('is found by a Probe of version %i, and serves what it has', async (version) => {
    const net = new VirtualNetwork({ seed: 12 });
    const [alice, bob] = [net.host(), net.host()];
    const cache = await peer(alice);
    const findings = await found(bob, version);
    const addresses = findings.flatMap((it) => it.addresses);
    expect(addresses.length).toBeGreaterThan(0);
    const client = new RetrievalClient({ host: bob, readings });
    for (const remote of addresses) {
      const list = client.blockList(remote, bytes(ID), [{ index: 0, count: 4 }]);
      expect(await bob.awaited(list)).toEqual([{ index: 1, count: 2 }]);
      const block = await bob.awaited(client.block(remote, bytes(ID), 2));
      expect(Buffer.from((block && openBlock(block, SECRET, BLOCK)) ?? []).equals(blockOf(2))).toBe(true);
    }
    expect(cache.stats()).toMatchObject({ retrieval: { sent: { MSG_BLK: addresses.length } } });
  });

  test('has one port at every address', async () => {
    const { addresses } = await peer(new VirtualNetwork({ seed: 13 }).host());
    expect(addresses.map(({ address }) => address)).toEqual(['::', '0.0.0.0']);
    expect(new Set(addresses.map(({ port }) => port)).size).toBe(1);
  });

  test('takes another port where one is free in one family alone', async () => {
    const host = new VirtualNetwork({ seed: 14 }).host();
    const taken = [];
    for (let port = 49_152; port < 49_155; port++) {
      taken.push(await host.streams.listen({ address: '0.0.0.0', port }, (stream) => stream.destroy()));
    }
    const { addresses } = await peer(host);
    expect(addresses.map(({ port }) => port)).toEqual([49_155, 49_155]);
    await Promise.all(taken.map((it) => it.close()));
  });

  test('does with the family that the machine has', async () => {
    const addresses = { IPv4: ['192.0.2.1'], IPv6: ['2001:db8::1'] };
    for (const family of ['IPv4', 'IPv6'] as const) {
      const prefixes = [24];
      const interfaces = [{ name: 'eth0', index: 2, addresses: addresses[family], prefixes, loopback: false }];
      const host = new VirtualNetwork({ seed: 15 }).host({ interfaces });
      // The virtual machine has `::` and `0.0.0.0` in any case; a system that lacks a family has not.
      const other = family === 'IPv4' ? '::' : '0.0.0.0';
      const http: Host['http'] = {
        ...host.http,
        serve: (local, ...more) =>
          local.address === other
            ? Promise.reject(Object.assign(new Error('no such family'), { code: 'EAFNOSUPPORT' }))
            : host.http.serve(local, ...more),
      };
      const cache = await peer({ ...host, http });
      expect(cache.addresses.map(({ address }) => address)).toEqual([family === 'IPv4' ? '0.0.0.0' : '::']);
    }
  });

  test('listens where it is told to, or says why it can’t', async () => {
    const host = new VirtualNetwork({ seed: 16 }).host();
    const listen = [{ address: '2001:db8::1', port: 8080 }];
    const cache = await peer(host, { listen });
    expect(cache.addresses).toEqual(listen);
    await expect(peer(host, { listen })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('is silent for what it lacks, and once it is closed', async () => {
    const net = new VirtualNetwork({ seed: 17 });
    const [alice, bob] = [net.host(), net.host()];
    const cache = await peer(alice);
    const store = await alice.awaited(alice.caches.open());
    await alice.awaited(store.clear());
    expect(await found(bob, 1)).toEqual([]);
    await alice.awaited(store.addSegment({ id: ID, length: 4 * BLOCK, blockSize: BLOCK, tags: [] }));
    expect(await found(bob, 1)).toEqual([]);
    await filled(alice);
    expect((await found(bob, 1)).length).toBeGreaterThan(0);
    await alice.awaited(cache.close());
    expect(await found(bob, 1)).toEqual([]);
    const [at] = cache.addresses;
    const asked = new RetrievalClient({ host: bob, readings }).block(
      { address: '2001:db8::1', port: at?.port ?? 0 },
      bytes(ID),
      1,
    );
    await expect(bob.awaited(asked)).rejects.toMatchObject({ reason: 'unreachable' });
    await alice.awaited(cache.close());
  });

  test('on sockets', async () => {
    const host = realHost();
    const cache = await peer(host, { listen: [{ address: '127.0.0.1', port: 0 }] });
    const client = new RetrievalClient({ host, readings, requestMs: 60_000 });
    const [remote] = cache.addresses;
    const block = remote && (await client.block(remote, bytes(ID), 1));
    expect(Buffer.from((block && openBlock(block, SECRET, BLOCK)) ?? []).equals(blockOf(1))).toBe(true);
    cache.hold(false);
  });
});
