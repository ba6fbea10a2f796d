import { describe, expect, test } from 'vitest';
import type { DatagramSocket, Host, SocketAddress } from '#lib/backend/contract/host';

const HERE = { address: '::1', port: 0 };

interface Inbox {
  readonly socket: DatagramSocket;
  readonly next: Promise<readonly [Uint8Array, SocketAddress]>;
}

async function inbox(host: Host): Promise<Inbox> {
  let arrived: (datagram: readonly [Uint8Array, SocketAddress]) => void = () => undefined;
  const next: Inbox['next'] = new Promise((resolve) => {
    arrived = resolve;
  });
  const socket = await host.awaited(host.datagrams.bind(HERE, (bytes, from) => arrived([bytes, from])));
  return { socket, next };
}

/** Whoever sends what, in the order of arrival, for a socket that may share its port. */
async function sharer(
  host: Host,
  port: number,
  address = '::',
): Promise<{ socket: DatagramSocket; heard(count: number): Promise<string[]> }> {
  const heard: string[] = [];
  let look: () => void = () => undefined;
  const receive = (bytes: Uint8Array, { scope }: SocketAddress): void => {
    heard.push(`${Buffer.from(bytes)} by ${scope}`);
    look();
  };
  const socket = await host.awaited(host.datagrams.bind({ address, port }, receive, { shared: true }));
  return {
    socket,
    heard: (count) =>
      host.awaited(
        new Promise((resolve) => {
          look = () => heard.length >= count && resolve(heard);
          look();
        }),
      ),
  };
}

/** An interface that carries multicast, for each family, where there is one. */
export interface MulticastLinks {
  readonly ipv6: string | undefined;
  readonly ipv4: string | undefined;
}

export function datagramsSuite(title: string, make: () => Host, links: MulticastLinks): void {
  describe(title, () => {
    test('a datagram arrives with its sender', async () => {
      const host = make();
      const a = await inbox(host);
      const b = await inbox(host);
      a.socket.send(Uint8Array.of(1, 2, 3), b.socket.local);
      const [bytes, from] = await host.awaited(b.next);
      expect([...bytes]).toEqual([1, 2, 3]);
      expect(from).toEqual(a.socket.local);
      await host.awaited(Promise.all([a.socket.close(), b.socket.close()]));
    });

    test('port 0 takes a free one, which another can’t take', async () => {
      const host = make();
      const { socket } = await inbox(host);
      expect(socket.local.port).toBeGreaterThan(0);
      await expect(host.awaited(host.datagrams.bind(socket.local, () => undefined))).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
      await host.awaited(socket.close());
    });

    test('an address that is not here is refused', async () => {
      const host = make();
      const bound = host.datagrams.bind({ address: '2001:db8:dead::1', port: 0 }, () => undefined);
      await expect(host.awaited(bound)).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    });

    test.each([
      ['an unreachable address', { address: '2001:db8::1', port: 9 }],
      ['port 0', { address: '::1', port: 0 }],
      ['no port at all', { address: '::1', port: 70_000 }],
      ['a name', { address: 'localhost', port: 9 }],
      ['an empty text', { address: '', port: 9 }],
      ['the other family', { address: '127.0.0.1', port: 9 }],
      ['a group on a link that is not there', { address: 'ff02::c', port: 9, scope: 'nowhere0' }],
      ['a group of the other family', { address: '239.255.255.250', port: 9, scope: 'lo' }],
      ['a link that is not there', { address: 'fe80::1', port: 9, scope: 'nowhere0' }],
    ])('what goes to %s is lost, and the socket works on', async (_, to) => {
      const host = make();
      const { socket, next } = await inbox(host);
      socket.send(Uint8Array.of(1), to);
      socket.send(Uint8Array.of(2), socket.local);
      expect([...(await host.awaited(next))[0]]).toEqual([2]);
      await host.awaited(socket.close());
    });

    test('too much for a datagram is lost', async () => {
      const host = make();
      const { socket, next } = await inbox(host);
      socket.send(new Uint8Array(70_000), socket.local);
      socket.send(Uint8Array.of(2), socket.local);
      expect((await host.awaited(next))[0].length).toBe(1);
      await host.awaited(socket.close());
    });

    test('a port is shared by those who all ask for it, and what is sent to one address comes to one of them', async () => {
      const host = make();
      const first = await sharer(host, 0);
      const { port } = first.socket.local;
      const alone = host.awaited(host.datagrams.bind({ address: '::', port }, () => undefined));
      await expect(alone).rejects.toMatchObject({ code: 'EADDRINUSE' });
      const second = await sharer(host, port);
      expect(second.socket.local).toEqual(first.socket.local);
      first.socket.send(Buffer.from('one'), { address: '::1', port });
      const heard = await host.awaited(Promise.race([first.heard(1), second.heard(1)]));
      expect(heard).toEqual(['one by undefined']);
      await host.awaited(Promise.all([first.socket.close(), second.socket.close()]));
      const again = await host.awaited(host.datagrams.bind({ address: '::', port }, () => undefined));
      const joins = host.awaited(host.datagrams.bind({ address: '::', port }, () => undefined, { shared: true }));
      await expect(joins).rejects.toMatchObject({ code: 'EADDRINUSE' });
      await host.awaited(again.close());
    });

    describe.each([
      ['IPv6', links.ipv6, 'ff02::114', '::'],
      ['IPv4', links.ipv4, '239.255.1.14', '0.0.0.0'],
    ])('a group of %s', (_, link, group, every) => {
      test.skipIf(link === undefined)('comes to each socket of the machine that joined (needs multicast)', async () => {
        const host = make();
        const scope = link as string;
        const join = (port = 0) => sharer(host, port, every);
        const [first, second, sender] = [await join(), await join(), await join()];
        const { port } = first.socket.local;
        const third = await join(port);
        for (const { socket } of [first, second, third]) {
          socket.join(group, scope);
          socket.join(group, scope);
        }
        // Senders of IPv4 have no scope.
        const by = every === '::' ? scope : undefined;
        sender.socket.send(Buffer.from('lost'), { address: group, port, scope: 'nowhere0' });
        for (const text of ['one', 'two']) sender.socket.send(Buffer.from(text), { address: group, port, scope });
        for (const { heard } of [first, third]) {
          expect((await heard(2)).sort()).toEqual([`one by ${by}`, `two by ${by}`]);
        }
        expect(await second.heard(0)).toEqual([]);
        await host.awaited(third.socket.close());
        sender.socket.send(Buffer.from('three'), { address: group, port, scope });
        expect((await first.heard(3)).at(-1)).toBe(`three by ${by}`);
        expect(await third.heard(2)).toHaveLength(2);
        await host.awaited(Promise.all([first, second, sender].map(({ socket }) => socket.close())));
      });

      test('is joined on an interface that exists', async () => {
        const host = make();
        const { socket } = await sharer(host, 0, every);
        expect(() => socket.join(group, 'nowhere0')).toThrow(expect.objectContaining({ code: 'ENODEV' }));
        await host.awaited(socket.close());
      });
    });

    test('closing twice and sending after it are nothing', async () => {
      const host = make();
      const { socket } = await inbox(host);
      await host.awaited(socket.close());
      await host.awaited(socket.close());
      socket.hold(false);
      expect(() => socket.send(Uint8Array.of(1), socket.local)).not.toThrow();
    });
  });
}
