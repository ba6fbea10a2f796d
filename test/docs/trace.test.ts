import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import { channelTrace } from '#fallback/runtime/trace';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Ssdp } from '#fallback/ssdp/ssdp';
import type { Host } from '#lib/backend/contract/host';
import { lookedFor, offered, read } from './distribution-scene.ts';

/** The tables of docs/trace.md: fields by the title of their section, `?` at the end of those that may be absent. */
const documented = new Map(
  readFileSync('docs/trace.md', 'utf8')
    .split('\n### ')
    .slice(1)
    .map((section) => {
      const title = section.slice(1, section.indexOf('`', 1));
      return [title, [...section.matchAll(/^\| `(\w+)`(\??) \| `(\w+)` \|/gm)]] as const;
    }),
);
const CHANNELS = [...documented.keys()].filter((title) => title.startsWith('winpeer:'));

/** Types as the tables write them. */
const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  Error: (value) => value instanceof Error,
  PnrpAddress: (value) => {
    const { address, port } = value as { address: unknown; port: unknown };
    return typeof address === 'string' && address.includes(':') && Number.isInteger(port);
  },
  DistributionEndpoint: (value) => {
    const { address, port } = value as { address: unknown; port: unknown };
    return typeof address === 'string' && Number.isInteger(port);
  },
  PnrpMessageType: (value) =>
    ['SOLICIT', 'ADVERTISE', 'REQUEST', 'FLOOD', 'INQUIRE', 'AUTHORITY', 'ACK', 'LOOKUP'].includes(value as string),
  SsdpMessageType: (value) => ['M-SEARCH', '200 OK', 'ssdp:alive', 'ssdp:byebye'].includes(value as string),
};

/** What differs between an object and the table of its section. */
function differences(title: string, it: object): string[] {
  const rows = documented.get(title) ?? [];
  const fields = it as Readonly<Record<string, unknown>>;
  return [
    ...Object.keys(fields)
      .filter((key) => !rows.some(([, name]) => name === key))
      .map((key) => `${title}: ${key} is not documented`),
    ...rows.flatMap(([, name = '', optional, type = '']) => {
      if (!(name in fields)) return optional === '?' ? [] : [`${title}: ${name} is missing`];
      return IS[type]?.(fields[name]) ? [] : [`${title}: ${name} is no ${type}: ${fields[name]}`];
    }),
  ];
}

