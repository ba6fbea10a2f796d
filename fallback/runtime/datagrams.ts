import { createSocket, type Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { DatagramSocket, Datagrams, Interfaces, SocketAddress } from '../../lib/backend/contract/host.js';
import { fromText, literalLookup, notAnAddress, toText } from './socket-address.js';

export function realDatagrams(interfaces: Interfaces): Datagrams {
  return {
    bind: (local, receive) =>
      new Promise((resolve, reject) => {
        const address = toText(local);
        if (isIP(address) === 0 || !isPort(local.port)) throw notAnAddress(`${address} port ${local.port}`);
        const type = isIPv6(address) ? 'udp6' : 'udp4';
        const socket = createSocket({ type, ipv6Only: type === 'udp6', lookup: literalLookup });
        const fail = (error: Error) => {
          socket.close();
          reject(error);
        };
        socket.once('error', fail);
        socket.on('message', (bytes, from) => receive(bytes, fromText(from.address, from.port)));
        socket.bind({ address, port: local.port, exclusive: true }, () => {
          // What goes wrong from here on is about one datagram, and datagrams may be lost.
          socket.off('error', fail).on('error', () => undefined);
          resolve(wrap(socket, { ...local, port: socket.address().port }, interfaces));
        });
      }),
  };
}

function wrap(socket: Socket, local: SocketAddress, interfaces: Interfaces): DatagramSocket {
  let closed: Promise<void> | undefined;
  return {
    local,
    send(bytes, to) {
      const address = toText(to);
      if (closed !== undefined || isIP(address) === 0 || !isPort(to.port) || to.port === 0) return;
      socket.send(bytes, to.port, address, () => undefined);
    },
    join(group, interfaceName) {
      const it = interfaces.list().find(({ name }) => name === interfaceName);
      // The system would take any interface in place of one that it doesn't know.
      if (it === undefined) throw noInterface(interfaceName);
      if (isIPv6(group)) {
        socket.addMembership(group, `::%${interfaceName}`);
        socket.setMulticastInterface(`::%${interfaceName}`);
      } else
        socket.addMembership(
          group,
          it.addresses.find((address) => !isIPv6(address)),
        );
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

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 0xffff;
}

function noInterface(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no such network interface: ${name}`), { code: 'ENODEV' });
}
