import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { diagnose } from '#fallback/runtime/doctor';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { Host } from '#lib/backend/contract/host';

const nothing = () => undefined;

test('leaves no socket open where a group can’t be joined', async () => {
  const host = new VirtualNetwork({ seed: 1 }).host();
  const bind: Host['datagrams']['bind'] = async (...args) =>
    Object.assign(await host.datagrams.bind(...args), {
      join: () => {
        throw new Error('no such device');
      },
    });
  const checks = await diagnose(Object.create(host, { datagrams: { value: { bind } } }), tmpdir());
  const detail = 'joining ff02::c failed: no such device';
  expect(checks.find(({ check }) => check === 'multicast')).toMatchObject({ state: 'problem', detail });
  expect(host.sockets.size).toBe(0);
});

test('says over which family another program has a port', async () => {
  const host = new VirtualNetwork({ seed: 1 }).host();
  const discovery = async () => (await diagnose(host, tmpdir())).find(({ check }) => check === 'port 3702');
  await expect(discovery()).resolves.toMatchObject({ state: 'ok', detail: 'UDP 3702 (WS-Discovery) can be shared' });

  await host.datagrams.bind({ address: '0.0.0.0', port: 3702 }, nothing);
  const overIpv4 = { state: 'hint', detail: 'UDP 3702 (WS-Discovery) is in use over IPv4' };
  await expect(discovery()).resolves.toMatchObject(overIpv4);

  await host.datagrams.bind({ address: '::', port: 3702 }, nothing);
  const overBoth = 'UDP 3702 (WS-Discovery) is in use over IPv6 and IPv4';
  await expect(discovery()).resolves.toMatchObject({ state: 'hint', detail: overBoth });
});
