import { describe, expect, test } from 'vitest';
import { Listening } from '#fallback/pnrp/listening';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { Datagrams } from '#lib/backend/contract/host';

const [A, B] = ['2001:db8::a', '2001:db8::b'];

function machine(net: VirtualNetwork): VirtualHost {
  return net.host({ interfaces: [{ name: 'eth0', index: 2, addresses: [A, B], loopback: false }] });
}

/** The host, on which `address` can't be used before so many binds have failed. */
function tentative(host: VirtualHost, address: string, binds: number): VirtualHost {
  let left = binds;
  const datagrams: Datagrams = {
    bind: (local, ...rest) =>
      local.address === address && left-- > 0
        ? Promise.reject(Object.assign(new Error('tentative'), { code: 'EADDRNOTAVAIL' }))
        : host.datagrams.bind(local, ...rest),
  };
  return Object.create(host, { datagrams: { value: datagrams } });
}

describe('where a node listens', () => {
  const nothing = (): void => undefined;

  test('an address that the system has just got is waited for', async () => {
    const net = new VirtualNetwork();
    const host = tentative(machine(net), A, 4);
    const opening = Listening.atFreePort(host, [{ address: A }], nothing);
    await net.time.advance(3000);
    expect((await opening).addresses).toEqual([{ address: A, port: 3540 }]);
  });

  test('one that never can be used is an error', async () => {
    const net = new VirtualNetwork();
    const opening = Listening.atFreePort(tentative(machine(net), A, 1e9), [{ address: A }], nothing);
    const refused = expect(opening).rejects.toMatchObject({
      code: 'E_INVALIDARG',
      message: expect.stringContaining(A),
    });
    await net.time.advance(10_000);
    await refused;
  });

  test('an address that is added and can’t be used yet comes with the next move', async () => {
    const net = new VirtualNetwork();
    const listening = await Listening.atFreePort(tentative(machine(net), B, 1), [{ address: A }], nothing);
    const both = [{ address: A }, { address: B }];
    expect([await listening.move(both), listening.addresses.length]).toEqual([false, 1]);
    expect([await listening.move(both), listening.addresses.length]).toEqual([true, 2]);
    expect(await listening.move(both)).toBe(false);
  });

  test('who loses every address may come back at another port, if the old one is taken', async () => {
    const net = new VirtualNetwork();
    const host = machine(net);
    const listening = await Listening.atFreePort(host, [{ address: A }], nothing);
    expect([await listening.move([]), listening.addresses]).toEqual([true, []]);
    await host.datagrams.bind({ address: A, port: 3540 }, nothing);
    await listening.move([{ address: A }]);
    const [back] = listening.addresses;
    expect(back?.address).toBe(A);
    expect(back?.port).not.toBe(3540);
    // One more address gets the port of the first, or is left out.
    await host.datagrams.bind({ address: B, port: back?.port as number }, nothing);
    expect(await listening.move([{ address: A }, { address: B }])).toBe(false);
  });

  test('nothing is bound any more after close, whatever was under way', async () => {
    const net = new VirtualNetwork();
    const host = machine(net);
    const listening = await Listening.atFreePort(host, [{ address: A }], nothing);
    const moving = listening.move([{ address: A }, { address: B }]);
    await listening.close();
    await moving;
    expect(host.sockets.size).toBe(0);
  });
});
