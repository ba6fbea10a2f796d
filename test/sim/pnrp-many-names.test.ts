import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { Registration } from 'winpeer/pnrp';
import { type Network, network } from 'winpeer/testing';
import { CLOUD, statsOf } from './cloud.js';

const NAMES = 200;

describe('a node with two hundred names, and one neighbour', () => {
  let net: Network;
  let many: Platform;
  let neighbour: Platform;
  let registrations: Registration[];

  beforeEach(async () => {
    net = network({ seed: 42 });
    [many, neighbour] = [net.platform(), net.platform()];
    const { addresses } = await many.pnrp.open();
    await (await neighbour.pnrp.open({ seeds: addresses })).joined();
    await neighbour.pnrp.register('0.neighbour', { ...CLOUD, port: 1 });
    registrations = await Promise.all(
      Array.from({ length: NAMES }, (_, n) => many.pnrp.register(`0.many-${n}`, { ...CLOUD, port: n + 1 })),
    );
    await net.advance(30_000);
  });
  afterEach(() => Promise.all([many, neighbour].map((platform) => platform.close({ abrupt: true }))));

  const find = async (asker: Platform, name: string): Promise<unknown> =>
    (await asker.pnrp.resolve(name, CLOUD)).endpoints[0]?.addresses[0]?.port;

  test('tells a newcomer of as many as its leaf set has room for, each once; it finds any of them', async () => {
    const before = await statsOf(many);
    const newcomer = net.platform();
    await newcomer.pnrp.register('0.new', { ...CLOUD, port: 1000 });
    await net.advance(10_000);
    const { sent, dropped } = await statsOf(many);
    // Ten introductions, two for the neighbours, and the same again for the FLOOD that others brought the newcomer with.
    expect((sent.FLOOD as number) - (before.sent.FLOOD as number)).toBeLessThanOrEqual(2 * 12);
    expect(dropped).toEqual({});
    const names = Array.from({ length: NAMES / 10 }, (_, n) => 10 * n);
    const found = await Promise.all(names.map((n) => find(newcomer, `0.many-${n}`)));
    expect(found).toEqual(names.map((n) => n + 1));
    expect([await find(neighbour, '0.new'), await find(many, '0.new')]).toEqual([1000, 1000]);
    await newcomer.close({ abrupt: true });
  });

  test('searches while it takes them all back', async () => {
    const { cached } = await statsOf(many);
    const leaving = Promise.all(registrations.map((registration) => registration.unregister()));
    await net.advance(1);
    expect((await statsOf(many)).dropped['too many floods']).toBeGreaterThan(0);
    expect(await find(many, '0.neighbour')).toBe(1);
    await leaving;
    expect(await statsOf(many)).toMatchObject({ cached });
  });
});
