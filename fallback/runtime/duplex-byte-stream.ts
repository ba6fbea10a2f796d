import type { Duplex } from 'node:stream';
import type { ByteStream, SocketAddress } from '../../lib/backend/contract/host.js';

/** The contract's stream over one of Node.js: a TCP connection, or TLS on top of one. */
export class DuplexByteStream implements ByteStream {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #duplex: Duplex;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(duplex: Duplex, { local, remote }: { readonly local: SocketAddress; readonly remote: SocketAddress }) {
    this.local = local;
    this.remote = remote;
    this.#duplex = duplex;
    // The other side's end must leave the own direction open.
    this.#chunks = duplex.iterator({ destroyOnReturn: false });
    // Reads and writes reject with it; without a listener it would end the process.
    duplex.on('error', () => undefined);
  }

  write(bytes: Uint8Array): Promise<void> {
    const duplex = this.#duplex;
    return new Promise((resolve, reject) => {
      // Node.js would break the connection over this, with what is still to be read.
      if (duplex.writableEnded) throw broken('the stream is closed');
      duplex.write(bytes, (error) => {
        if (error) reject(error);
        // A write that destroying cut off reports no error.
        else if (duplex.destroyed) reject(duplex.errored ?? broken('the stream was destroyed'));
        else resolve();
      });
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#chunks.next();
    if (done !== true) return value;
    // After its error an iterator only says that it is over.
    if (this.#duplex.errored !== null) throw this.#duplex.errored;
    if (!this.#duplex.readableEnded) throw broken('the stream was destroyed');
    return undefined;
  }

  /** Never rejects: what broke has come to its end too. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Once destroyed Node.js may never call back.
      if (this.#duplex.destroyed) resolve();
      else this.#duplex.end(() => resolve());
    });
  }

  destroy(): void {
    this.#duplex.destroy();
  }
}

function broken(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: 'ECONNABORTED' });
}
