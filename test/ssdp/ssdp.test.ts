import { beforeEach, describe, expect, test } from 'vitest';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { type NetworkOptions, VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { type SsdpMessage, ssdpMessage } from '#fallback/ssdp/messages';
import { Ssdp } from '#fallback/ssdp/ssdp';
import { decode, encode } from '#fallback/wire/codec';
import type { DatagramSocket, SocketAddress } from '#lib/backend/contract/host';

const TARGET = 'urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal';
const OTHER = 'urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:Global';
const GROUP = { address: 'ff02::c', port: 1900, scope: 'eth0' };

const linkLocalOf = (host: VirtualHost): string => host.interfaces.list()[1]?.addresses[1] as string;
const at = (host: VirtualHost, port: number): SocketAddress => ({ address: linkLocalOf(host), port, scope: 'eth0' });

interface Heard {
  readonly ms: number;
  readonly message: SsdpMessage;
  readonly from: SocketAddress;
}

/** A socket of a stranger on the link. */
async function stranger(host: VirtualHost, port = 0): Promise<{ socket: DatagramSocket; heard: Heard[] }> {
  const heard: Heard[] = [];
  const receive = (bytes: Uint8Array, from: SocketAddress): void => {
    heard.push({ ms: host.clock.now(), message: decode(ssdpMessage, bytes), from });
  };
  const socket = await host.datagrams.bind({ address: '::', port }, receive, { shared: true });
  return { socket, heard };
}

const question = (maxWait?: number, target = TARGET): Uint8Array =>
  encode(ssdpMessage, { type: 'M-SEARCH', target, maxWait });
const counter = (ssdp: Ssdp, group: 'sent' | 'received' | 'dropped' | 'held'): Record<string, number> =>
  (ssdp.stats() as Record<string, Record<string, number>>)[group] ?? {};

describe('SSDP', () => {
  let net: VirtualNetwork;
  let a: VirtualHost;
  let b: VirtualHost;
  const make = (options: NetworkOptions = {}): void => {
    net = new VirtualNetwork({ seed: 3, ...options });
    a = net.host();
    b = net.host();
  };
  beforeEach(() => make());

  /** What one search finds, and how long it takes. */
  async function search(host: VirtualHost, target = TARGET, ssdp = new Ssdp(host)) {
    const found: SocketAddress[] = [];
    const start = host.clock.now();
    await host.awaited(ssdp.search(target, 'eth0', (endpoint) => found.push(endpoint)).ended);
    return { found, ms: host.clock.now() - start };
  }

  const sockets = (host: VirtualHost): number => [...host.sockets.values()].flat().length;

  describe('a search', () => {
    test('finds whoever announces the target on the link, once each, and ends in time', async () => {
      const [c, d] = [net.host(), net.host()];
      new Ssdp(b).announce(TARGET, at(b, 3540), 'eth0');
      new Ssdp(c).announce(TARGET, { address: '2001:db8::3', port: 4000 }, 'eth0');
      new Ssdp(d).announce(OTHER, at(d, 3540), 'eth0');
      await net.time.advance(10_000);
      const { found, ms } = await search(a);
      expect(found).toHaveLength(2);
      expect(found).toContainEqual(at(b, 3540));
      expect(found).toContainEqual({ address: '2001:db8::3', port: 4000 });
      expect(ms).toBe(4000);
      expect(sockets(a)).toBe(0);
      expect(net.time.pending(a)).toBe(0);
    });

    test('is two questions of Windows’ form, by a socket of its own', async () => {
      const { socket, heard } = await stranger(b, 1900);
      socket.join('ff02::c', 'eth0');
      await search(a);
      expect(heard.map(({ message }) => message)).toEqual(
        Array(2).fill({ type: 'M-SEARCH', target: TARGET, maxWait: 3 }),
      );
      expect((heard[1]?.ms ?? 0) - (heard[0]?.ms ?? 0)).toBeGreaterThan(480);
      expect(heard[0]?.from.port).not.toBe(1900);
    });

    test('survives loss', async () => {
      make({ loss: 0.3 });
      for (let n = 0; n < 30; n++)
        new Ssdp(net.host()).announce(TARGET, { address: `fe80::${n + 9}`, port: 1 }, 'eth0');
      await net.time.advance(1000);
      let found = 0;
      for (let n = 0; n < 10; n++) found += (await search(a)).found.length;
      // Of one question each, 0.7 × 0.7 of the answers would come.
      expect(found / 300).toBeGreaterThan(0.58);
    });

    test('does not cross to another link', async () => {
      const link = (name: string, address: string) => ({ name, index: 2, addresses: [address], loopback: false });
      const [router, left, right] = [
        net.host({ interfaces: [link('left', 'fe80::1:1'), { ...link('right', 'fe80::1:2'), index: 3 }] }),
        net.host({ interfaces: [link('left', 'fe80::1:3')] }),
        net.host({ interfaces: [link('right', 'fe80::1:4')] }),
      ];
      const both = new Ssdp(router);
      both.announce(TARGET, { address: 'fe80::1:1', port: 1 }, 'left');
      both.announce(TARGET, { address: 'fe80::1:2', port: 2 }, 'right');
      new Ssdp(left).announce(TARGET, { address: 'fe80::1:3', port: 3 }, 'left');
      await net.time.advance(1000);
      const found: SocketAddress[] = [];
      await right.awaited(new Ssdp(right).search(TARGET, 'right', (it) => found.push(it)).ended);
      expect(found).toEqual([{ address: 'fe80::1:2', port: 2, scope: 'right' }]);
    });

    test('does not find what the same process announces', async () => {
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      expect((await search(a, TARGET, ssdp)).found).toEqual([]);
      expect((await search(a)).found).toEqual([at(a, 3540)]);
    });

    test('ends at once when cancelled, also before it began', async () => {
      const ssdp = new Ssdp(a);
      const early = ssdp.search(TARGET, 'eth0', () => undefined);
      early.cancel();
      await a.awaited(early.ended);
      expect(counter(ssdp, 'sent')).toEqual({});
      const late = ssdp.search(TARGET, 'eth0', () => undefined);
      await net.time.advance(1000);
      late.cancel();
      late.cancel();
      await a.awaited(late.ended);
      expect(counter(ssdp, 'sent')).toEqual({ 'M-SEARCH': 2 });
      expect([a.clock.now(), sockets(a), net.time.pending(a)]).toEqual([1000, 0, 0]);
    });

    test('passes over answers that are wrong, useless, from another link, or too many', async () => {
      const { socket, heard } = await stranger(b, 1900);
      socket.join('ff02::c', 'eth0');
      const ssdp = new Ssdp(a);
      const found: string[] = [];
      const over = ssdp.search(TARGET, 'eth0', ({ address }) => found.push(address)).ended;
      await net.time.advance(400);
      const to = heard[0]?.from as SocketAddress;
      const answer = (address: string, target = TARGET): Uint8Array =>
        encode(ssdpMessage, { type: '200 OK', target, endpoint: { address, port: 3540 } });
      for (const address of ['::1', '::', 'ff02::1', '::ffff:10.0.0.1']) socket.send(answer(address), to);
      socket.send(answer('fe80::1', OTHER), to);
      socket.send(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), to);
      socket.send(question(), to);
      for (let n = 1; n <= 100; n++) socket.send(answer(`2001:db8::1:${n.toString(16)}`), to);
      await a.awaited(over);
      expect(found).toHaveLength(64);
      expect(counter(ssdp, 'dropped')).toEqual({
        'unusable endpoint': 4,
        'other target': 2,
        syntax: 1,
        'too many found': 36,
      });
    });

    test('works where another program holds port 1900 alone, and announcing fails quietly', async () => {
      const other = await a.datagrams.bind({ address: '::', port: 1900 }, () => undefined);
      new Ssdp(b).announce(TARGET, at(b, 3540), 'eth0');
      const ssdp = new Ssdp(a);
      const failed = ssdp.announce(TARGET, at(a, 3540), 'eth0');
      const { found } = await search(a, TARGET, ssdp);
      expect(found).toEqual([at(b, 3540)]);
      expect(ssdp.stats()).toMatchObject({ sent: { 'M-SEARCH': 2 }, errors: 1 });
      await failed.withdraw();
      await other.close();
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      expect((await search(b)).found).toContainEqual(at(a, 3540));
    });

    test('of an interface that is not there finds nothing, and of a target that is none is a fault', async () => {
      const ssdp = new Ssdp(a);
      const gone = ssdp.announce(TARGET, at(a, 3540), 'eth7');
      await a.awaited(ssdp.search(TARGET, 'eth7', () => undefined).ended);
      await gone.withdraw();
      expect(ssdp.stats()).toMatchObject({ errors: 1, held: { announcements: 0 } });
      expect(() => ssdp.search('a\r\nb', 'eth0', () => undefined)).toThrow(RangeError);
      expect(() => ssdp.announce('a\r\nb', at(a, 3540), 'eth0')).toThrow(RangeError);
    });
  });

  describe('an announcement', () => {
    test('is told twice at once, again before half of max-age is over, and taken back', async () => {
      const { socket, heard } = await stranger(b, 1900);
      socket.join('ff02::c', 'eth0');
      const announcement = new Ssdp(a).announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(7_200_000);
      expect(heard.map(({ message }) => message.type)).toEqual(Array(heard.length).fill('ssdp:alive'));
      const gaps = heard.slice(1).map(({ ms }, index) => ms - (heard[index]?.ms ?? 0));
      expect(heard.length).toBeGreaterThanOrEqual(4);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(7_200_000);
      expect(gaps[1]).toBeGreaterThan(3_500_000);
      await announcement.withdraw();
      await announcement.withdraw();
      await net.time.advance(20_000_000);
      const end = heard.filter(({ message }) => message.type === 'ssdp:byebye');
      expect(end.map(({ message }) => message)).toEqual([
        { type: 'ssdp:byebye', target: TARGET, endpoint: { address: linkLocalOf(a), port: 3540 } },
      ]);
      expect(heard.at(-1)).toBe(end[0]);
      expect([sockets(a), net.time.pending(a)]).toEqual([0, 0]);
    });

    test('withdrawn at once was never told', async () => {
      const { socket, heard } = await stranger(b, 1900);
      socket.join('ff02::c', 'eth0');
      await new Ssdp(a).announce(TARGET, at(a, 3540), 'eth0').withdraw();
      await net.time.advance(10_000);
      expect([heard, sockets(a)]).toEqual([[], 0]);
    });

    test.each([
      ['MX 1', 1, 1000],
      ['MX 3', 3, 3000],
      ['MX 120', 120, 3000],
      ['no MX', undefined, 1000],
    ])('is answered at random within the time of %s', async (_, maxWait, atMost) => {
      make({ latency: { min: 0, max: 0 } });
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      const { socket, heard } = await stranger(b);
      const waits: number[] = [];
      for (let n = 0; n < 40; n++) {
        const start = net.time.now;
        socket.send(question(maxWait), GROUP);
        await net.time.advance(4000);
        waits.push((heard[n]?.ms ?? Number.NaN) - start);
      }
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...waits)).toBeLessThan(atMost / 4);
      expect(Math.max(...waits)).toBeGreaterThan((3 * atMost) / 4);
      expect(Math.max(...waits)).toBeLessThanOrEqual(atMost);
      const endpoint = { address: linkLocalOf(a), port: 3540 };
      expect(heard[0]?.message).toMatchObject({ type: '200 OK', target: TARGET, endpoint });
    });

    test('is answered to a question for one address, and to ssdp:all with all that is announced', async () => {
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      ssdp.announce(OTHER, { address: '2001:db8::1', port: 3540 }, 'eth0');
      await net.time.advance(1000);
      const { socket, heard } = await stranger(b);
      socket.send(question(undefined, OTHER), at(a, 1900));
      await net.time.advance(4000);
      expect(heard.map(({ message }) => message.target)).toEqual([OTHER]);
      socket.send(question(3, 'ssdp:all'), GROUP);
      await net.time.advance(4000);
      expect(
        heard
          .slice(1)
          .map(({ message }) => message.target)
          .sort(),
      ).toEqual([OTHER, TARGET]);
      socket.send(question(3, 'upnp:rootdevice'), GROUP);
      await net.time.advance(4000);
      expect(heard).toHaveLength(3);
    });

    test('is not answered beyond the link', async () => {
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      const far = await b.datagrams.bind({ address: b.interfaces.list()[1]?.addresses[0] as string, port: 0 }, () => {
        throw new Error('answered');
      });
      far.send(question(3), GROUP);
      far.send(question(3), { address: '2001:db8::1', port: 1900 });
      await net.time.advance(5000);
      expect(counter(ssdp, 'dropped')).toMatchObject({ 'not from the link': 2 });
    });

    test('of two processes of one machine are both found', async () => {
      const [first, second] = [new Ssdp(a), new Ssdp(a)];
      const one = first.announce(TARGET, at(a, 3540), 'eth0');
      second.announce(TARGET, at(a, 3541), 'eth0');
      await net.time.advance(1000);
      const ports = async (): Promise<number[]> => (await search(b)).found.map(({ port }) => port).sort();
      expect(await ports()).toEqual([3540, 3541]);
      await one.withdraw();
      expect(await ports()).toEqual([3541]);
      await second.close();
      expect(await ports()).toEqual([]);
      expect(sockets(a)).toBe(0);
    });

    test('that is withdrawn gives no answer that was still to come', async () => {
      const ssdp = new Ssdp(a);
      const announcement = ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      const { socket, heard } = await stranger(b);
      for (let n = 0; n < 4; n++) {
        const more = await stranger(b);
        more.socket.send(question(3), GROUP);
      }
      socket.send(question(3), GROUP);
      await net.time.advance(50);
      const before = counter(ssdp, 'sent')['200 OK'] ?? 0;
      expect(counter(ssdp, 'held').answers).toBeGreaterThan(0);
      await announcement.withdraw();
      await net.time.advance(5000);
      expect([counter(ssdp, 'sent')['200 OK'] ?? 0, counter(ssdp, 'held').answers]).toEqual([before, 0]);
      expect(heard).toEqual([]);
    });
  });

  describe('hostile neighbours', () => {
    test('one asker in a flood gets one answer at a time, and four a second', async () => {
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      const { socket, heard } = await stranger(b);
      for (let n = 0; n < 1000; n++) socket.send(question(1), GROUP);
      await net.time.advance(5000);
      expect(heard).toHaveLength(1);
      for (let n = 0; n < 100; n++) {
        const asker = await stranger(b);
        asker.socket.send(question(1), GROUP);
      }
      await net.time.advance(5000);
      expect(counter(ssdp, 'sent')['200 OK']).toBe(5);
      expect(counter(ssdp, 'dropped')['too many searches']).toBe(96);
    });

    test('many askers get 32 answers in all, and later ones are served again', async () => {
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      const askers = await Promise.all(Array.from({ length: 320 }, () => stranger(net.host())));
      const ask = (): void => {
        for (const { socket } of askers) socket.send(question(3), GROUP);
      };
      ask();
      await net.time.advance(100);
      expect(counter(ssdp, 'held').answers).toBeLessThanOrEqual(32);
      await net.time.advance(5000);
      expect(counter(ssdp, 'sent')['200 OK']).toBe(32);
      expect(Object.values(counter(ssdp, 'dropped')).reduce((sum, it) => sum + it)).toBe(288);
      ask();
      await net.time.advance(5000);
      expect(counter(ssdp, 'sent')['200 OK']).toBe(64);
    });

    test('nonsense and answers at port 1900 are counted and change nothing', async () => {
      const ssdp = new Ssdp(a);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(1000);
      const { socket, heard } = await stranger(b);
      const endpoint = { address: 'fe80::77', port: 3540 };
      socket.send(new Uint8Array(60_000), GROUP);
      socket.send(new Uint8Array(0), GROUP);
      socket.send(encode(ssdpMessage, { type: '200 OK', target: TARGET, endpoint }), GROUP);
      socket.send(encode(ssdpMessage, { type: 'ssdp:byebye', target: TARGET, endpoint }), GROUP);
      socket.send(encode(ssdpMessage, { type: 'ssdp:alive', target: OTHER, endpoint }), GROUP);
      await net.time.advance(5000);
      expect(heard).toEqual([]);
      expect(counter(ssdp, 'dropped')).toEqual({ syntax: 2 });
    });
  });

  test('closing ends searches and announcements; abruptly without a word', async () => {
    const { socket, heard } = await stranger(b, 1900);
    socket.join('ff02::c', 'eth0');
    for (const abrupt of [false, true]) {
      const ssdp = new Ssdp(a);
      const { ended } = ssdp.search(TARGET, 'eth0', () => undefined);
      ssdp.announce(TARGET, at(a, 3540), 'eth0');
      await net.time.advance(100);
      await ssdp.close({ abrupt });
      await ended;
      expect(ssdp.stats()).toMatchObject({ held: { announcements: 0, answers: 0 } });
      await net.time.advance(100);
      expect([sockets(a), net.time.pending(a)]).toEqual([0, 0]);
    }
    expect(heard.filter(({ message }) => message.type === 'ssdp:byebye')).toHaveLength(1);
    await new Ssdp(a).close();
  });

  test('a machine that goes leaves its group', async () => {
    new Ssdp(a).announce(TARGET, at(a, 3540), 'eth0');
    await net.time.advance(1000);
    expect(net.groups.hosts('ff02::c', 'eth0')).toEqual([a]);
    a.crash();
    expect(net.groups.hosts('ff02::c', 'eth0')).toEqual([]);
  });
});
