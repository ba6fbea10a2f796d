import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ByteStream, SocketAddress, StreamListener, Streams, Trace } from '../../lib/backend/contract/host.js';
import { DuplexStream } from './duplex-stream.js';
import { withoutZone, withZone } from './zones.js';

export function createStreams(trace: Trace): Streams {
  return {
    listen: (local, accept) =>
      new Promise((resolve, reject) => {
        const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
          // Gone already, before we could ask for its address.
          if (socket.remoteAddress === undefined) socket.destroy();
          else accept(streamOf(socket));
        });
        server.once('error', reject);
        server.listen({ host: withZone(local), port: local.port, exclusive: true, ipv6Only: true }, () => {
          server.off('error', reject);
          server.on('error', (error) => trace('streams', 'listener-error', () => ({ local, message: error.message })));
          const bound = server.address() as { port: number };
          resolve(new TcpListener(server, { ...local, port: bound.port }));
        });
      }),

    connect: (remote, { signal } = {}) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const socket = connect({ host: withZone(remote), port: remote.port, allowHalfOpen: true, noDelay: true });
        const fail = (error: unknown) => {
          signal?.removeEventListener('abort', abort);
          socket.off('connect', succeed).destroy();
          reject(error);
        };
        const abort = () => fail(signal?.reason);
        const succeed = () => {
          signal?.removeEventListener('abort', abort);
          const stream = streamOf(socket);
          socket.off('error', fail);
          resolve(stream);
        };
        signal?.addEventListener('abort', abort);
        socket.once('error', fail).once('connect', succeed);
      }),
  };
}

class TcpListener implements StreamListener {
  readonly local: SocketAddress;
  readonly #server: Server;

  constructor(server: Server, local: SocketAddress) {
    this.#server = server;
    this.local = local;
  }

  hold(alive: boolean): void {
    if (alive) this.#server.ref();
    else this.#server.unref();
  }

  /** The port is free at once; the server's own callback would wait for every connection. */
  async close(): Promise<void> {
    this.#server.close();
  }
}

function streamOf(socket: Socket): ByteStream {
  const local = withoutZone(socket.localAddress ?? '', socket.localPort ?? 0);
  return new DuplexStream(socket, local, withoutZone(socket.remoteAddress ?? '', socket.remotePort ?? 0));
}
