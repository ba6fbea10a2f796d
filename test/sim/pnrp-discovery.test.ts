import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import type { CloudState, PnrpAddress, PnrpErrorEvent, PnrpSendEvent } from 'winpeer/pnrp';
import { type Network, network } from 'winpeer/testing';
import { Bound } from '#fallback/pnrp/bounds';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { type NetworkOptions, VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { NetworkInterface } from '#lib/backend/contract/host';
import { statsOf } from './cloud.js';

const LOOPBACK: NetworkInterface = { name: 'lo', index: 1, addresses: ['::1'], loopback: true };

/** An interface on the link of its name. */
function link(name: string, index: number, ...addresses: string[]): NetworkInterface {
  return { name, index, addresses, loopback: false };
}

interface Machine {
  readonly host: VirtualHost;
  readonly pnrp: Platform['pnrp'];
  readonly platform: Platform;
}

class Field {
  readonly net: VirtualNetwork;
  readonly #platforms: Platform[] = [];
  #machines = 0;

  constructor(options: NetworkOptions) {
    this.net = new VirtualNetwork(options);
  }

  /** On a link of its own unless told otherwise, so that multicast reaches nobody. */
  machine(...interfaces: NetworkInterface[]): Machine {
    this.#machines += 1;
    const number = this.#machines.toString(16);
    const own = link(`link-${number}`, 2, `2001:db8:${number}::1`, `fe80::${number}`);
    const host = this.net.host({ interfaces: [LOOPBACK, ...(interfaces.length === 0 ? [own] : interfaces)] });
    return this.process(host);
  }

  /** One more process of a machine; another home than the others' unless they share the host's disk. */
  process(host: VirtualHost, readings: Readonly<Record<string, string>> = {}): Machine {
    const platform = createPlatform({ backend: 'fallback', host, readings });
    this.#platforms.push(platform);
    return { host, platform, pnrp: platform.pnrp };
  }

  async close(): Promise<void> {
    await Promise.all(this.#platforms.map((platform) => platform.close({ abrupt: true })));
  }
}

async function ports(asking: Machine, peerName: string, cloud = 'Global_'): Promise<(number | undefined)[]> {
  const { endpoints } = await asking.pnrp.resolve(peerName, { cloud, max: 5 });
  return endpoints.map((it) => it.addresses[0]?.port);
}

async function states(machine: Machine): Promise<Record<string, CloudState | undefined>> {
  return Object.fromEntries((await machine.pnrp.clouds()).map(({ name, state }) => [name, state]));
}

/** What `stats()` says of SSDP. */
async function ssdpOf({ platform }: Machine) {
  const stats = (await platform.stats()) as unknown as {
    readonly pnrp: { readonly ssdp: Readonly<Record<'sent' | 'received' | 'held', Readonly<Record<string, number>>>> };
  };
  return stats.pnrp.ssdp;
}

describe('discovery of a PNRP cloud', () => {
  let field: Field;
  afterEach(() => field.close());

  test('by the nodes of an earlier run (seed 41)', async () => {
    field = new Field({ seed: 41 });
    const first = field.machine();
    const open = await first.pnrp.open();
    await first.pnrp.register('0.first', { cloud: 'Global_', port: 1 });
    const late = field.machine();
    await (await late.pnrp.open({ seeds: open.addresses })).joined();
    await late.platform.close();
    const again = field.process(late.host);
    expect(await (await again.pnrp.open()).joined()).toBe('active');
    expect(await ports(again, '0.first')).toEqual([1]);
  });

  test('on the link of a chosen address, however that is written (seed 77)', async () => {
    field = new Field({ seed: 77 });
    const first = field.machine(link('eth0', 2, 'fd00::a', 'fe80::a'));
    const open = await first.pnrp.open({ listen: [{ address: 'FD00:0:0::000A', port: 4000 }] });
    expect(open.addresses).toEqual([{ address: 'fd00::a', port: 4000 }]);
    await first.pnrp.register('0.first', { cloud: 'Global_', port: 1 });
    expect(await ports(field.machine(link('eth0', 2, 'fd00::b', 'fe80::b')), '0.first')).toEqual([1]);
  });

  test('by what was noted before a crash, at the first maintenance (seed 42)', async () => {
    field = new Field({ seed: 42 });
    const first = field.machine();
    const open = await first.pnrp.open();
    await first.pnrp.register('0.first', { cloud: 'Global_', port: 1 });
    const late = field.machine();
    await (await late.pnrp.open({ seeds: open.addresses })).joined();
    await field.net.time.advance(20_000);
    await late.platform.close({ abrupt: true });
    const again = field.process(late.host);
    expect(await (await again.pnrp.open()).joined()).toBe('active');
  });

  test('processes of one machine find each other: the first has port 3540, the others free ones (seed 43)', async () => {
    field = new Field({ seed: 43 });
    const one = field.machine();
    const others = [field.process(one.host), field.process(one.host)];
    const processes = [one, ...others];
    const places: (readonly PnrpAddress[])[] = [];
    for (const [n, { pnrp }] of processes.entries()) {
      places.push((await pnrp.open()).addresses);
      await pnrp.register(`0.process-${n}`, { cloud: 'Global_', port: n + 1 });
    }
    expect(places.map(([it]) => it?.port === 3540)).toEqual([true, false, false]);
    for (const [n, asking] of processes.entries()) {
      const wanted = (n + 1) % 3;
      expect(await ports(asking, `0.process-${wanted}`)).toEqual([wanted + 1]);
    }
    // The first goes; who comes then takes its port, and finds the others by what they noted.
    await one.platform.close();
    const next = field.process(one.host);
    expect((await next.pnrp.open()).addresses[0]?.port).toBe(3540);
    expect(await ports(next, '0.process-2')).toEqual([3]);
  });

  test('by DNS, in the global cloud alone (seed 44)', async () => {
    const dns = { 'pnrpv21.ipv6.microsoft.com': ['2001:db8:1::1', 'fe80::1', '::1'] };
    field = new Field({ seed: 44, dns });
    const seed = field.machine();
    await seed.pnrp.register('0.seed', { cloud: 'Global_', port: 1 });
    const asking = field.machine();
    expect(await ports(asking, '0.seed')).toEqual([1]);
    expect(await states(asking)).toMatchObject({ Global_: 'active' });
  });

  test.each(['asked', 'not-asked'])('reading pnrp.seed-hosts = %s (seed 45)', async (candidate) => {
    field = new Field({ seed: 45, dns: { 'PNRPV2.IPV6.MICROSOFT.COM': ['2001:db8:1::1'] } });
    const seed = field.machine();
    await seed.pnrp.register('0.seed', { cloud: 'Global_', port: 1 });
    const asking = field.process(field.machine().host, { 'pnrp.seed-hosts': candidate });
    expect(await (await asking.pnrp.open()).joined()).toBe(candidate === 'asked' ? 'active' : 'alone');
  });

  test('a home that can’t be read or written costs nothing but the memory of it (seed 46)', async () => {
    field = new Field({ seed: 46 });
    const seed = field.machine();
    const { addresses } = await seed.pnrp.open();
    await seed.pnrp.register('0.seed', { cloud: 'Global_', port: 1 });
    const { host } = field.machine();
    const locked = async (): Promise<never> => {
      throw Object.assign(new Error('the disk is locked'), { code: 'EACCES' });
    };
    const asking = field.process(Object.create(host, { store: { value: { open: locked } } }));
    expect(await (await asking.pnrp.open({ seeds: addresses })).joined()).toBe('active');
    expect(await ports(asking, '0.seed')).toEqual([1]);
  });
});

describe('a cloud of one scope', () => {
  let field: Field;
  afterEach(() => field.close());

  test('is not opened with addresses of another scope or link (seed 78)', async () => {
    field = new Field({ seed: 78 });
    const { pnrp } = field.machine(link('eth0', 2, '2001:db8:a::1', 'fe80::a'), link('eth1', 3, 'fe80::b'));
    const [onLink, onOther, global, loopback] = [
      { address: 'fe80::1', port: 4000, scope: 'eth0' },
      { address: 'fe80::1', port: 4000, scope: 'eth1' },
      { address: '2001:db8:a::1', port: 4000 },
      { address: '::1', port: 4000 },
    ] as const;
    const [eth0, eth1] = ['LinkLocal_2001:db8:a::/64', 'LinkLocal_ff00::%3/8'];
    const otherScope = (address: string, cloud: string, scope: string): string =>
      `${address} is no address of ${cloud}, whose nodes are at ${scope} ones`;
    for (const [cloud, wrong, why] of [
      ['Global_', onLink, otherScope('fe80::1', 'Global_', 'global')],
      [eth0, global, otherScope('2001:db8:a::1', eth0, 'link-local')],
      [eth0, onOther, `fe80::1 is on eth1, and ${eth0} on eth0`],
      [eth1, onLink, `fe80::1 is on eth0, and ${eth1} on eth1`],
    ] as const) {
      const refused = { code: 'E_INVALIDARG', message: expect.stringContaining(why) };
      await expect(pnrp.open({ cloud, seeds: [loopback, wrong] })).rejects.toMatchObject(refused);
      await expect(pnrp.open({ cloud, listen: [wrong] })).rejects.toMatchObject(refused);
    }
    await pnrp.open({ cloud: eth0, seeds: [onLink, { address: 'fe80::2', port: 4000 }, loopback] });
    await pnrp.open({ cloud: eth1, listen: [loopback], seeds: [onOther] });
  });

  test('never goes over a seed on loopback when it looks for what it fell apart from (seed 79)', async () => {
    field = new Field({ seed: 79 });
    const seeds = [{ address: '::1', port: 4000 }];
    const nodes = [
      field.machine(link('eth0', 2, '2001:db8:a::1', 'fe80::a')),
      field.machine(link('eth0', 2, '2001:db8:b::1', 'fe80::b')),
    ];
    const sent: string[] = [];
    const take = (event: unknown): number => sent.push((event as PnrpSendEvent).to.address);
    subscribe('winpeer:pnrp:send', take);
    for (const [n, { pnrp }] of nodes.entries()) {
      await pnrp.open({ seeds });
      await pnrp.register(`0.name-${n}`, { cloud: 'Global_', port: n + 1 });
    }
    await field.net.time.advance(5 * 60_000);
    unsubscribe('winpeer:pnrp:send', take);
    expect(new Set(sent)).toEqual(new Set(['2001:db8:a::1', '2001:db8:b::1']));
  });
});

describe('a node without names', () => {
  let field: Field;
  afterEach(() => field.close());

  test('sleeps between its searches, and when it wakes up passes over who is gone (seed 71)', async () => {
    field = new Field({ seed: 71 });
    const publishers = [field.machine(), field.machine(), field.machine(), field.machine()];
    const [first] = publishers as [Machine];
    const { addresses: seeds } = await first.pnrp.open();
    for (const [n, { pnrp }] of publishers.entries()) {
      await (await pnrp.open({ seeds })).joined();
      await pnrp.register(`0.name-${n}`, { cloud: 'Global_', port: n + 1 });
    }
    const asking = field.machine();
    await (await asking.pnrp.open({ seeds })).joined();
    expect(await ports(asking, '0.name-1')).toEqual([2]);
    await field.net.time.advance(90_000);
    const { dormant, sent } = await statsOf(asking.platform);
    expect(dormant).toBe(true);
    await field.net.time.advance(10 * 60_000);
    expect((await statsOf(asking.platform)).sent).toEqual(sent);
    expect((await statsOf(first.platform)).dormant).toBe(false);

    for (const { host } of publishers.slice(0, 2)) host.crash();
    await field.net.time.advance(120_000);
    const { endpoints, joinMs, ms } = await asking.pnrp.resolve('0.name-3', { cloud: 'Global_' });
    expect(endpoints[0]?.addresses[0]?.port).toBe(4);
    // It took its time to see who is there, and none to find the way.
    expect([joinMs >= 2000, ms < 1000]).toEqual([true, true]);
    expect(await statsOf(asking.platform)).toMatchObject({ dormant: false, cached: 2 });
  });

  test('that knows nobody any more looks for others before it searches (seed 72)', async () => {
    field = new Field({ seed: 72, dns: { 'PNRPV2.IPV6.MICROSOFT.COM': ['2001:db8:2::1'] } });
    const asking = field.machine();
    const [first, second] = [field.machine(), field.machine()];
    await first.pnrp.register('0.first', { cloud: 'Global_', port: 1 });
    expect(await ports(asking, '0.first')).toEqual([1]);
    await field.net.time.advance(90_000);
    first.host.crash();
    second.host.setInterfaces([link('link-2', 2, '2001:db8:2::1')]);
    await second.pnrp.register('0.second', { cloud: 'Global_', port: 2 });
    expect(await ports(asking, '0.second')).toEqual([2]);
  });
});

describe('what a link hears of a cloud', () => {
  let field: Field;
  afterEach(() => field.close());
  const MINUTE_MS = 60_000;

  async function searches(machines: readonly Machine[]): Promise<number> {
    const all = await Promise.all(machines.map(ssdpOf));
    return all.reduce((sum, { sent }) => sum + (sent['M-SEARCH'] ?? 0), 0);
  }

  test('is a search in some minutes from each node, though nothing else could be split tests’ seed (seed 80)', async () => {
    field = new Field({ seed: 80 });
    const nodes = ['a', 'b', 'c'].map((it) => field.machine(link('eth0', 2, `2001:db8:${it}::1`, `fe80::${it}`)));
    for (const [n, { pnrp }] of nodes.entries()) await pnrp.register(`0.name-${n}`, { cloud: 'Global_', port: n + 1 });
    await field.net.time.advance(MINUTE_MS);
    const before = await searches(nodes);
    await field.net.time.advance(30 * MINUTE_MS);
    const made = (await searches(nodes)) - before;
    // Each is sent twice.
    expect(made).toBeGreaterThan(2 * 3);
    expect(made).toBeLessThanOrEqual(2 * 3 * 6);
    expect((await statsOf((nodes[0] as Machine).platform)).cached).toBe(2);
  });

  test('is nothing from a node that sleeps alone, until that searches again (seed 81)', async () => {
    field = new Field({ seed: 81 });
    const lonely = field.machine(link('eth0', 2, '2001:db8:a::1', 'fe80::a'));
    expect(await ports(lonely, '0.name')).toEqual([]);
    await field.net.time.advance(90_000);
    const before = await searches([lonely]);
    await field.net.time.advance(10 * MINUTE_MS);
    expect(await searches([lonely])).toBe(before);
    await field
      .machine(link('eth0', 2, '2001:db8:b::1', 'fe80::b'))
      .pnrp.register('0.name', { cloud: 'Global_', port: 1 });
    await field.net.time.advance(MINUTE_MS);
    expect(await states(lonely)).toMatchObject({ Global_: 'alone' });
    expect(await ports(lonely, '0.name')).toEqual([1]);
  });
});

describe('a machine that moves', () => {
  let field: Field;
  afterEach(() => field.close());

  /** A cloud of three, and a machine that takes part by the first address of `eth0`. */
  async function gather(seed: number): Promise<{ others: Machine[]; moving: Machine }> {
    field = new Field({ seed });
    const others = [field.machine(), field.machine(), field.machine()];
    const [first] = others as [Machine];
    const { addresses: seeds } = await first.pnrp.open();
    for (const [n, { pnrp }] of others.entries()) {
      if (n > 0) await (await pnrp.open({ seeds })).joined();
      await pnrp.register(`0.other-${n}`, { cloud: 'Global_', port: n + 1 });
    }
    const moving = field.machine(link('eth0', 2, '2001:db8:a::1'));
    await (await moving.pnrp.open({ seeds })).joined();
    return { others, moving };
  }

  test('keeps its names: they are found at the new address, under the same ID (seed 51)', async () => {
    const { others, moving } = await gather(51);
    const registration = await moving.pnrp.register('0.moving', { cloud: 'Global_', port: 9 });
    const [before] = registration.clouds;
    moving.host.setInterfaces([LOOPBACK, link('eth0', 2, '2001:db8:b::1')]);
    await field.net.time.advance(5000);
    const [after] = registration.clouds;
    expect(after?.pnrpId).toBe(before?.pnrpId);
    expect(after?.listening).toEqual([{ address: '2001:db8:b::1', port: 3540 }]);
    for (const asking of others) {
      const { endpoints } = await asking.pnrp.resolve('0.moving', { cloud: 'Global_' });
      expect(endpoints.map((it) => it.addresses)).toEqual([[{ address: '2001:db8:b::1', port: 9 }]]);
    }
    expect(await ports(moving, '0.other-1')).toEqual([2]);
  });

  test('a second address is one more of the node; a fifth is none (seed 52)', async () => {
    const { others, moving } = await gather(52);
    await moving.pnrp.register('0.moving', { cloud: 'Global_', port: 9 });
    const addresses = ['a', 'b', 'c', 'd', 'e'].map((it) => `2001:db8:${it}::1`);
    moving.host.setInterfaces([LOOPBACK, link('eth0', 2, ...addresses)]);
    await field.net.time.advance(5000);
    const { endpoints } = await (others[2] as Machine).pnrp.resolve('0.moving', { cloud: 'Global_' });
    expect(endpoints[0]?.addresses.map((it) => it.address)).toEqual(addresses.slice(0, 4));
  });

  test('that changes one of its addresses is known at both, though it still answers at the other (seed 60)', async () => {
    const { moving } = await gather(60);
    const [kept, old, fresh] = ['2001:db8::1', '2001:db8:f000::1', '2001:db8:e000::1'];
    moving.host.setInterfaces([LOOPBACK, link('eth0', 2, kept, old)]);
    await moving.pnrp.register('0.moving', { cloud: 'Global_', port: 9 });
    await field.net.time.advance(5000);
    moving.host.setInterfaces([LOOPBACK, link('eth0', 2, kept, fresh)]);
    await field.net.time.advance(5000);
    // What was left of the old address among the others would be the nearest to this one.
    const asking = field.machine(link('eth1', 2, '2001:db8:f000::2'));
    await (await asking.pnrp.open({ seeds: [{ address: '2001:db8:2::1', port: 3540 }] })).joined();
    const { endpoints, ms } = await asking.pnrp.resolve('0.moving', { cloud: 'Global_' });
    expect(endpoints[0]?.addresses.map((it) => it.address)).toEqual([kept, fresh]);
    expect(ms).toBeLessThan(1000);
  });

  test('addresses that a program chose stay as they are (seed 53)', async () => {
    const { others, moving } = await gather(53);
    const chosen = [{ address: '2001:db8:ffff::1', port: 77 }];
    await moving.pnrp.register('0.chosen', { cloud: 'Global_', addresses: chosen });
    moving.host.setInterfaces([LOOPBACK, link('eth0', 2, '2001:db8:b::1')]);
    await field.net.time.advance(5000);
    const { endpoints } = await (others[0] as Machine).pnrp.resolve('0.chosen', { cloud: 'Global_' });
    expect(endpoints[0]?.addresses).toEqual(chosen);
  });

  test('without an address its cloud is no-net and refuses, and it comes back by itself (seed 54)', async () => {
    const { others, moving } = await gather(54);
    await moving.pnrp.register('0.moving', { cloud: 'Global_', port: 9 });
    moving.host.setInterfaces([LOOPBACK]);
    await field.net.time.advance(100);
    expect(await states(moving)).toEqual({ Global_: 'no-net' });
    const refused = { code: 'PEER_E_CLOUD_IS_DEAD' };
    await expect(moving.pnrp.resolve('0.other-1', { cloud: 'Global_' })).rejects.toMatchObject(refused);
    await expect(moving.pnrp.register('0.more', { cloud: 'Global_', port: 1 })).rejects.toMatchObject(refused);
    await field.net.time.advance(60_000);
    expect(await ports(others[0] as Machine, '0.moving')).toEqual([]);

    moving.host.setInterfaces([LOOPBACK, link('eth0', 2, '2001:db8:c::1')]);
    await field.net.time.advance(20_000);
    expect(await states(moving)).toEqual({ Global_: 'active' });
    expect(await ports(others[2] as Machine, '0.moving')).toEqual([9]);
    expect(await ports(moving, '0.other-1')).toEqual([2]);
  });

  test('a search under way when the address goes finds nothing, and ends (seed 55)', async () => {
    const { moving } = await gather(55);
    const searching = moving.pnrp.resolve('0.nobody', { cloud: 'Global_' });
    moving.host.setInterfaces([LOOPBACK]);
    expect((await searching).endpoints).toEqual([]);
  });

  test('is not announced where it is no longer (seed 76)', async () => {
    field = new Field({ seed: 76 });
    const leaving = field.machine(link('eth0', 2, '2001:db8:a::1', 'fe80::a'));
    await leaving.pnrp.register('0.leaving', { cloud: 'Global_', port: 1 });
    leaving.host.setInterfaces([LOOPBACK, link('eth0', 2, 'fe80::a')]);
    await field.net.time.advance(5000);
    expect(await ssdpOf(leaving)).toMatchObject({ sent: { 'ssdp:byebye': 1 }, held: { announcements: 0 } });
    const other = field.machine(link('eth0', 2, '2001:db8:b::1', 'fe80::b'));
    await (await other.pnrp.open()).joined();
    expect((await ssdpOf(other)).received).toEqual({});
    leaving.host.setInterfaces([LOOPBACK, link('eth0', 2, 'fe80::a', '2001:db8:c::1')]);
    await field.net.time.advance(20_000);
    expect(await ports(other, '0.leaving')).toEqual([1]);
  });

  test('a registration that loses the address on its way fails, and can be made again (seed 75)', async () => {
    field = new Field({ seed: 75 });
    const machine = field.machine();
    const interfaces = machine.host.interfaces.list();
    const registering = machine.pnrp.register('0.name', { cloud: 'Global_', port: 1 });
    const refused = expect(registering).rejects.toMatchObject({ code: 'PEER_E_CLOUD_IS_DEAD' });
    await field.net.time.advance(30);
    machine.host.setInterfaces([LOOPBACK]);
    await refused;
    expect((await statsOf(machine.platform)).names).toBe(0);
    machine.host.setInterfaces(interfaces);
    await field.net.time.advance(20_000);
    await machine.pnrp.register('0.name', { cloud: 'Global_', port: 1 });
  });

  test('searches that wait for their turn when the address goes find nothing, and end (seed 73)', async () => {
    const { moving } = await gather(73);
    field.net.loss = 1;
    const searching = Array.from({ length: 2 * Bound.RESOLVES }, (_, n) =>
      moving.pnrp.resolve(`0.nobody-${n}`, { cloud: 'Global_' }),
    );
    await field.net.time.advance(100);
    moving.host.setInterfaces([LOOPBACK]);
    const results = await Promise.all(searching);
    expect(results.filter(({ endpoints, timedOut }) => endpoints.length > 0 || timedOut)).toEqual([]);
  });

  test('maintenance that fails is traced, and goes on (seed 74)', async () => {
    field = new Field({ seed: 74 });
    const { host } = field.machine();
    let broken = false;
    const list = (): readonly NetworkInterface[] => {
      if (broken) throw new Error('the system does not say');
      return host.interfaces.list();
    };
    const machine = field.process(Object.create(host, { interfaces: { value: { ...host.interfaces, list } } }));
    await machine.pnrp.register('0.name', { cloud: 'Global_', port: 1 });
    const other = field.machine();
    await other.pnrp.open({ seeds: (await machine.pnrp.open()).addresses });
    await other.pnrp.register('0.other', { cloud: 'Global_', port: 2 });
    const errors: string[] = [];
    const take = (event: unknown): number => errors.push(String((event as PnrpErrorEvent).error));
    subscribe('winpeer:pnrp:error', take);
    broken = true;
    await field.net.time.advance(10 * 60_000);
    unsubscribe('winpeer:pnrp:error', take);
    expect(new Set(errors)).toEqual(new Set(['Error: the system does not say']));
    broken = false;
    expect((await statsOf(machine.platform)).maintenance.ticks).toBeGreaterThan(30);
    expect(await ports(machine, '0.other')).toEqual([2]);
  });

  test('a name of every cloud is registered in those that the machine gets later on (seed 56)', async () => {
    field = new Field({ seed: 56 });
    const machine = field.machine(link('eth0', 2, '2001:db8:a::1', 'fe80::a'));
    const all = await machine.pnrp.register('0.everywhere', { port: 9 });
    const links = await machine.pnrp.register('0.links', { cloud: 'PEER_PNRP_ALL_LINKS', port: 10 });
    const one = await machine.pnrp.register('0.here', { cloud: 'Global_', port: 11 });
    const where = (): string[][] => [all, links, one].map((it) => it.clouds.map(({ cloud }) => cloud));
    const eth0 = 'LinkLocal_2001:db8:a::/64';
    expect(where()).toEqual([['Global_', eth0], [eth0], ['Global_']]);
    const interfaces = [...machine.host.interfaces.list(), link('eth1', 3, 'fe80::b')];
    machine.host.setInterfaces(interfaces);
    await field.net.time.advance(30_000);
    const eth1 = 'LinkLocal_ff00::%3/8';
    expect(where()).toEqual([['Global_', eth0, eth1], [eth0, eth1], ['Global_']]);
    const [firstOne, again] = [all, 'PEER_E_DUPLICATE_PEER_NAME'];
    await expect(machine.pnrp.register('0.everywhere', { cloud: eth1, port: 1 })).rejects.toMatchObject({
      code: again,
    });
    await firstOne.unregister();
    await machine.pnrp.register('0.everywhere', { cloud: eth1, port: 1 });
  });

  test('an open cloud keeps its name when its interface gets a prefix (seed 57)', async () => {
    field = new Field({ seed: 57 });
    const machine = field.machine(link('eth0', 2, 'fe80::a'));
    const cloud = 'LinkLocal_ff00::%2/8';
    await machine.pnrp.register('0.here', { cloud, port: 1 });
    machine.host.setInterfaces([LOOPBACK, link('eth0', 2, 'fe80::a', '2001:db8:a::1')]);
    await field.net.time.advance(5000);
    expect(Object.keys(await states(machine))).toEqual(['Global_', cloud]);
    await machine.pnrp.register('0.here-too', { cloud, port: 1 });
  });

  test('two interfaces of one prefix are two clouds (seed 58)', async () => {
    field = new Field({ seed: 58 });
    const machine = field.machine(
      link('eth0', 2, 'fe80::a', '2001:db8:a::1', 'fec0::1'),
      link('eth1', 3, 'fe80::b', '2001:db8:a::2', 'fec0::2'),
    );
    expect(Object.keys(await states(machine))).toEqual([
      'Global_',
      'LinkLocal_ff00::%2/8',
      'SiteLocal_%2',
      'LinkLocal_ff00::%3/8',
      'SiteLocal_%3',
    ]);
  });

  test('a machine without IPv6 has no cloud, until it gets one (seed 59)', async () => {
    field = new Field({ seed: 59 });
    const machine = field.machine(link('eth0', 2, '192.0.2.1'));
    machine.host.setInterfaces([link('eth0', 2, '192.0.2.1')]);
    expect(await machine.pnrp.clouds()).toEqual([]);
    const missing = { code: 'PEER_E_CLOUD_NOT_FOUND' };
    await expect(machine.pnrp.register('0.name', { port: 1 })).rejects.toMatchObject(missing);
    await expect(machine.pnrp.resolve('0.name', { cloud: 'Global_' })).rejects.toMatchObject(missing);
    machine.host.setInterfaces([link('eth0', 2, '192.0.2.1', '2001:db8:a::1')]);
    const { clouds } = await machine.pnrp.register('0.name', { port: 1 });
    expect(clouds.map((it) => it.cloud)).toEqual(['Global_']);
    expect((await statsOf(machine.platform)).state).toBe('alone');
  });
});

describe('a link', () => {
  let net: Network;
  const platforms: Platform[] = [];
  afterEach(async () => {
    await Promise.all(platforms.map((platform) => platform.close({ abrupt: true })));
    platforms.length = 0;
  });

  async function join(count: number): Promise<Platform[]> {
    for (let n = 0; n < count; n++) {
      const platform = net.platform({ disk: `user-${n % 3}-${platforms.length}` });
      platforms.push(platform);
      await platform.pnrp.register(`0.node-${platforms.length}`, {
        cloud: 'PEER_PNRP_ALL_LINKS',
        port: platforms.length,
      });
    }
    return platforms.slice(-count);
  }

  /** The nodes that `asking` does not find. */
  async function misses(asking: Platform, wanted: readonly Platform[]): Promise<number[]> {
    const numbers = wanted.filter((it) => it !== asking).map((it) => platforms.indexOf(it) + 1);
    const found = await Promise.all(
      numbers.map((n) => asking.pnrp.resolve(`0.node-${n}`, { cloud: 'LinkLocal_2001:db8::/64' })),
    );
    return numbers.filter((n, index) => found[index]?.endpoints[0]?.addresses[0]?.port !== n);
  }

  test('needs nothing but multicast: who comes finds all that are there (seed 61)', async () => {
    net = network({ seed: 61 });
    const nodes = await join(8);
    for (const node of nodes) expect(await misses(node, nodes)).toEqual([]);
  });

  test('finds its first node though one datagram in five is lost (seed 62)', async () => {
    net = network({ seed: 62, loss: 0.2 });
    const [first, second] = (await join(2)) as [Platform, Platform];
    await net.advance(30_000);
    expect([await misses(first, [second]), await misses(second, [first])]).toEqual([[], []]);
  });

  test('whose halves have forgotten each other comes together again without seeds (seed 63)', async () => {
    net = network({ seed: 63 });
    const nodes = await join(16);
    const [left, right] = [nodes.slice(0, 8), nodes.slice(8)] as const;
    net.partition(left, right);
    await net.advance(5 * 60_000);
    const [asking] = left as [Platform];
    expect(await misses(asking, right)).toEqual([9, 10, 11, 12, 13, 14, 15, 16]);
    expect(await misses(asking, left)).toEqual([]);
    net.heal();
    await net.advance(5 * 60_000);
    for (const node of nodes) expect(await misses(node, nodes)).toEqual([]);
  });
});
