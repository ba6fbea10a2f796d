import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DatagramSocket, Datagrams, SocketAddress, Trace } from '../../lib/backend/contract/host.js';
import { systemError } from './system-error.js';
import { withoutZone, withZone, zoneOf } from './zones.js';

/** Each socket serves one family: an IPv6 socket never sees IPv4 in disguise. */
export function createDatagrams(trace: Trace): Datagrams {
  return {
    bind: (local, receive) =>
      new Promise((resolve, reject) => {
        const socket = createSocket({ type: isIPv4(local.address) ? 'udp4' : 'udp6', ipv6Only: true, lookup });
        socket.once('error', (error) => {
          socket.close();
          reject(error);
        });
        socket.bind({ address: withZone(local), port: local.port, exclusive: true }, () => {
          socket.removeAllListeners('error');
          socket.on('error', (error) => trace('datagrams', 'socket-error', () => ({ local, code: codeOf(error) })));
          socket.on('message', (bytes, from: RemoteInfo) => receive(bytes, withoutZone(from.address, from.port)));
          resolve(new UdpSocket(socket, trace, { ...local, port: socket.address().port }));
        });
      }),
  };
}

/** Addresses are never names. Answering at once makes `send` reach the system before it returns. */
function lookup(address: string, _: unknown, done: (error: null, address: string, family: number) => void): void {
  done(null, address, isIPv4(address) ? 4 : 6);
}

class UdpSocket implements DatagramSocket {
  readonly local: SocketAddress;
  readonly #socket: Socket;
  readonly #trace: Trace;
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, trace: Trace, local: SocketAddress) {
    this.#socket = socket;
    this.#trace = trace;
    this.local = local;
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (this.#closed) return;
    const unsent = (error: Error | null) => {
      if (error) this.#trace('datagrams', 'unsent', () => ({ to, length: bytes.length, code: codeOf(error) }));
    };
    try {
      if (isIPv4(to.address)) {
        // IPv4 has no zones: the interface of a multicast datagram is a state of the socket.
        if (to.scope !== undefined) this.#socket.setMulticastInterface(ipv4AddressOf(to.scope));
        this.#socket.send(bytes, to.port, to.address, unsent);
      } else {
        this.#socket.send(bytes, to.port, withZone(to), unsent);
      }
    } catch (error) {
      unsent(error as Error);
    }
  }

  join(group: string, interfaceName: string): void {
    try {
      this.#socket.addMembership(group, isIPv4(group) ? ipv4AddressOf(interfaceName) : `::%${zoneOf(interfaceName)}`);
    } catch (error) {
      // Already a member.
      if (codeOf(error) !== 'EADDRINUSE') throw error;
    }
  }

  hold(alive: boolean): void {
    if (alive) this.#socket.ref();
    else this.#socket.unref();
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(resolve));
    return this.#closed;
  }
}

function ipv4AddressOf(interfaceName: string): string {
  const found = networkInterfaces()[interfaceName]?.find((info) => info.family === 'IPv4');
  if (found === undefined) throw systemError('ENODEV', `${interfaceName} has no IPv4 address`);
  return found.address;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
