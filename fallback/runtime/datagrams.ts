import { createSocket, type Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { DatagramSocket, Datagrams, Interfaces, SocketAddress } from '../../lib/backend/contract/host.js';
import { type AddressText, addressText, literalLookup, notAnAddress } from './socket-address.js';

export function realDatagrams(interfaces: Interfaces): Datagrams {
  const texts = addressText(interfaces);
  return {
    bind: (local, receive, { shared = false } = {}) =>
      new Promise((resolve, reject) => {
        const address = texts.toText(local);
        if (isIP(address) === 0 || !isPort(local.port)) throw notAnAddress(`${address} port ${local.port}`);
        const type = isIPv6(address) ? 'udp6' : 'udp4';
        const socket = createSocket({ type, ipv6Only: type === 'udp6', reuseAddr: shared, lookup: literalLookup });
        const fail = (error: Error) => {
          socket.close();
          reject(error);
        };
        socket.once('error', fail);
        socket.on('message', (bytes, from) => receive(bytes, texts.fromText(from.address, from.port)));
        socket.bind({ address, port: local.port, exclusive: true }, () => {
          // What goes wrong from here on is about one datagram, and datagrams may be lost.
          socket.off('error', fail).on('error', () => undefined);
          resolve(wrap(socket, { ...local, port: socket.address().port }, interfaces, texts));
        });
      }),
  };
}

function wrap(socket: Socket, local: SocketAddress, interfaces: Interfaces, texts: AddressText): DatagramSocket {
  let closed: Promise<void> | undefined;
  const joined = new Set<string>();
  /** Some systems go by the scope of a group's address, others by what is set here. */
  const canLeaveBy = (interfaceName: string): boolean => {
    // The system would take any interface in place of one that it doesn't know.
    if (!interfaces.list().some(({ name }) => name === interfaceName)) return false;
    try {
      socket.setMulticastInterface(texts.toText({ address: '::', port: 0, scope: interfaceName }));
      return true;
    } catch {
      return false;
    }
  };
  return {
    local,
    send(bytes, to) {
      const address = texts.toText(to);
      if (closed !== undefined || isIP(address) === 0 || !isPort(to.port) || to.port === 0) return;
      if (to.scope !== undefined && to.address.startsWith('ff') && !canLeaveBy(to.scope)) return;
      socket.send(bytes, to.port, address, () => undefined);
    },
    join(group, interfaceName) {
      const it = interfaces.list().find(({ name }) => name === interfaceName);
      if (it === undefined) throw noInterface(interfaceName);
      // An interface that went and came again has another number, and has to be joined again.
      const membership = `${group} ${interfaceName} ${it.index}`;
      if (joined.has(membership)) return;
      const local = isIPv6(group)
        ? texts.toText({ address: '::', port: 0, scope: interfaceName })
        : it.addresses.find((address) => !isIPv6(address));
      socket.addMembership(group, local);
      joined.add(membership);
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
