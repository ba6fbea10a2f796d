import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect, createServer, isIP, isIPv6, type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock, Interfaces, SocketAddress } from '../../lib/backend/contract/host.js';
import type { Http, HttpListener, HttpServerOptions } from '../../lib/backend/contract/http.js';
import { HttpConnections } from './http-connections.js';
import { exchange } from './http-exchange.js';
import { type AddressText, addressText, notAnAddress } from './socket-address.js';
import { breakOff, endsOf } from './streams.js';

/** Connections that are kept to one server, and for how long: less than servers wait for a next request. */
const KEPT = { keepAlive: true, maxFreeSockets: 16, timeout: 4000 } as const;

/** More than an answer with a block of 64 KB. */
const ROOM = 0x4_0000;

/** node:http. Only exchanges that are under way keep the process alive, not the connections that are kept. */
export function realHttp(interfaces: Interfaces, clock: Clock): Http {
  const texts = addressText(interfaces);
  const agents = { plain: new FrugalAgent(KEPT), tls: new HttpsAgent(KEPT) };
  return {
    serve: (local, options, answer) => serve(texts, local, options, new HttpConnections(clock, options, answer)),
    exchange: (remote, call) => {
      const to = { host: texts.toText(remote), port: remote.port };
      const { tls } = remote;
      if (tls === undefined) {
        return exchange((request) => httpRequest({ ...request, ...to, agent: agents.plain }), remote, call);
      }
      const { roots, serverName = remote.address } = tls;
      // An address is no name that a client may ask for, yet it is checked.
      const trust = {
        ...(roots === undefined ? {} : { ca: roots }),
        ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      };
      return exchange((request) => httpsRequest({ ...request, ...to, ...trust, agent: agents.tls }), remote, call);
    },
  };
}

/**
 * Bytes come in through memory that all connections share, and are copied from there. Node.js would set aside 64 KB for each
 * piece, so that an answer with a block in it were in two of them and would have to be put together.
 */
class FrugalAgent extends HttpAgent {
  readonly #room = new Uint8Array(ROOM);

  override createConnection(options: NetConnectOpts): Socket {
    const callback = (length: number): boolean => socket.push(Buffer.from(this.#room.subarray(0, length)));
    const socket: Socket = connect({ ...options, onread: { buffer: this.#room, callback } });
    return socket;
  }
}

async function serve(
  texts: AddressText,
  local: SocketAddress,
  { tls, maxConnections }: HttpServerOptions,
  connections: HttpConnections,
): Promise<HttpListener> {
  const host = texts.toText(local);
  if (isIP(host) === 0) throw notAnAddress(host);
  const secureContext = tls && createSecureContext({ cert: tls.certificate, key: tls.privateKey });
  const server = createServer({ noDelay: true }, (socket) => {
    const ends = endsOf(socket, texts);
    if (ends === undefined) return socket.destroy();
    const hold = (alive: boolean) => void (alive ? socket.ref() : socket.unref());
    connections.accept({ ...ends, carrier: carry(socket, secureContext), hold, destroy: () => breakOff(socket) });
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    // Once it listens, an error is about one connection that could not be accepted, and rejects nothing.
    server.on('error', reject);
    server.listen({ host, port: local.port, ipv6Only: isIPv6(host), exclusive: true }, resolve);
  });
  const { port } = server.address() as { readonly port: number };
  return {
    local: { ...local, port },
    hold(alive) {
      if (alive) server.ref();
      else server.unref();
      connections.hold(alive);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.close();
      }),
  };
}

async function carry(socket: Socket, secureContext: SecureContext | undefined): Promise<Duplex> {
  if (secureContext === undefined) return socket;
  return new Promise((resolve, reject) => {
    const secured = new TLSSocket(socket, { secureContext, isServer: true });
    secured.on('error', reject);
    secured.once('secure', () => resolve(secured));
    secured.once('close', () => reject(new Error('the connection ended within the TLS handshake')));
  });
}
