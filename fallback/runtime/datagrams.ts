import { createSocket, type Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { DatagramSocket, Datagrams, Interfaces, SocketAddress } from '../../lib/backend/contract/host.js';
import { isGroup } from './address-kind.js';
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
  /** Some systems go by the scope of a group's address, where it is of IPv6; others by what is set here. */
  const leaveBy = (interfaceName: string, group: string): boolean => {
    try {
      socket.setMulticastInterface(multicastInterface(interfaces, texts, interfaceName, group).text);
      return true;
    } catch {
      return false;
    }
  };
  return {
    local,
    send(bytes, to) {
      const group = isGroup(to.address);
      const address = group && !isIPv6(to.address) ? to.address : texts.toText(to);
      if (closed !== undefined || isIP(address) === 0 || !isPort(to.port) || to.port === 0) return;
      if (group && to.scope !== undefined && !leaveBy(to.scope, to.address)) return;
      socket.send(bytes, to.port, address, () => undefined);
    },
    join(group, interfaceName) {
      const { text, index } = multicastInterface(interfaces, texts, interfaceName, group);
      // An interface that went and came again has another number, or got its address anew, and has to be joined again.
      const membership = `${group} ${text} ${index}`;
      if (joined.has(membership)) return;
      try {
        socket.addMembership(group, text);
      } catch (error) {
        // The interface has another address than before, and the membership still.
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
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

/** How Node.js calls an interface where a group is concerned: one of IPv4 by an address that it has. */
function multicastInterface(
  interfaces: Interfaces,
  texts: AddressText,
  name: string,
  group: string,
): { readonly text: string; readonly index: number } {
  // The system would take any interface in place of one that it doesn't know.
  const it = interfaces.list().find((known) => known.name === name);
  if (it === undefined) throw systemError('ENODEV', `no such network interface: ${name}`);
  const own = it.addresses.find((address) => isIPv6(address) === isIPv6(group));
  if (own === undefined) throw systemError('EADDRNOTAVAIL', `${name} has no address for ${group}`);
  const text = isIPv6(group) ? texts.toText({ address: '::', port: 0, scope: name }) : own;
  return { text, index: it.index };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 0xffff;
}

function systemError(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
