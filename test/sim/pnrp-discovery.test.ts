import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { PnrpAddress, PnrpSendEvent } from 'winpeer/pnrp';
import { type Network, network } from 'winpeer/testing';
import { statsOf } from './cloud.js';
import { Field, link, type Machine, ports, ssdpOf, states } from './field.js';

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
