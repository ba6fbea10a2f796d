import type { Duplex } from 'node:stream';
import type { ByteStream, SocketAddress } from '../../lib/backend/contract/host.js';
import { systemError } from './system-error.js';

/** How long the other side may take to end its direction after we have ended ours. */
const LINGER_MS = 1_000;

/** A socket, plain or TLS, as a ByteStream: `read` pulls, and what nobody pulls fills the window of the sender. */
export class DuplexStream implements ByteStream {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #duplex: Duplex;
  #reading: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(duplex: Duplex, local: SocketAddress, remote: SocketAddress) {
    this.#duplex = duplex;
    this.local = local;
    this.remote = remote;
    // Whoever reads or writes next gets it from `errored`.
    duplex.on('error', () => undefined);
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw systemError('EPIPE', 'the stream is closed');
      if (this.#duplex.destroyed) throw this.#reset();
      this.#duplex.write(bytes, (error) => (error ? reject(this.#duplex.errored ?? error) : resolve()));
    });
  }

  read(): Promise<Uint8Array | undefined> {
    const next = this.#reading.then(() => this.#pull());
    this.#reading = next.catch(() => undefined);
    return next;
  }

  async #pull(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const chunk: Uint8Array | null = this.#duplex.read();
      if (chunk !== null) return chunk;
      if (this.#duplex.readableEnded) return undefined;
      if (this.#duplex.destroyed) throw this.#reset();
      await this.#change();
    }
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#duplex.closed) return resolve();
      const linger = setTimeout(() => this.#duplex.destroy(), LINGER_MS);
      this.#duplex.once('close', () => {
        clearTimeout(linger);
        resolve();
      });
      this.#duplex.end();
      void this.#drain();
    });
    return this.#closed;
  }

  destroy(): void {
    this.#duplex.destroy();
  }

  /** Unread bytes would turn the orderly end into a reset. */
  async #drain(): Promise<void> {
    while (!this.#duplex.readableEnded && !this.#duplex.destroyed) {
      this.#duplex.read();
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const events = ['readable', 'end', 'close'] as const;
      const wake = () => {
        for (const event of events) this.#duplex.off(event, wake);
        resolve();
      };
      for (const event of events) this.#duplex.on(event, wake);
    });
  }

  #reset(): Error {
    return this.#duplex.errored ?? systemError('ECONNRESET', 'the connection broke');
  }
}
