import type { ByteStream, Credentials, Secure, SecureStream } from '../../../lib/backend/contract/host.js';

/** Length of the other side's certificate, before it. */
const LENGTH_BYTES = 4;

/**
 * A plain double of TLS: each side sends its leaf certificate in clear, then bytes pass as they are. It proves what
 * engines do with the result; TLS itself is proven over real sockets.
 */
export function virtualSecure(): Secure {
  return { client: exchange, server: exchange };
}

async function exchange(stream: ByteStream, credentials: Credentials): Promise<SecureStream> {
  const own = credentials.certificates[0] ?? new Uint8Array();
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(own.length);
  try {
    const sent = stream.write(Buffer.concat([length, own]));
    const [, { certificate, rest }] = await Promise.all([sent, receiveCertificate(stream)]);
    return secured(stream, certificate, rest);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function secured(stream: ByteStream, certificate: Uint8Array, rest: Uint8Array): SecureStream {
  let first: Uint8Array | undefined = rest.length > 0 ? rest : undefined;
  return {
    local: stream.local,
    remote: stream.remote,
    peerCertificate: certificate.length > 0 ? certificate : undefined,
    write: (bytes) => stream.write(bytes),
    async read() {
      const bytes = first ?? (await stream.read());
      first = undefined;
      return bytes;
    },
    close: () => stream.close(),
    destroy: () => stream.destroy(),
  };
}

async function receiveCertificate(stream: ByteStream): Promise<{ certificate: Uint8Array; rest: Uint8Array }> {
  let received = Buffer.alloc(0);
  for (;;) {
    const wanted = received.length < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + received.readUInt32BE();
    if (received.length >= LENGTH_BYTES && received.length >= wanted) {
      return { certificate: received.subarray(LENGTH_BYTES, wanted), rest: received.subarray(wanted) };
    }
    const bytes = await stream.read();
    if (bytes === undefined) throw new Error('the other side ended the connection before its certificate');
    received = Buffer.concat([received, bytes]);
  }
}
