import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import type { PnrpErrorEvent } from 'winpeer/pnrp';
import { Bound } from '#fallback/pnrp/bounds';
import type { NetworkInterface } from '#lib/backend/contract/host';
import { statsOf } from './cloud.js';
import { Field, LOOPBACK, link, type Machine, ports, ssdpOf, states } from './field.js';

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
