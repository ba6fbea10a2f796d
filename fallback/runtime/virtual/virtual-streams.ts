import type { ByteStream, SocketAddress, StreamListener } from '../../../lib/backend/contract/host.js';
import { everyAddress } from '../address-kind.js';
import { portKey, systemError, type VirtualHost } from './virtual-host.js';

/** Bytes that may be under way or unread before a writer has to wait. */
const WINDOW = 65_536;

type Accept = (stream: ByteStream) => void;

export async function listenStreams(host: VirtualHost, local: SocketAddress, accept: Accept): Promise<StreamListener> {
  return new VirtualListener(host, { ...local, port: host.takePort(host.listeners, local) }, accept);
}

export class VirtualListener implements StreamListener {
  readonly local: SocketAddress;
  readonly #host: VirtualHost;
  readonly accept: Accept;

  constructor(host: VirtualHost, local: SocketAddress, accept: Accept) {
    this.#host = host;
    this.local = local;
    this.accept = accept;
    host.listeners.set(portKey(local.address, local.port), this);
  }

  hold(): void {}

  async close(): Promise<void> {
    this.#host.listeners.delete(portKey(this.local.address, this.local.port));
  }
}

/** One round trip; where nobody listens the answer is a refusal, and where nobody is there is none. */
export function connectStream(
  host: VirtualHost,
  remote: SocketAddress,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ByteStream> {
  const { network } = host;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const source = host.sourceFor(remote);
    const [target] = source === undefined ? [] : network.receivers(host, source, remote);
    if (source === undefined || target === undefined) {
      throw systemError('EHOSTUNREACH', `nobody is at [${remote.address}]`);
    }
    const local = { address: source, port: host.takePort(host.listeners, { address: source, port: 0 }) };
    const settle = (): void => {
      signal?.removeEventListener('abort', abort);
      host.connecting.delete(breakOff);
      answer.cancel();
    };
    const fail = (reason: unknown): void => {
      settle();
      reject(reason);
    };
    const abort = (): void => fail(signal?.reason);
    const breakOff = (): void => fail(systemError('ECONNABORTED', `${host.name} has crashed`));
    const answer = network.time.after(2 * network.latency(), () => {
      const other = target.host;
      const where = `[${remote.address}]:${remote.port}`;
      if (other.gone || !network.isConnected(host, other)) {
        return fail(systemError('ETIMEDOUT', `no answer from ${where}`));
      }
      const listener =
        other.listeners.get(portKey(remote.address, remote.port)) ??
        other.listeners.get(portKey(everyAddress(remote.address), remote.port));
      if (listener === undefined) return fail(systemError('ECONNREFUSED', `nobody listens at ${where}`));
      settle();
      const seen = target.scope === undefined ? local : { ...local, scope: target.scope };
      const [near, far] = [new VirtualStream(host, local, remote), new VirtualStream(other, remote, seen)];
      near.meet(far);
      far.meet(near);
      listener.accept(far);
      resolve(near);
    });
    host.connecting.add(breakOff);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

export class VirtualStream implements ByteStream {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #host: VirtualHost;
  readonly #inbox: Uint8Array[] = [];
  #peer: VirtualStream | undefined;
  /** Bytes that this end sent and the other has not read. */
  #outstanding = 0;
  #lastArrival = 0;
  #closing = false;
  #written: Promise<void> = Promise.resolve();
  #sentEnd = false;
  #gotEnd = false;
  #error: Error | undefined;
  /** Readers and writers that wait for something to change. */
  #waiting: (() => void)[] = [];

  constructor(host: VirtualHost, local: SocketAddress, remote: SocketAddress) {
    this.#host = host;
    this.local = local;
    this.remote = remote;
    host.streamsOpen.add(this);
  }

  meet(peer: VirtualStream): void {
    this.#peer = peer;
  }

  /** One write after the other, in pieces that the window has room for. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#closing) throw systemError('EPIPE', 'this end is closed');
    const copy = Uint8Array.from(bytes);
    const written = this.#written.then(() => this.#writePieces(copy));
    this.#written = written.catch(() => undefined);
    return written;
  }

  async #writePieces(bytes: Uint8Array): Promise<void> {
    this.#check();
    for (let offset = 0; offset < bytes.length; offset += WINDOW) {
      const piece = bytes.subarray(offset, offset + WINDOW);
      this.#outstanding += piece.length;
      this.#send((peer) => peer.#arrive(piece));
      while (this.#outstanding > WINDOW) {
        await this.#change();
        this.#check();
      }
    }
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#inbox.length === 0 && !this.#gotEnd) {
      this.#check();
      await this.#change();
    }
    const bytes = this.#inbox.shift();
    if (bytes === undefined) this.#check();
    else if (this.#peer !== undefined) this.#peer.#wasRead(bytes.length);
    return bytes;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#written;
    if (this.#error !== undefined) return;
    this.#sentEnd = true;
    this.#send((peer) => peer.#end());
    this.#forgetWhenDone();
  }

  destroy(): void {
    if (this.#error !== undefined || this.#isDone()) return;
    // After the orderly end the other side may take its time to read what came before.
    if (!this.#sentEnd) this.#send((peer) => peer.#fail(reset()));
    this.breakOff();
  }

  /** At once and without a word to the other end, as when the host fails. */
  breakOff(): void {
    this.#inbox.length = 0;
    this.#fail(systemError('ECONNABORTED', 'this end broke the connection off'));
  }

  /** In order: nothing overtakes what was sent before. What finds nobody at the other end breaks this one. */
  #send(deliver: (peer: VirtualStream) => void): void {
    const peer = this.#peer as VirtualStream;
    const { network } = this.#host;
    this.#lastArrival = Math.max(this.#lastArrival, network.time.now + network.latency());
    network.time.after(this.#lastArrival - network.time.now, () => {
      if (peer.#host.gone || !network.isConnected(this.#host, peer.#host)) {
        this.#fail(systemError('ETIMEDOUT', 'the connection broke'));
      } else if (peer.#error !== undefined) {
        this.#fail(reset());
      } else {
        deliver(peer);
      }
    });
  }

  #arrive(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#wake();
  }

  #wasRead(length: number): void {
    this.#outstanding -= length;
    this.#wake();
  }

  #end(): void {
    this.#gotEnd = true;
    this.#wake();
    this.#forgetWhenDone();
  }

  #fail(error: Error): void {
    if (this.#isDone()) return;
    this.#error ??= error;
    this.#host.streamsOpen.delete(this);
    this.#wake();
  }

  #isDone(): boolean {
    return this.#sentEnd && this.#gotEnd;
  }

  #forgetWhenDone(): void {
    if (this.#isDone()) this.#host.streamsOpen.delete(this);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

function reset(): Error {
  return systemError('ECONNRESET', 'the other end broke the connection off');
}
