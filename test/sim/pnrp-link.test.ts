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
