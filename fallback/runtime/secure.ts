import { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { ByteStream, Credentials, Secure, SecureStream } from '../../lib/backend/contract/host.js';
import { DuplexStream } from './duplex-stream.js';
import { systemError } from './system-error.js';

/** TLS proves here that each side holds its key; what the certificates say is for the protocols to judge. */
export function createSecure(): Secure {
  return {
    client: async (stream, credentials) => {
      const secureContext = contextOf(credentials);
      const socket = connect({ socket: duplexOf(stream), secureContext, rejectUnauthorized: false });
      return handshake(socket, 'secureConnect', stream);
    },
    server: async (stream, credentials) => {
      const secureContext = contextOf(credentials);
      const options = { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false };
      return handshake(new TLSSocket(duplexOf(stream), options), 'secure', stream);
    },
  };
}

class TlsStream extends DuplexStream implements SecureStream {
  readonly peerCertificate: Uint8Array | undefined;

  constructor(socket: TLSSocket, below: ByteStream) {
    super(socket, below.local, below.remote);
    this.peerCertificate = socket.getPeerX509Certificate()?.raw;
  }
}

function handshake(socket: TLSSocket, done: 'secure' | 'secureConnect', below: ByteStream): Promise<SecureStream> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error) => {
      below.destroy();
      reject(error ?? systemError('ECONNRESET', 'the connection broke during the TLS handshake'));
    };
    const ended = () => fail();
    socket.once('error', fail).once('close', ended);
    socket.once(done, () => {
      const stream = new TlsStream(socket, below);
      socket.off('error', fail).off('close', ended);
      resolve(stream);
    });
  });
}

/** The stream as node:tls wants it. */
function duplexOf(stream: ByteStream): Duplex {
  return new Duplex({
    read() {
      stream.read().then(
        (chunk) => this.push(chunk ?? null),
        (error) => this.destroy(error),
      );
    },
    write: (chunk: Uint8Array, _encoding, done) => void stream.write(chunk).then(() => done(), done),
    final: (done) => void stream.close().then(() => done(), done),
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
}

function contextOf(credentials: Credentials): SecureContext {
  return createSecureContext({
    key: pem('PRIVATE KEY', credentials.privateKey),
    cert: credentials.certificates.map((certificate) => pem('CERTIFICATE', certificate)).join(''),
    minVersion: credentials.minVersion,
    maxVersion: credentials.maxVersion,
    ...(credentials.ciphers === undefined ? {} : { ciphers: credentials.ciphers }),
  });
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
