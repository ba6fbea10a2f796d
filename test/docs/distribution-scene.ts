import { createPlatform, type Platform } from 'winpeer';
import { DiscoveryClient } from '#fallback/distribution/discovery/client';
import { HostedCacheClient } from '#fallback/distribution/hosted-cache/client';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { COMPLETE, hexOf, idOf, peer, probe } from '../distribution/discovery/link.ts';
import { Branch, batchedOffer, Client, hold, READINGS, sample1, sample2 } from '../distribution/hosted-cache/branch.ts';
import { fullStore, Office } from '../sim/office.ts';

/** One of three on a link finds a peer; a wrong datagram comes; another program keeps the port to itself. */
export async function lookedFor(): Promise<void> {
  const network = new VirtualNetwork();
  const [a, b, c] = [network.host(), network.host(), network.host()];
  await peer(b, { held: { [hexOf(idOf(1))]: COMPLETE } });
  await c.datagrams.bind({ address: '::', port: 3702 }, () => undefined);
  await peer(c);
  const stranger = await c.datagrams.bind({ address: '0.0.0.0', port: 0 }, () => undefined);
  stranger.send(new Uint8Array(5), { address: '239.255.255.250', port: 3702, scope: 'eth0' });
  const far = network.host({ interfaces: [{ name: 'eth9', index: 2, addresses: ['192.0.2.1'], loopback: false }] });
  const beyond = await far.datagrams.bind({ address: '192.0.2.1', port: 0 }, () => undefined);
  beyond.send(new Uint8Array(5), { address: b.interfaces.list()[1]?.addresses[2] as string, port: 3702 });
  await probe(a, [idOf(1)], 1, new DiscoveryClient({ host: a, readings: READINGS }));
}

/** A client offers what a hosted cache fetches, what it may not, and what fails; and offers to nobody. */
export async function offered(): Promise<void> {
  const network = new VirtualNetwork();
  const branch = await Branch.open(network.host());
  const own = await Client.on(network.host());
  const sample = sample1(100);
  await hold(own.store, sample);
  for (const server of [branch.server(1), { address: '10.9.9.9', port: 80 }]) {
    const client = new HostedCacheClient({ host: own.host, readings: READINGS, server, port: own.port });
    client.fetched(sample.fetched, 1);
  }
  for (const port of [22, 9999]) await branch.offer(own.host, batchedOffer([sample2(100)], port));
  await branch.post(own.host, 2, new Uint8Array(5));
  await network.time.advance(20_000);
}

/** Contents are read from the origin, a peer, a liar and nobody, with and without a cache. */
export async function read(): Promise<Platform> {
  const office = new Office(100_000);
  const information = await office.information(1);
  const broken = fullStore(await office.describe(1), office.content, () => {
    throw new Error('the store is broken');
  });
  const lying = fullStore(await office.describe(1), office.content, (block) => ({
    ...block,
    bytes: new Uint8Array(70_000),
  }));
  for (const store of [broken, lying]) await office.net.platform().distribution.peerCache({ store });
  const reader = await office.peer();
  await office.read(reader, information);
  await office.read(await office.peer(), information);
  const gone = await office.peer();
  await office.net.crash(reader);
  await office.read(gone, information, { hostedCache: 'http://[2001:db8::99]' });
  const host = new VirtualNetwork().host();
  const caches = { open: () => Promise.reject(new Error('the cache is newer')) };
  const bare = createPlatform({ backend: 'fallback', host: Object.create(host, { caches: { value: caches } }) });
  await bare.distribution.openContent(new Uint8Array(16));
  await bare.close();
  return gone;
}
