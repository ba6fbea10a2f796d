import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import type { PnrpHopEvent } from 'winpeer/pnrp';
import { type Network, network } from 'winpeer/testing';
import type { PnrpService } from 'winpeer/winsock';

const HOP = 'winpeer:pnrp:hop';

/** The hops of `host`, where searches end that are not for a resolve. */
function watchHops(host: string) {
  const hops: PnrpHopEvent[] = [];
  const take = (event: unknown): void => {
    const hop = event as PnrpHopEvent & { readonly host: string };
    if (hop.host === host) hops.push(hop);
  };
  subscribe(HOP, take);
  return { hops, stop: () => unsubscribe(HOP, take) };
}

let net: Network;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function cloudOfTwo(seed: number) {
  net = network({ seed });
  const [alice, bob] = [net.platform({ name: 'alice' }), net.platform({ name: 'bob' })];
  await bob.pnrp.register('0.bob', { cloud: 'Global_', port: 1 });
  return { alice, bob };
}

const SERVICE: PnrpService = { peerName: '0.service', addresses: [{ address: '2001:db8:7:8::1', port: 1 }] };

test('a name is published anew each time that its lifetime is over, until it is deleted', async () => {
  const { alice } = await cloudOfTwo(1);
  const { hops, stop } = watchHops('alice');
  stops.push(stop);
  // Maintenance searches too: what comes on top is what counts.
  const searched = async (ms: number): Promise<number> => {
    const before = hops.length;
    await net.advance(ms);
    return hops.length - before;
  };
  await alice.winsock.register(SERVICE);
  const lasting = await searched(600_000);
  await alice.winsock.register({ ...SERVICE, lifetime: 20 });
  const short = await searched(600_000);
  expect(short - lasting).toBeGreaterThanOrEqual(29);
  await alice.winsock.register({ ...SERVICE, lifetime: 300 });
  const long = await searched(600_000);
  expect(long - lasting).toBeLessThan(10);
  await alice.winsock.delete({ ...SERVICE, lifetime: 300 });
  await alice.close();
});

test('the location begins like the hint, else like the first address; other addresses leave the ID, another place does not', async () => {
  const { alice, bob } = await cloudOfTwo(2);
  const { hops, stop } = watchHops('bob');
  stops.push(stop);
  const idOf = async (): Promise<string | undefined> => {
    await bob.pnrp.resolve('0.service', { cloud: 'Global_' });
    return hops.findLast((it) => it.message === 'INQUIRE' && it.outcome === 'accepted')?.pnrpId;
  };
  await alice.winsock.register(SERVICE);
  const first = await idOf();
  expect(first?.slice(32, 48)).toBe('20010db800070008');
  await alice.winsock.register({ ...SERVICE, addresses: [{ address: '2001:db8:7:8::ffff', port: 2 }] });
  expect(await idOf()).toBe(first);
  await alice.winsock.register({ ...SERVICE, hint: { address: '2001:db8:9::1', port: 0 } });
  expect((await idOf())?.slice(32, 48)).toBe('20010db800090000');
  await alice.winsock.register({ ...SERVICE, addresses: [{ address: '2001:db8:a::1', port: 3 }] });
  expect((await idOf())?.slice(32, 48)).toBe('20010db8000a0000');
});

test('a lookup whose time is over gives what was found until then; the time is counted in whole seconds', async () => {
  const { alice, bob } = await cloudOfTwo(3);
  await alice.winsock.register(SERVICE);
  await bob.winsock.register(SERVICE);
  net.partition([alice], [bob]);
  for (const [timeoutMs, lasts] of [
    [1, 1000],
    [1001, 2000],
  ] as const) {
    const began = net.now;
    const query = { peerName: '0.service', criteria: 'any-peer-name', timeoutMs, max: 2 } as const;
    const lookup = await bob.winsock.lookupName(query);
    expect(await lookup.next()).toMatchObject({ addresses: SERVICE.addresses });
    expect(await lookup.next()).toBeUndefined();
    expect(Math.round(net.now - began)).toBe(lasts);
    await lookup.end();
  }
});

test('the end of a search cancels what waits for it', async () => {
  const { alice } = await cloudOfTwo(4);
  const lookup = await alice.winsock.lookupName({ peerName: '0.never', timeoutMs: 600_000 });
  const waiting = Promise.allSettled([lookup.next(), lookup.notifyChange()]);
  await lookup.end();
  expect(await waiting).toMatchObject(Array(2).fill({ status: 'rejected', reason: { code: 'WSA_E_CANCELLED' } }));
  await alice.close();
});
