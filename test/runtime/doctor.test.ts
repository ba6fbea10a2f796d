import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { diagnose } from '#fallback/runtime/doctor';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';

const nothing = () => undefined;

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
