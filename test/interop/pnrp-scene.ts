import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlatform, type Platform } from 'winpeer';
import type { PnrpAddress } from 'winpeer/pnrp';
import { WireTap } from './wire-tap.js';

const CLOUD = { cloud: 'Global_' } as const;

/** Odd, so that its element needs padding, and longer than a datagram. */
export const PAYLOAD = new Uint8Array(4095).fill(0x70);

/**
 * Plays, over sockets of this machine, whatever makes nodes send each message of PNRP in each of its forms; all that
 * the platforms sent is in the tap. A certificate chain is not among it: there is no way yet to get a delegated name.
 */
export async function play(): Promise<WireTap> {
  const home = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
  const tap = new WireTap();
  const platforms: Platform[] = [];
  const platform = (): Platform => {
    platforms.push(createPlatform({ backend: 'fallback', host: tap.host(home) }));
    return platforms.at(-1) as Platform;
  };
  try {
    await Promise.all([live(platform), leave(platform)]);
  } finally {
    await Promise.all(platforms.map((it) => it.close({ abrupt: true })));
    rmSync(home, { recursive: true });
  }
  return tap;
}

/** A cloud comes to be: its nodes synchronise, register, find names, and take one back. */
async function live(platform: () => Platform): Promise<void> {
  const [first, second, third] = [platform(), platform(), platform()];
  const seeds = await enter(first, []);
  // The seed has no name yet: it offers nothing.
  const others = await enter(second, seeds);
  await second.pnrp.register('0.second', { ...CLOUD, port: 2, comment: 'größer', payload: PAYLOAD });
  await first.pnrp.register('0.first', { ...CLOUD, port: 1 });
  // Now it has one to tell of, and nobody yet.
  await (await first.pnrp.open({ ...CLOUD, seeds: others })).joined();
  await enter(third, seeds);
  const { peerName } = await third.identity.create({ classifier: 'service' });
  const registration = await third.pnrp.register(peerName, { ...CLOUD, port: 3 });
  for (const [from, wanted] of [
    [third, '0.second'],
    [second, peerName],
  ] as const) {
    const { endpoints } = await from.pnrp.resolve(wanted, CLOUD);
    if (endpoints.length !== 1) throw new Error(`${wanted} is found ${endpoints.length} times`);
  }
  await registration.unregister();
}

/** A node with five names is gone all at once; who comes next at its port has never heard of them. */
async function leave(platform: () => Platform): Promise<void> {
  const [stayer, crowd, late, heir] = [platform(), platform(), platform(), platform()];
  const seeds = await enter(stayer, []);
  const name = await stayer.pnrp.register('0.stayer', { ...CLOUD, port: 4 });
  const places = await enter(crowd, seeds);
  for (const peerName of ['0.a', '0.b', '0.c', '0.d', '0.e']) {
    await crowd.pnrp.register(peerName, { ...CLOUD, port: 5 });
  }
  await crowd.close({ abrupt: true });
  // Of the five it is offered none answers, so it asks once more, for what is registered at the seed itself.
  await enter(late, seeds);
  await heir.pnrp.open({ ...CLOUD, listen: places });
  await heir.pnrp.register('0.heir', { ...CLOUD, port: 6 });
  await name.unregister();
}

/** Where the platform then listens. */
async function enter(platform: Platform, seeds: readonly PnrpAddress[]): Promise<readonly PnrpAddress[]> {
  const open = await platform.pnrp.open({ ...CLOUD, listen: [{ address: '::1', port: 0 }], seeds });
  await open.joined();
  return open.addresses;
}
