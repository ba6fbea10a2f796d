import { isIPv4 } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { type NetworkOptions, VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { DatagramSocket, SocketAddress } from '#lib/backend/contract/host';

const globalOf = (host: VirtualHost): string => host.interfaces.list()[1]?.addresses[0] as string;
const linkLocalOf = (host: VirtualHost): string => host.interfaces.list()[1]?.addresses[1] as string;
const code = (it: string) => expect.objectContaining({ code: it });

interface Heard {
  readonly at: number;
  readonly text: string;
  readonly from: SocketAddress;
}

/** A socket that writes down what it hears. */
async function ear(host: VirtualHost, local: SocketAddress): Promise<DatagramSocket & { readonly heard: Heard[] }> {
  const heard: Heard[] = [];
  const socket = await host.datagrams.bind(local, (bytes, from) =>
    heard.push({ at: host.clock.now(), text: Buffer.from(bytes).toString(), from }),
  );
  return Object.assign(socket, { heard });
}

describe('a virtual network', () => {
  let net: VirtualNetwork;
  let a: VirtualHost;
  let b: VirtualHost;
  const make = (options: NetworkOptions = {}): void => {
    net = new VirtualNetwork({ seed: 7, ...options });
    a = net.host();
    b = net.host();
  };
  beforeEach(() => make());

  const pair = async () => {
    const near = await ear(a, { address: globalOf(a), port: 0 });
    const far = await ear(b, { address: globalOf(b), port: 0 });
    return { near, far };
  };

  test('each datagram is as late as the options say', async () => {
    make({ latency: { min: 40, max: 60 } });
    const { near, far } = await pair();
    for (let n = 0; n < 500; n++) near.send(Buffer.from('x'), far.local);
    await net.time.advance(60);
    const late = far.heard.map((it) => it.at);
    expect(late).toHaveLength(500);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...late)).toBeLessThan(60);
    expect(Math.max(...late) - Math.min(...late)).toBeGreaterThan(18);
  });

  test('so many get lost and arrive twice as the options say', async () => {
    make({ loss: 0.1 });
    const lossy = await pair();
    for (let n = 0; n < 4000; n++) lossy.near.send(Buffer.from('x'), lossy.far.local);
    await net.time.advance(100);
    expect(lossy.far.heard.length / 4000).toBeCloseTo(0.9, 1);
    expect(lossy.far.heard.length).toBeLessThan(3700);
    make({ duplicates: 0.25 });
    const double = await pair();
    for (let n = 0; n < 4000; n++) double.near.send(Buffer.from('x'), double.far.local);
    await net.time.advance(100);
    expect(double.far.heard.length / 4000).toBeCloseTo(1.25, 1);
  });

  test('loss can change at any time, for what is sent from then on', async () => {
    const { near, far } = await pair();
    near.send(Buffer.from('before'), far.local);
    net.loss = 1;
    near.send(Buffer.from('lost'), far.local);
    await net.time.advance(100);
    net.loss = 0;
    near.send(Buffer.from('after'), far.local);
    await net.time.advance(100);
    expect([far.heard.map((it) => it.text), net.loss]).toEqual([['before', 'after'], 0]);
    expect(() => {
      net.loss = -0.1;
    }).toThrow(RangeError);
  });

  test('machines on links of their own reach each other by their global addresses alone', async () => {
    const [one, two] = [net.host({ link: 'one' }), net.host({ link: 'two' })];
    const near = await ear(one, { address: '::', port: 5000 });
    const [far, member] = [
      await ear(two, { address: '::', port: 5000 }),
      await ear(two, { address: '::', port: 6000 }),
    ];
    member.join('ff02::c', 'two');
    near.send(Buffer.from('global'), { address: globalOf(two), port: 5000 });
    near.send(Buffer.from('link'), { address: linkLocalOf(two), port: 5000, scope: 'one' });
    near.send(Buffer.from('link'), { address: 'ff02::c', port: 6000, scope: 'one' });
    await net.time.advance(100);
    expect([far.heard.map((it) => it.text), member.heard]).toEqual([['global'], []]);
  });

  test.each([
    { loss: 1.1 },
    { loss: Number.NaN },
    { duplicates: -1 },
    { latency: { min: 5, max: 4 } },
    { latency: { min: -1, max: 4 } },
  ])('%o is refused', (options) => {
    expect(() => new VirtualNetwork(options)).toThrow(RangeError);
  });

  test('the sender may use its buffer again, and what is too long is lost', async () => {
    const { near, far } = await pair();
    const buffer = Buffer.from('first');
    near.send(buffer, far.local);
    buffer.write('other');
    near.send(Buffer.alloc(65_508), far.local);
    await net.time.advance(20);
    expect(far.heard.map((it) => it.text)).toEqual(['first']);
    expect(far.heard[0]?.from).toEqual(near.local);
  });

  test('parts hear nothing of each other, not even what was under way; healed they do', async () => {
    const { near, far } = await pair();
    near.send(Buffer.from('under way'), far.local);
    net.partition([[a], [b]]);
    near.send(Buffer.from('apart'), far.local);
    await net.time.advance(50);
    net.heal();
    near.send(Buffer.from('again'), far.local);
    await net.time.advance(50);
    net.partition([[a]]);
    far.send(Buffer.from('on its own'), near.local);
    await net.time.advance(50);
    expect([far.heard.map((it) => it.text), near.heard]).toEqual([['again'], []]);
  });

  test('multicast reaches the members of the group on the link, with the interface of arrival', async () => {
    const lan = (number: number, link: string) => [
      { name: link, index: 2, addresses: [`fe80::a:${number}`], loopback: false },
    ];
    const hosts = [
      net.host({ interfaces: lan(1, 'lan') }),
      net.host({ interfaces: lan(2, 'lan') }),
      net.host({ interfaces: lan(3, 'lan') }),
      net.host({ interfaces: lan(4, 'elsewhere') }),
    ];
    const ears = await Promise.all(hosts.map((host) => ear(host, { address: '::', port: 1900 })));
    ears[0]?.join('ff02::c', 'lan');
    ears[1]?.join('ff02::c', 'lan');
    ears[3]?.join('ff02::c', 'elsewhere');
    expect(() => ears[3]?.join('ff02::c', 'lan')).toThrow(code('ENODEV'));
    ears[0]?.send(Buffer.from('who'), { address: 'ff02::c', port: 1900, scope: 'lan' });
    await net.time.advance(50);
    expect(ears.map((it) => it.heard.map(({ text, from }) => [text, from]))).toEqual([
      [['who', { address: 'fe80::a:1', port: 1900, scope: 'lan' }]],
      [['who', { address: 'fe80::a:1', port: 1900, scope: 'lan' }]],
      [],
      [],
    ]);
  });

  test('a datagram for a group costs the hosts that joined, not all that there are', async () => {
    const island = (n: number) => [
      { name: `link${n}`, index: 2, addresses: [`fe80::${n.toString(16)}`], loopback: false },
    ];
    for (let n = 1; n <= 1000; n++) {
      const host = net.host({ interfaces: island(n) });
      (await ear(host, { address: '::', port: 1900 })).join('ff02::c', `link${n}`);
    }
    const near = net.host({ interfaces: [{ name: 'link7', index: 2, addresses: ['fe80::a:7'], loopback: false }] });
    const mouth = await ear(near, { address: '::', port: 0 });
    const before = net.time.pending();
    mouth.send(Buffer.from('who'), { address: 'ff02::c', port: 1900, scope: 'link7' });
    expect(net.time.pending() - before).toBe(1);
  });

  test('only what is bound to all addresses hears a group, and a global sender has no scope', async () => {
    const all = await ear(a, { address: '::', port: 1900 });
    const one = await ear(b, { address: linkLocalOf(b), port: 1900 });
    for (const socket of [all, one]) socket.join('ff02::c', 'eth0');
    const mouth = await ear(b, { address: globalOf(b), port: 2000 });
    mouth.send(Buffer.from('who'), { address: 'ff02::c', port: 1900, scope: 'eth0' });
    await net.time.advance(50);
    expect(all.heard.map(({ from }) => from)).toEqual([{ address: globalOf(b), port: 2000 }]);
    expect(one.heard).toEqual([]);
  });

  test('a link-local address means one host a link; any other address one host', async () => {
    const lan = (link: string) => [{ name: link, index: 2, addresses: ['fe80::77'], loopback: false }];
    const here = net.host({ interfaces: lan('here') });
    const there = net.host({ interfaces: lan('there') });
    const ears = await Promise.all([here, there].map((host) => ear(host, { address: 'fe80::77', port: 2000 })));
    const sender = net.host({
      interfaces: [{ name: 'there', index: 2, addresses: ['fe80::78'], loopback: false }],
    });
    const mouth = await ear(sender, { address: 'fe80::78', port: 2000 });
    mouth.send(Buffer.from('x'), { address: 'fe80::77', port: 2000, scope: 'there' });
    mouth.send(Buffer.from('x'), { address: 'fe80::77', port: 2000, scope: 'here' });
    await net.time.advance(50);
    expect(ears.map((it) => it.heard.length)).toEqual([0, 1]);
    expect(() => net.host({ interfaces: b.interfaces.list() })).toThrow(/host-2/);
    expect(() => net.host({ name: 'host-1' })).toThrow(/host-1/);
    b.crash();
    expect(globalOf(net.host({ interfaces: b.interfaces.list() }))).toBe(globalOf(b));
  });

  test('nothing leaves or enters a machine by its loopback address', async () => {
    const inside = await ear(a, { address: '::1', port: 2000 });
    const same = await ear(b, { address: '::1', port: 2000 });
    const { near, far } = await pair();
    inside.send(Buffer.from('out'), far.local);
    near.send(Buffer.from('in'), { address: '::1', port: 2000 });
    await net.time.advance(50);
    expect([far.heard.length, same.heard.length, inside.heard.map((it) => it.text)]).toEqual([0, 0, ['in']]);
  });

  test('IPv4 and IPv6 are apart: addresses, ports, groups and loopback', async () => {
    const ipv4Of = (host: VirtualHost): string => host.interfaces.list()[1]?.addresses[2] as string;
    const [six, four] = [await ear(b, { address: '::', port: 1900 }), await ear(b, { address: '0.0.0.0', port: 1900 })];
    await expect(ear(b, { address: ipv4Of(b), port: 1900 })).rejects.toEqual(code('EADDRINUSE'));
    for (const socket of [six, four]) {
      socket.join('239.255.255.250', 'eth0');
      socket.join('ff02::c', 'eth0');
    }
    const mouth = await ear(a, { address: '0.0.0.0', port: 7 });
    for (const address of [ipv4Of(b), globalOf(b), '127.0.0.1']) {
      mouth.send(Buffer.from(address), { address, port: 1900 });
    }
    for (const address of ['239.255.255.250', 'ff02::c']) {
      mouth.send(Buffer.from(address), { address, port: 1900, scope: 'eth0' });
    }
    await net.time.advance(50);
    expect(six.heard).toEqual([]);
    expect(four.heard.map(({ text }) => text).sort()).toEqual([ipv4Of(b), '239.255.255.250']);
    expect(four.heard[0]?.from).toEqual({ address: ipv4Of(a), port: 7 });
    expect([isIPv4(ipv4Of(a)), ipv4Of(a) === ipv4Of(b)]).toEqual([true, false]);
    const onlySix = net.host({
      interfaces: [{ name: 'eth0', index: 2, addresses: ['2001:db8::99'], loopback: false }],
    });
    const deaf = await ear(onlySix, { address: '0.0.0.0', port: 1900 });
    expect(() => deaf.join('239.255.255.250', 'eth0')).toThrow(code('EADDRNOTAVAIL'));
  });

  test('a port is taken once an address, and once for all where `::` is', async () => {
    const bind = (host: VirtualHost, address: string, port: number) => ear(host, { address, port });
    await bind(a, globalOf(a), 3540);
    await bind(a, linkLocalOf(a), 3540);
    await bind(b, globalOf(b), 3540);
    await expect(bind(a, globalOf(a), 3540)).rejects.toEqual(code('EADDRINUSE'));
    await expect(bind(a, '::', 3540)).rejects.toEqual(code('EADDRINUSE'));
    await expect(bind(a, globalOf(b), 3541)).rejects.toEqual(code('EADDRNOTAVAIL'));
    const all = await bind(a, '::', 3541);
    await expect(bind(a, globalOf(a), 3541)).rejects.toEqual(code('EADDRINUSE'));
    await all.close();
    await bind(a, globalOf(a), 3541);
  });

  test('port 0 takes free ports until none is left, and those that are free again', async () => {
    const address = globalOf(a);
    const bind = () => ear(a, { address, port: 0 });
    const ports = new Map(
      await Promise.all(Array.from({ length: 16_384 }, bind)).then((all) =>
        all.map((it) => [it.local.port, it] as const),
      ),
    );
    expect([ports.size, Math.min(...ports.keys()), Math.max(...ports.keys())]).toEqual([16_384, 49_152, 65_535]);
    await expect(bind()).rejects.toEqual(code('EADDRINUSE'));
    await ports.get(50_000)?.close();
    expect((await bind()).local.port).toBe(50_000);
  });

  test('an interface that changes is told to those who watch, in the next instant, until they stop', async () => {
    const calls: string[] = [];
    const changed = (): void => void calls.push('twice');
    const watches = [a.interfaces.watch(changed), a.interfaces.watch(changed)];
    const stopped = a.interfaces.watch(() => calls.push('never'));
    const { near } = await pair();
    const moved = [{ name: 'eth0', index: 2, addresses: ['2001:db8::beef'], loopback: false }];
    b.setInterfaces(moved);
    a.setInterfaces(a.interfaces.list());
    stopped.close();
    expect([calls, b.interfaces.list()]).toEqual([[], moved]);
    const far = await ear(b, { address: '2001:db8::beef', port: 9 });
    near.send(Buffer.from('found'), far.local);
    near.send(Buffer.from('moved away'), { address: '2001:db8::2', port: 9 });
    await net.time.advance(20);
    expect([calls, far.heard.map((it) => it.text)]).toEqual([['twice', 'twice'], ['found']]);
    watches[0]?.close();
    a.setInterfaces([]);
    await net.time.advance(0);
    expect(calls).toHaveLength(3);
    await expect(ear(a, { address: '2001:db8::beef', port: 0 })).rejects.toEqual(code('EADDRNOTAVAIL'));
    expect(() => a.setInterfaces(moved)).toThrow(/host-2/);
    expect(a.interfaces.list()).toEqual([]);
  });

  test('a crash closes sockets, stops timers and keeps the disk; nothing works after it', async () => {
    const { near, far } = await pair();
    const happened: string[] = [];
    b.clock.after(5, () => happened.push('timer'));
    b.interfaces.watch(() => happened.push('watch'));
    const store = await b.store.open('s');
    await store.update(() => new Map([['key', Uint8Array.of(1)]]));
    near.send(Buffer.from('x'), far.local);
    b.setInterfaces(b.interfaces.list());
    b.crash();
    b.crash();
    far.send(Buffer.from('x'), near.local);
    b.clock.after(1, () => happened.push('late timer'));
    await net.time.advance(100);
    expect([far.heard, near.heard, happened, net.time.pending(b)]).toEqual([[], [], [], 0]);
    await expect(ear(b, { address: globalOf(b), port: 0 })).rejects.toEqual(code('ENETDOWN'));
    await expect(b.streams.connect({ address: globalOf(a), port: 1 })).rejects.toEqual(code('ENETDOWN'));
    await expect(store.get('key')).rejects.toEqual(code('EIO'));
    const again = await net.host({ disk: b.name }).store.open('s');
    expect(await again.get('key')).toEqual(Uint8Array.of(1));
  });

  test('a store changes as a whole or not at all, and nobody reaches inside it', async () => {
    const store = await a.store.open('s');
    const other = await net.host({ disk: a.name }).store.open('s');
    await store.update(
      () =>
        new Map([
          ['a', Uint8Array.of(1)],
          ['b', Uint8Array.of(2)],
          ['c', Uint8Array.of(3)],
        ]),
    );
    const thrown = new Error('changed my mind');
    await expect(
      store.update((current) => {
        (current as Map<string, Uint8Array>).delete('a');
        (current.get('b') as Uint8Array)[0] = 9;
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    const seen = (await other.get('c')) as Uint8Array;
    seen[0] = 9;
    for (const [, value] of await other.range('')) value[0] = 9;
    await other.update(
      () =>
        new Map([
          ['b', undefined],
          ['missing', undefined],
        ]),
    );
    expect(await store.range('')).toEqual([
      ['a', Uint8Array.of(1)],
      ['c', Uint8Array.of(3)],
    ]);
    expect(await (await a.store.open('another')).range('')).toEqual([]);
  });
});
