import type { Duplex } from 'node:stream';
import { connect, createSecureContext, DEFAULT_CIPHERS, TLSSocket } from 'node:tls';
import type { ByteStream, Credentials, Secure, SecureStream } from '../../lib/backend/contract/host.js';
import { duplexOf } from './byte-stream-duplex.js';
import { DuplexByteStream } from './duplex-byte-stream.js';

/** TLS of node:tls. Whom the certificates belong to is for the protocols to check, so nothing is verified here. */
export function realSecure(): Secure {
  return {
    client: (stream, credentials) =>
      establish(stream, (socket) => connect({ socket, ...options(credentials), rejectUnauthorized: false })),
    server: (stream, credentials) =>
      establish(stream, (socket) => {
        const { minVersion, maxVersion, ...rest } = options(credentials);
        const secureContext = createSecureContext({ minVersion, maxVersion, ...rest });
        return new TLSSocket(socket, { secureContext, isServer: true, requestCert: true, rejectUnauthorized: false });
      }),
  };
}

async function establish(stream: ByteStream, start: (duplex: Duplex) => TLSSocket): Promise<SecureStream> {
  try {
    const socket = start(duplexOf(stream));
    await new Promise<void>((resolve, reject) => {
      socket.once('secure', resolve);
      socket.on('error', reject);
      const ended = () => reject(new Error('the connection ended within the TLS handshake'));
      // A half-open connection that the other side has ended does not close by itself.
      socket.once('end', ended).once('close', ended);
    });
    return new TlsStream(socket, stream);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

class TlsStream extends DuplexByteStream implements SecureStream {
  readonly peerCertificate: Uint8Array | undefined;

  constructor(socket: TLSSocket, below: ByteStream) {
    super(socket, below);
    this.peerCertificate = socket.getPeerX509Certificate()?.raw;
  }
}

function options({ privateKey, certificates, minVersion, maxVersion, ciphers = DEFAULT_CIPHERS }: Credentials) {
  return {
    key: pem('PRIVATE KEY', privateKey),
    cert: certificates.map((it) => pem('CERTIFICATE', it)).join(''),
    minVersion,
    maxVersion,
    // Level 0: identities are RSA-1024 with SHA-1 in every version of TLS, and 1.0 is SHA-1 itself.
    ciphers: ciphers.includes('@SECLEVEL=') ? ciphers : `${ciphers}:@SECLEVEL=0`,
  };
}

function pem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;
}
