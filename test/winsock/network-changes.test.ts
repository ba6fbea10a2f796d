import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import type { CloudResult, Lookup } from 'winpeer/winsock';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { NetworkInterface } from '#lib/backend/contract/host';

const LOOPBACK: NetworkInterface = { name: 'lo', index: 1, addresses: ['::1'], loopback: true };

/** An interface on the link of its name. */
function link(name: string, index: number, ...addresses: string[]): NetworkInterface {
  return { name, index, addresses, loopback: false };
}

/** The clouds that are there, up to the end of them. */
async function initial(lookup: Lookup<CloudResult>): Promise<CloudResult[]> {
  const results: CloudResult[] = [];
  for (let next = await lookup.next(); next !== undefined; next = await lookup.next()) results.push(next);
  return results;
}

describe('on a machine whose network changes', () => {
  let net: VirtualNetwork;
  const platforms: Platform[] = [];
  beforeEach(() => {
    net = new VirtualNetwork({ seed: 5 });
  });
  afterEach(async () => {
    await Promise.all(platforms.splice(0).map((platform) => platform.close({ abrupt: true })));
  });

  function machine(...interfaces: NetworkInterface[]): { readonly host: VirtualHost; readonly platform: Platform } {
    const host = net.host({ interfaces: [LOOPBACK, ...interfaces] });
    const platform = createPlatform({ backend: 'fallback', host });
    platforms.push(platform);
    return { host, platform };
  }

  async function changes(lookup: Lookup<CloudResult>, count: number): Promise<unknown[]> {
    const told: unknown[] = [];
    while (told.length < count) {
      const { name, change, state } = (await lookup.next()) as CloudResult;
      told.push([name, change, state]);
    }
    return told;
  }

  test('a search for clouds tells which names mean something on other machines', async () => {
    const { platform } = machine(
      link('eth0', 2, 'fe80::1', '2001:db8:1::1'),
      link('eth1', 3, 'fe80::2'),
      link('eth2', 4, 'fec0::1'),
    );
    const flags = (await initial(await platform.winsock.lookupClouds())).map(({ name, flags }) => [name, flags]);
    expect(flags).toEqual([
      ['Global_', ['full-participant']],
      ['LinkLocal_2001:db8:1::/64', ['full-participant']],
      ['LinkLocal_ff00::%3/8', ['name-local', 'full-participant']],
      ['SiteLocal_%4', ['name-local', 'full-participant']],
    ]);
  });

  test('a search for clouds goes on with interfaces that come and go, each as one result', async () => {
    const { host, platform } = machine(link('eth0', 2, 'fe80::1', '2001:db8:1::1'));
    const lookup = await platform.winsock.lookupClouds();
    expect((await initial(lookup)).map((it) => it.name)).toEqual(['Global_', 'LinkLocal_2001:db8:1::/64']);
    const eth0 = link('eth0', 2, 'fe80::1', '2001:db8:1::1');
    host.setInterfaces([LOOPBACK, eth0, link('eth1', 3, 'fe80::2')]);
    expect(await changes(lookup, 1)).toEqual([['LinkLocal_ff00::%3/8', 'added', 'virtual']]);
    host.setInterfaces([LOOPBACK, eth0]);
    expect(await changes(lookup, 1)).toEqual([['LinkLocal_ff00::%3/8', 'deleted', 'virtual']]);
    host.setInterfaces([LOOPBACK, { ...eth0, index: 7 }]);
    expect(await lookup.next()).toMatchObject({ name: 'LinkLocal_2001:db8:1::/64', scopeId: 7, change: 'changed' });
    host.setInterfaces([LOOPBACK]);
    expect(await changes(lookup, 2)).toEqual([
      ['LinkLocal_2001:db8:1::/64', 'deleted', 'virtual'],
      ['Global_', 'changed', 'no-net'],
    ]);
  });

  test('a search for clouds goes on with states: a cloud opens, has others, and loses its network', async () => {
    const seed = machine(link('link-a', 2, '2001:db8:a::1'));
    const open = await seed.platform.pnrp.open();
    await seed.platform.pnrp.register('0.seed', { cloud: 'Global_', port: 1 });
    const { host, platform } = machine(link('link-b', 2, '2001:db8:b::1'));
    const lookup = await platform.winsock.lookupClouds();
    expect((await initial(lookup)).map((it) => it.state)).toEqual(['virtual']);
    const opening = platform.pnrp.open({ seeds: open.addresses });
    expect(await changes(lookup, 2)).toEqual([
      ['Global_', 'changed', 'synchronising'],
      ['Global_', 'changed', 'active'],
    ]);
    await opening;
    host.setInterfaces([LOOPBACK]);
    expect(await changes(lookup, 1)).toEqual([['Global_', 'changed', 'no-net']]);
  });

  test('a cloud that nobody has open any more is virtual again after a while', async () => {
    const { platform } = machine(link('link-c', 2, '2001:db8:c::1'));
    const open = await platform.pnrp.open();
    await open.joined();
    const lookup = await platform.winsock.lookupClouds();
    expect((await initial(lookup)).map((it) => it.state)).toEqual(['alone']);
    await open.close();
    expect(await changes(lookup, 1)).toEqual([['Global_', 'changed', 'virtual']]);
  });

  test('a search for clouds tells a slow caller what has become of a cloud, not each step, and nothing when it is as it was', async () => {
    const { host, platform } = machine(link('eth0', 2, 'fe80::1', '2001:db8:1::1'));
    const lookup = await platform.winsock.lookupClouds();
    await initial(lookup);
    const notice = lookup.notifyChange().then(() => 'noticed');
    const before = [LOOPBACK, link('eth0', 2, 'fe80::1', '2001:db8:1::1')];
    host.setInterfaces([...before, link('eth1', 3, 'fe80::2')]);
    host.setInterfaces(before);
    await net.time.advance(60_000);
    expect(await Promise.race([notice, Promise.resolve('nothing')])).toBe('nothing');
    host.setInterfaces([...before, link('eth1', 3, 'fe80::2')]);
    expect(await notice).toBe('noticed');
    expect(await changes(lookup, 1)).toEqual([['LinkLocal_ff00::%3/8', 'added', 'virtual']]);
  });

  test('a search for clouds of one scope hears of no other', async () => {
    const { host, platform } = machine(link('eth0', 2, 'fe80::1', '2001:db8:1::1'));
    const lookup = await platform.winsock.lookupClouds({ scope: 'link-local' });
    expect((await initial(lookup)).map((it) => it.name)).toEqual(['LinkLocal_2001:db8:1::/64']);
    host.setInterfaces([LOOPBACK]);
    expect(await changes(lookup, 1)).toEqual([['LinkLocal_2001:db8:1::/64', 'deleted', 'virtual']]);
    await lookup.end();
  });

  test('a name can’t be replaced while the network is away, and is there as it was when that comes back', async () => {
    const seed = machine(link('link-d', 2, '2001:db8:d::1'));
    const { addresses: seeds } = await seed.platform.pnrp.open();
    await seed.platform.pnrp.register('0.seed', { cloud: 'Global_', port: 1 });
    const { host, platform } = machine(link('link-e', 2, '2001:db8:e::1'));
    await platform.pnrp.open({ seeds });
    const service = { peerName: '0.away', addresses: [{ address: '2001:db8::1', port: 1 }], lifetime: 30 };
    await platform.winsock.register(service);
    host.setInterfaces([LOOPBACK]);
    const hint = { address: '2001:db8:7::1', port: 0 };
    // At once, as long as others are known, and when nobody is any more.
    for (const ms of [100, 100_000]) {
      await net.time.advance(ms);
      for (const changes of [{ comment: 'same place' }, { comment: 'other place', hint }]) {
        await expect(platform.winsock.register({ ...service, ...changes })).rejects.toMatchObject({
          code: 'WSAENETUNREACH',
          operation: 'WSASetServiceW',
        });
      }
    }
    host.setInterfaces([LOOPBACK, link('link-e', 2, '2001:db8:e::1')]);
    await net.time.advance(20_000);
    const lookup = await seed.platform.winsock.lookupName({ peerName: '0.away', max: 4 });
    expect([await lookup.next(), await lookup.next()]).toMatchObject([{ addresses: service.addresses }, undefined]);
    await platform.winsock.delete(service);
  });
});
