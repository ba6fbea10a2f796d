import { beforeEach, describe, expect, test } from 'vitest';
import { DiscoveryClient } from '#fallback/distribution/discovery/client';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { type NetworkOptions, VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Readings } from '#fallback/wire/readings';
import type { ProbeMatches } from '#fallback/ws-discovery/messages';
import {
  ALL_IPV6,
  addressesOf,
  COMPLETE,
  dropped,
  hexOf,
  IPV4,
  IPV6,
  idOf,
  machine,
  PARTIAL,
  peer,
  probe,
  probeMessage,
  Stranger,
  sent,
} from './link.ts';

describe('content discovery', () => {
  let net: VirtualNetwork;
  let a: VirtualHost;
  let b: VirtualHost;
  const make = (options: NetworkOptions = {}): void => {
    net = new VirtualNetwork({ seed: 11, latency: { min: 1, max: 2 }, ...options });
    a = net.host();
    b = net.host();
  };
  beforeEach(() => make());

  const sockets = (host: VirtualHost): number => [...host.sockets.values()].flat().length;

  test.each([1, 2] as const)('a Probe of version %i finds who has a segment, where and how much', async (version) => {
    const c = net.host();
    await peer(b, { held: { [hexOf(idOf(1))]: COMPLETE, [hexOf(idOf(2))]: PARTIAL } });
    await peer(c, { held: { [hexOf(idOf(2))]: COMPLETE } });
    await peer(net.host(), { held: { [hexOf(idOf(9))]: COMPLETE } });
    const { findings, ms } = await probe(a, [idOf(1), idOf(2), idOf(3)], version);
    const byPort = findings.map(({ addresses, segments }) => ({ addresses, has: segments.map(({ id }) => id[0]) }));
    expect(byPort).toHaveLength(2);
    const at = (host: VirtualHost) => [
      [{ address: addressesOf(host).link, port: 8080, scope: 'eth0' }],
      [{ address: addressesOf(host).ipv4, port: 8081 }],
    ];
    const [first, second] = [byPort.find((it) => it.has.length === 2), byPort.find((it) => it.has.length === 1)];
    expect(at(b)).toContainEqual(first?.addresses);
    expect(at(c)).toContainEqual(second?.addresses);
    expect([first?.has, second?.has]).toEqual([[1, 2], [2]]);
    const details = findings.flatMap(({ segments }) => segments).map(({ blocks, partial }) => [blocks, partial]);
    const expected = {
      1: [
        [512, false],
        [42, false],
        [512, false],
      ],
      2: [
        [undefined, false],
        [undefined, true],
        [undefined, false],
      ],
    };
    expect(details.sort()).toEqual(expected[version].sort());
    expect(ms).toBe(300);
  });

  test.each([
    ['IPv4', IPV4, /^10\./],
    ['IPv6', IPV6, /^fe80:/],
  ])('works with %s alone', async (_, listening, address) => {
    await peer(b, { listening });
    const { findings } = await probe(a);
    expect(findings.map(({ addresses }) => addresses[0]?.address)).toEqual([expect.stringMatching(address)]);
  });

  test('works between machines that have one family, and finds nobody between the two', async () => {
    const [four, five] = [machine(net, ['192.0.2.4']), machine(net, ['192.0.2.5'])];
    const six = machine(net, ['fe80::6']);
    await peer(five);
    expect((await probe(four)).findings).toHaveLength(1);
    expect((await probe(six)).findings).toEqual([]);
  });

  test('peers are reported as they answer, within the back-off and not before it', async () => {
    make({ latency: { min: 0, max: 0 } });
    for (let n = 0; n < 40; n++) await peer(net.host());
    const { at } = await probe(a);
    expect(at).toHaveLength(40);
    expect(Math.min(...at)).toBeGreaterThanOrEqual(1);
    expect(Math.min(...at)).toBeLessThan(10);
    expect(Math.max(...at)).toBeGreaterThan(55);
    expect(Math.max(...at)).toBeLessThanOrEqual(65);
    expect(new Set(at).size).toBeGreaterThan(20);
  });

  test.each([
    ['reading ws-discovery.repetitions = one', 'one'],
    ['reading ws-discovery.repetitions = four', 'four'],
  ])('a Probe goes to the group of each family more than once, as the same message: %s', async (_, candidate) => {
    make({ latency: { min: 0, max: 0 } });
    const stranger = await Stranger.on(b);
    const readings = new Readings({ 'ws-discovery.repetitions': candidate });
    const client = new DiscoveryClient({ host: a, readings, requestMs: 500 });
    // With more than one repetition the last come after the Probe's end, when there is nothing to repeat it for.
    await probe(a, [idOf(1)], 1, client);
    for (const family of ['IPv4', 'IPv6'] as const) {
      const heard = stranger.heard.filter((it) => it.family === family);
      const gaps = heard.slice(1).map(({ at }, index) => at - (heard[index]?.at ?? 0));
      expect(gaps[0]).toBeGreaterThanOrEqual(50);
      expect(gaps[0]).toBeLessThanOrEqual(250);
      if (candidate === 'one') expect(heard).toHaveLength(2);
      else expect(gaps[1]).toBe(Math.min(500, 2 * (gaps[0] ?? 0)));
    }
    expect(new Set(stranger.heard.map(({ text }) => text)).size).toBe(1);
    expect(sent(client).Probe).toBe(stranger.heard.length);
  });

  test('a peer answers a Probe once, however often and by which family it came', async () => {
    const responder = await peer(b);
    const { findings } = await probe(a);
    expect(findings).toHaveLength(1);
    expect(sent(responder)).toEqual({ ProbeMatches: 1 });
  });

  test('repetitions make up for what gets lost', async () => {
    make({ loss: 0.3 });
    for (let n = 0; n < 30; n++) await peer(net.host());
    let found = 0;
    for (let n = 0; n < 5; n++) found += (await probe(a)).findings.length;
    // By one datagram alone half of them would be found.
    expect(found / 150).toBeGreaterThan(0.6);
  });

  test('nobody is found that holds nothing, and silence is all that there is of it', async () => {
    const responder = await peer(b, { held: {} });
    expect((await probe(a)).findings).toEqual([]);
    expect([sent(responder), dropped(responder)]).toEqual([{}, {}]);
  });

  test('what is here now is answered: segments that came and went since', async () => {
    const held: Record<string, typeof COMPLETE> = {};
    await peer(b, { held });
    expect((await probe(a)).findings).toEqual([]);
    held[hexOf(idOf(1))] = COMPLETE;
    expect((await probe(a)).findings).toHaveLength(1);
    delete held[hexOf(idOf(1))];
    expect((await probe(a)).findings).toEqual([]);
  });

  test('does not find itself, though it finds another process of the machine', async () => {
    const client = new DiscoveryClient({ host: a, readings: new Readings() });
    await peer(a, { client });
    expect((await probe(a, [idOf(1)], 1, client)).findings).toEqual([]);
    await peer(a, { listening: [{ address: '::', port: 8090 }] });
    const { findings } = await probe(a, [idOf(1)], 1, client);
    expect(findings.map(({ addresses }) => addresses)).toEqual([
      [{ address: addressesOf(a).link, port: 8090, scope: 'eth0' }],
    ]);
  });

  test('a retrieval server at one address is told to the link of that address alone', async () => {
    const lan = (name: string, index: number, addresses: string[]) => ({ name, index, addresses, loopback: false });
    const both = net.host({ interfaces: [lan('left', 2, ['192.0.2.1']), lan('right', 3, ['198.51.100.1'])] });
    const left = machine(net, ['192.0.2.2'], 'left');
    const right = machine(net, ['198.51.100.2'], 'right');
    await peer(both, { listening: [{ address: '198.51.100.1', port: 80 }] });
    expect((await probe(left)).findings).toEqual([]);
    expect((await probe(right)).findings[0]?.addresses).toEqual([{ address: '198.51.100.1', port: 80 }]);
    await peer(both, { listening: [{ address: '0.0.0.0', port: 1081 }] });
    expect((await probe(left)).findings[0]?.addresses).toEqual([{ address: '192.0.2.1', port: 1081 }]);
  });

  test('hears links that come later, and those that have got another address', async () => {
    const addressOf = (n: number) => [{ name: 'eth0', index: 2, addresses: [`192.0.2.${n}`], loopback: false }];
    const late = net.host({ interfaces: [] });
    const responder = await peer(late, { listening: IPV4 });
    const asker = machine(net, ['192.0.2.200']);
    expect((await probe(asker)).findings).toEqual([]);
    for (const n of [7, 8]) {
      late.setInterfaces(addressOf(n));
      await net.time.advance(2000);
      expect((await probe(asker)).findings[0]?.addresses).toEqual([{ address: `192.0.2.${n}`, port: 80 }]);
    }
    expect(responder.stats()).toMatchObject({ errors: 0 });
  });

  test('where another program keeps port 3702 to itself it is tried again', async () => {
    const other = await b.datagrams.bind({ address: '0.0.0.0', port: 3702 }, () => undefined);
    const responder = await peer(b, { listening: IPV4 });
    expect(responder.stats()).toMatchObject({ errors: 1 });
    expect((await probe(a)).findings).toEqual([]);
    await other.close();
    await net.time.advance(60_000);
    expect((await probe(a)).findings).toHaveLength(1);
  });

  describe('an answer', () => {
    const answerTo = async (host: VirtualHost): Promise<ProbeMatches> => {
      const asker = await Stranger.on(host, 'eth0', 0);
      asker.say(probeMessage(2, [idOf(1)], `urn:uuid:${net.time.now}`), ALL_IPV6);
      await net.time.advance(100);
      return asker.heard[0]?.message as ProbeMatches;
    };

    test.each([
      ['reading distribution.ipv6-zone = absent', 'absent', '[fe80::2]:8080'],
      ['reading distribution.ipv6-zone = present', 'present', '[fe80::2%2]:8080'],
    ])('says where a link-local server is: %s', async (_, candidate, xAddr) => {
      const readings = new Readings({ 'distribution.ipv6-zone': candidate });
      await peer(b, { readings, listening: [{ address: '::', port: 8080 }] });
      expect((await answerTo(a)).matches[0]?.xAddrs).toEqual([xAddr]);
      // Either form leads to the interface by which the answer came.
      expect((await probe(a)).findings[0]?.addresses).toEqual([{ address: 'fe80::2', port: 8080, scope: 'eth0' }]);
    });

    test('numbers its messages; a start gives the endpoint a new name and a later instance', async () => {
      const first = await peer(b, { listening: IPV6 });
      const [one, two] = [await answerTo(a), await answerTo(a)];
      await first.close();
      await net.time.advance(5000);
      await peer(b, { listening: IPV6 });
      const three = await answerTo(a);
      const start = Date.UTC(2026, 0, 1) / 1000;
      expect([one, two, three].map((it) => it.appSequence)).toEqual([
        { instanceId: start, messageNumber: 1 },
        { instanceId: start, messageNumber: 2 },
        { instanceId: expect.any(Number), messageNumber: 1 },
      ]);
      expect(three.appSequence.instanceId).toBeGreaterThan(start + 4);
      const [address, same, other] = [one, two, three].map((it) => it.matches[0]?.address);
      expect(address).toMatch(/^urn:uuid:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect([same === address, other === address]).toEqual([true, false]);
      expect(new Set([one, two, three].map((it) => it.messageId)).size).toBe(3);
    });
  });

  describe('ends', () => {
    test('of a Probe leave nothing open', async () => {
      const client = new DiscoveryClient({ host: a, readings: new Readings() });
      await probe(a, [idOf(1)], 1, client);
      await client.probe([idOf(1)], 1, () => undefined, AbortSignal.abort()).catch(() => undefined);
      expect([sockets(a), net.time.pending(a)]).toEqual([0, 0]);
      expect(client.stats()).toMatchObject({ held: { probes: 0 } });
    });

    test('by its signal it rejects with the reason, and by closing it is over', async () => {
      const client = new DiscoveryClient({ host: a, readings: new Readings() });
      const abort = new AbortController();
      const aborted = client.probe([idOf(1)], 1, () => undefined, abort.signal);
      const closed = client.probe([idOf(2)], 1, () => undefined);
      await net.time.advance(100);
      abort.abort(new Error('enough'));
      await expect(aborted).rejects.toThrow('enough');
      expect(client.stats()).toMatchObject({ held: { probes: 1 } });
      await client.close();
      await closed;
      await client.probe([idOf(3)], 1, () => undefined);
      expect([a.clock.now(), sockets(a), net.time.pending(a)]).toEqual([100, 0, 0]);
    });

    test('of a responder take its answers back, and its port', async () => {
      const responder = await peer(b);
      const ended = probe(a);
      await net.time.advance(3);
      expect(responder.stats()).toMatchObject({ held: { answers: 1 } });
      await responder.close();
      await responder.close();
      expect((await ended).findings).toEqual([]);
      expect([sockets(b), net.time.pending(b)]).toEqual([0, 0]);
    });
  });

  test('what can’t be is a fault of the caller', async () => {
    const client = new DiscoveryClient({ host: a, readings: new Readings() });
    await expect(client.probe([], 1, () => undefined)).rejects.toThrow(RangeError);
    await expect(client.probe(Array(256).fill(idOf(1)), 1, () => undefined)).rejects.toThrow(RangeError);
    for (const requestMs of [199, 501, Number.NaN]) {
      expect(() => new DiscoveryClient({ host: a, readings: new Readings(), requestMs })).toThrow(RangeError);
    }
  });
});
