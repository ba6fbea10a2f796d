import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import { type Network, network } from 'winpeer/testing';
import { CLOUD } from './cloud.js';

/** One name, registered near 2001:db8:<n>:: by three platforms, with n as port. The first asks. */
describe('the nearest of several, one of which is the asker’s own', () => {
  const PLACES = [5, 1, 9] as const;
  let net: Network;
  let platforms: Platform[];

  beforeEach(async () => {
    net = network({ seed: 41 });
    platforms = PLACES.map(() => net.platform());
    for (const [at, port] of PLACES.entries()) {
      const hint = { address: `2001:db8:${port}::1`, port: 0 };
      const addresses = [{ address: '2001:db8::9', port }];
      await platforms[at]?.winsock.register({ peerName: '0.same', addresses, hint });
    }
    await net.advance(20_000);
  });
  afterEach(() => Promise.all(platforms.map((platform) => platform.close({ abrupt: true }))));

  async function find(hint: string, options: object = {}): Promise<unknown> {
    const asked = { ...CLOUD, criteria: 'nearest-peer-name', hint, ...options } as const;
    const result = await platforms[0]?.pnrp.resolve('0.same', asked);
    return result?.endpoints.map((it) => it.addresses[0]?.port);
  }

  test('is another, or its own', async () => {
    expect(await find('2001:db8:9::77')).toEqual([9]);
    expect(await find('2001:db8:1::77')).toEqual([1]);
    expect(await find('2001:db8:4::77')).toEqual([5]);
  });

  test('and its own has its place among all', async () => {
    expect(await find('2001:db8:9::77', { max: 9 })).toEqual([9, 5, 1]);
    expect(await find('2001:db8:4::77', { max: 2 })).toEqual([5, 1]);
  });

  test('at once where none can be nearer', async () => {
    net.partition([platforms[0] as Platform]);
    const started = net.now;
    expect(await find('2001:db8:5::77')).toEqual([5]);
    expect(net.now).toBe(started);
  });

  test('where the others are silent until the time is over', async () => {
    net.partition([platforms[0] as Platform]);
    expect(await find('2001:db8:9::77', { timeoutMs: 500 })).toEqual([5]);
  });

  test('of any, its own comes first, wherever it is', async () => {
    expect(await find('2001:db8:9::77', { criteria: 'any-peer-name' })).toEqual([5]);
  });
});
