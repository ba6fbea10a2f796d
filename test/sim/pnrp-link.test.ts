import { expect, test } from 'vitest';
import { network } from 'winpeer/testing';

test('in a link-local cloud addresses come with their interface, without which nobody could use them', async () => {
  const net = network({ seed: 31 });
  const [alice, bob] = [net.platform(), net.platform()];
  const name = (await alice.pnrp.clouds()).find((it) => it.scope === 'link-local')?.name as string;
  expect(name).toBe('LinkLocal_2001:db8::/64');
  const cloud = await alice.pnrp.open({ cloud: name });
  expect(cloud.addresses).toEqual([{ address: 'fe80::1', port: 3540, scope: 'eth0' }]);
  await alice.pnrp.register('0.here', { cloud: name, port: 80 });
  await bob.pnrp.open({ cloud: name, seeds: cloud.addresses });
  const hops: unknown[] = [];
  const { endpoints } = await bob.pnrp.resolve('0.here', { cloud: name, onHop: ({ address }) => hops.push(address) });
  expect(endpoints.map((it) => it.addresses)).toEqual([[{ address: 'fe80::1', port: 80, scope: 'eth0' }]]);
  expect(hops).toContainEqual({ address: 'fe80::1', port: 3540, scope: 'eth0' });
  await Promise.all([alice.close(), bob.close()]);
});

test.each([
  { scope: undefined, why: 'the link-local fe80::1 needs its %interface, one of lo, eth0' },
  { scope: 'eth7', why: 'the link-local fe80::1 needs its %interface, one of lo, eth0, and eth7 is none' },
])('a node at a link-local address, on $scope, is told what is missing', async ({ scope, why }) => {
  const platform = network({ seed: 43 }).platform();
  const listen = [{ address: 'fe80::1', port: 0, ...(scope === undefined ? {} : { scope }) }];
  await expect(platform.pnrp.open({ listen })).rejects.toMatchObject({
    code: 'E_INVALIDARG',
    message: expect.stringContaining(`${why} (`),
  });
  await platform.close();
});
