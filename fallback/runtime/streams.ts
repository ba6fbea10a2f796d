import { connect, createServer, isIP, isIPv6, type Socket } from 'node:net';
import type { Interfaces, SocketAddress, StreamListener, Streams } from '../../lib/backend/contract/host.js';
import { DuplexByteStream } from './duplex-byte-stream.js';
import { type AddressText, addressText, literalLookup, notAnAddress } from './socket-address.js';

const OPTIONS = { allowHalfOpen: true, noDelay: true } as const;

export function realStreams(interfaces: Interfaces): Streams {
  const texts = addressText(interfaces);
  return {
    listen: (local, accept) => listen(texts, local, accept),
    connect: (remote, options) => open(texts, remote, options),
  };
}

const listen = (texts: AddressText, ...[local, accept]: Parameters<Streams['listen']>): Promise<StreamListener> =>
  new Promise((resolve, reject) => {
    const host = texts.toText(local);
    if (isIP(host) === 0) throw notAnAddress(host);
    const server = createServer(OPTIONS, (socket) => {
      const ends = endsOf(socket, texts);
      if (ends === undefined) socket.destroy();
      else accept(new TcpStream(socket, ends));
    });
    // Once it listens, an error is about one connection that could not be accepted, and rejects nothing.
    server.on('error', reject);
    server.listen({ host, port: local.port, ipv6Only: isIPv6(host), exclusive: true }, () => {
      const { port } = server.address() as { readonly port: number };
      const listener: StreamListener = {
        local: { ...local, port },
        hold(alive) {
          if (alive) server.ref();
          else server.unref();
        },
        async close() {
          // Listening ends at once; the callback would wait for the open connections.
          server.close();
        },
      };
      resolve(listener);
    });
  });

const open = (
  texts: AddressText,
  ...[remote, { signal } = {}]: Parameters<Streams['connect']>
): ReturnType<Streams['connect']> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = connect({ ...OPTIONS, host: texts.toText(remote), port: remote.port, lookup: literalLookup });
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    };
    const abort = () => {
      socket.destroy();
      fail(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    socket.on('error', fail);
    socket.once('connect', () => {
      signal?.removeEventListener('abort', abort);
      const ends = endsOf(socket, texts);
      if (ends !== undefined) return resolve(new TcpStream(socket, ends));
      socket.destroy();
      fail(Object.assign(new Error('the connection was reset at once'), { code: 'ECONNRESET' }));
    });
  });

class TcpStream extends DuplexByteStream {
  readonly #socket: Socket;

  constructor(socket: Socket, ends: Ends) {
    super(socket, ends);
    this.#socket = socket;
  }

  override destroy(): void {
    breakOff(this.#socket);
  }
}

/**
 * A reset tells the other side that this is no orderly end. Once all has been written and the end is on its way, it would
 * only lose bytes; and libuv refuses it then, after which Node.js would never close the socket.
 */
export function breakOff(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded && socket.writableLength === 0) socket.destroy();
  else socket.resetAndDestroy();
}

export interface Ends {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** Undefined where the connection has broken already. */
export function endsOf(socket: Socket, { fromText }: AddressText): Ends | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { local: fromText(localAddress, localPort), remote: fromText(remoteAddress, remotePort) };
}
