import { X509Certificate } from 'node:crypto';
import { Agent, type ClientRequestArgs, request as httpRequest } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteStream, Credentials, Host } from '../../../lib/backend/contract/host.js';
import type { Http, HttpClientTls, HttpRemote } from '../../../lib/backend/contract/http.js';
import { duplexOf } from '../byte-stream-duplex.js';
import { HttpConnections } from '../http-connections.js';
import { exchange } from '../http-exchange.js';
import { systemError } from './virtual-host.js';

type Ports = Pick<Host, 'clock' | 'dns' | 'secure' | 'streams'>;

/**
 * node:http over virtual streams: the same bytes on the wire as in the real form. In place of TLS the server shows its
 * certificate in clear.
 */
export function virtualHttp(ports: Ports): Http {
  const agent = new VirtualAgent(ports);
  return {
    async serve(local, options, answer) {
      const connections = new HttpConnections(ports.clock, options, answer);
      const certificates = options.tls === undefined ? undefined : [new X509Certificate(options.tls.certificate).raw];
      const listener = await ports.streams.listen(local, (stream) =>
        connections.accept({
          local: stream.local,
          remote: stream.remote,
          carrier: carry(ports, stream, certificates),
          hold: () => undefined,
          destroy: () => stream.destroy(),
        }),
      );
      return {
        local: listener.local,
        hold: () => undefined,
        async close() {
          await listener.close();
          connections.close();
        },
      };
    },
    exchange: (remote, call) =>
      exchange((request) => httpRequest({ ...request, agent, remote } as ClientRequestArgs), remote, call),
  };
}

async function carry({ secure }: Ports, stream: ByteStream, certificates?: readonly Uint8Array[]): Promise<Duplex> {
  return socketOf(certificates === undefined ? stream : await secure.server(stream, credentials(certificates)));
}

/** Keeps connections as Node.js does, on virtual streams. */
class VirtualAgent extends Agent {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    super({ keepAlive: true });
    this.#ports = ports;
  }

  override getName(options?: object): string {
    const { address, port, scope, tls } = remoteOf(options);
    return JSON.stringify([address, port, scope, tls]);
  }

  override createConnection(options: object, done?: (error: Error | null, socket: Duplex) => void): undefined {
    this.#connect(remoteOf(options)).then(
      (stream) => done?.(null, socketOf(stream)),
      (error) => done?.(error, undefined as unknown as Duplex),
    );
  }

  async #connect({ address: name, port, scope, tls }: HttpRemote): Promise<ByteStream> {
    const { dns, secure, streams } = this.#ports;
    const address = isIP(name) === 0 ? ((await dns.resolve6(name))[0] ?? name) : name;
    const stream = await streams.connect({ address, port, ...(scope === undefined ? {} : { scope }) });
    if (tls === undefined) return stream;
    const secured = await secure.client(stream, credentials([]));
    if (secured.peerCertificate !== undefined && isTrusted(secured.peerCertificate, tls, name)) return secured;
    stream.destroy();
    throw systemError('CERT_UNTRUSTED', `the certificate of ${name} is not trusted`);
  }
}

function remoteOf(options: object | undefined): HttpRemote {
  return (options as { readonly remote: HttpRemote }).remote;
}

/** With what agents and servers ask of a socket of node:net. */
function socketOf(stream: ByteStream): Duplex {
  const duplex = duplexOf(stream);
  const nothing = () => undefined;
  return Object.assign(duplex, {
    setKeepAlive: nothing,
    setTimeout: nothing,
    ref: nothing,
    unref: nothing,
    destroySoon: () => void duplex.end(() => duplex.destroy()),
  });
}

function isTrusted(der: Uint8Array, { roots = '', serverName }: HttpClientTls, address: string): boolean {
  const certificate = new X509Certificate(der);
  const name = serverName ?? address;
  const named = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  const trusted = roots.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return (
    named !== undefined &&
    trusted.some((pem) => {
      const root = new X509Certificate(pem);
      return root.raw.equals(der) || (certificate.checkIssued(root) && certificate.verify(root.publicKey));
    })
  );
}

/** The double of TLS looks at nothing else. */
function credentials(certificates: readonly Uint8Array[]): Credentials {
  return { privateKey: new Uint8Array(), certificates, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };
}