describe('docs/trace.md', () => {
  const published: { readonly title: string; readonly it: object }[] = [];
  const listener = (it: unknown, title: string | symbol): void => {
    published.push({ title: String(title), it: it as object });
  };
  let platforms: Platform[] = [];

  beforeEach(() => {
    for (const title of CHANNELS) subscribe(title, listener);
  });
  afterEach(async () => {
    for (const title of CHANNELS) unsubscribe(title, listener);
    await Promise.all(platforms.map((platform) => platform.close({ abrupt: true })));
    platforms = [];
    published.length = 0;
  });

  function platformOn(host: Host): Platform {
    const platform = createPlatform({ backend: 'fallback', host });
    platforms.push(platform);
    return platform;
  }

  /** A name is found, a wrong datagram comes, an answer can't be signed, a neighbour crashes. */
  async function program(): Promise<Platform> {
    const network = new VirtualNetwork();
    const hosts = [network.host(), network.host(), network.host()] as const;
    let signing = true;
    const work: Host['work'] = {
      ...hosts[0].work,
      sign: (...task) => (signing ? hosts[0].work.sign(...task) : Promise.reject(new Error('the key is gone'))),
    };
    const alice = platformOn(Object.create(hosts[0], { work: { value: work } }));
    const [bob, carol] = [platformOn(hosts[1]), platformOn(hosts[2])];
    const cloud = await alice.pnrp.open();
    await alice.pnrp.register('0.alice', { port: 1, cloud: 'Global_' });
    for (const platform of [bob, carol]) {
      await (await platform.pnrp.open({ seeds: cloud.addresses })).joined();
      await platform.pnrp.register('0.other', { port: 1, cloud: 'Global_' });
    }
    await bob.pnrp.resolve('0.alice', { cloud: 'Global_' });
    signing = false;
    await bob.pnrp.resolve('0.alice', { cloud: 'Global_' });
    const stranger = await hosts[2].datagrams.bind({ address: '::', port: 0 }, () => undefined);
    for (const to of cloud.addresses) stranger.send(new Uint8Array(5), to);
    hosts[1].crash();
    await carol.pnrp.resolve('0.other', { cloud: 'Global_' });
    return alice;
  }

  /** One of two on a link finds the other; a wrong datagram comes; a third has no such interface. */
  async function neighbours(): Promise<void> {
    const network = new VirtualNetwork();
    const [a, b, c] = [network.host(), network.host(), network.host()];
    const announcement = new Ssdp(b).announce('urn:x', { address: '2001:db8::2', port: 1 }, 'eth0');
    const stranger = await c.datagrams.bind({ address: '::', port: 0 }, () => undefined);
    stranger.send(new Uint8Array(5), { address: 'ff02::c', port: 1900, scope: 'eth0' });
    stranger.send(new Uint8Array(5), { address: '2001:db8::2', port: 1900 });
    new Ssdp(c).announce('urn:x', { address: '2001:db8::3', port: 1 }, 'eth1');
    await a.awaited(new Ssdp(a).search('urn:x', 'eth0', () => undefined).ended);
    await announcement.withdraw();
  }

  test('each channel carries exactly the documented fields', async () => {
    await program();
    await neighbours();
    await lookedFor();
    await offered();
    await read();
    const wrong = published.flatMap(({ title, it }) => {
      const { at, host, ...fields } = it as { at: unknown; host: unknown };
      expect([typeof at, typeof host]).toEqual(['number', 'string']);
      return differences(title, fields);
    });
    expect(wrong).toEqual([]);
    expect(new Set(published.map(({ title }) => title))).toEqual(new Set(CHANNELS));
    expect(published.filter(({ it }) => 'change' in it && it.change === 'removed')).not.toEqual([]);
    expect(published.filter(({ it }) => 'reason' in it && 'from' in it)).not.toEqual([]);
  });

  test('the counters have exactly the documented fields', async () => {
    const alice = await program();
    await alice.winsock.lookupClouds();
    const { identity, pnrp, winsock, ...others } = await alice.stats();
    expect(others).toEqual({});
    const clouds = pnrp?.clouds as object[];
    expect(clouds).toHaveLength(1);
    expect([
      ...differences('identity', identity ?? {}),
      ...differences('pnrp', pnrp ?? {}),
      ...differences('winsock', winsock ?? {}),
      ...clouds.flatMap((cloud) => differences('pnrp.clouds[]', cloud)),
      ...differences('pnrp.ssdp', pnrp?.ssdp as object),
    ]).toEqual([]);
  });

  test('so have those of peer distribution', async () => {
    const { distribution } = await (await read()).stats();
    expect(JSON.parse(JSON.stringify(distribution))).toEqual(distribution);
    expect(differences('distribution', distribution ?? {})).toEqual([]);
  });

  test('what a program does on its own machine is published without the fields of the virtual network', () => {
    channelTrace()('pnrp', 'cache', () => ({ cloud: 'Global_', change: 'added', pnrpId: '00' }));
    expect(published.map(({ title, it }) => differences(title, it))).toEqual([[]]);
  });

  test('nothing is built when nobody listens', async () => {
    for (const title of CHANNELS) unsubscribe(title, listener);
    let built = 0;
    const count = (): object => {
      built += 1;
      return {};
    };
    const traces = [channelTrace(), new VirtualNetwork().host().trace];
    for (const trace of traces) {
      for (const title of CHANNELS) {
        const [, area, event] = title.split(':') as [string, 'pnrp', 'send'];
        trace(area, event, count);
      }
    }
    expect(built).toBe(0);
    for (const title of CHANNELS) subscribe(title, listener);
    for (const trace of traces) trace('pnrp', 'send', count);
    expect(built).toBe(2);
  });
});
