import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DatagramSocket, Datagrams, SocketAddress } from '../../lib/backend/contract/host.js';

export function realDatagrams(): Datagrams {
  return {
    bind: (local, receive) =>
      new Promise((resolve, reject) => {
        const socket = createSocket({ type: isIPv6(local.address) ? 'udp6' : 'udp4', ipv6Only: true });
        socket.once('error', reject);
        socket.on('message', (bytes, { address, port }) => receive(bytes, fromText(address, port)));
        socket.bind({ address: toText(local), port: local.port, exclusive: true }, () => {
          // What goes wrong from here on is about one datagram, and datagrams may be lost.
          socket.off('error', reject).on('error', () => undefined);
          resolve(wrap(socket, { ...local, port: socket.address().port }));
        });
      }),
  };
}

function wrap(socket: Socket, local: SocketAddress): DatagramSocket {
  let closed: Promise<void> | undefined;
  return {
    local,
    send(bytes, to) {
      if (closed === undefined) socket.send(bytes, to.port, toText(to), () => undefined);
    },
    join(group, interfaceName) {
      // IPv6 multicast always needs the interface, or the system takes any.
      socket.addMembership(group, isIPv6(group) ? `::%${interfaceName}` : interfaceName);
      if (isIPv6(group)) socket.setMulticastInterface(`::%${interfaceName}`);
    },
    hold(alive) {
      if (alive) socket.ref();
      else socket.unref();
    },
    close() {
      closed ??= new Promise((resolve) => socket.close(resolve));
      return closed;
    },
  };
}

/** Node.js writes the interface behind a percent sign. */
function toText({ address, scope }: SocketAddress): string {
  return scope === undefined ? address : `${address}%${scope}`;
}

function fromText(text: string, port: number): SocketAddress {
  const [address = text, scope] = text.split('%');
  return scope === undefined ? { address, port } : { address, port, scope };
}
