import type { ByteStream, SocketAddress, StreamListener } from '../../../lib/backend/contract/host.js';
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
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    const source = host.sourceFor(remote);
    const [target] = source === undefined ? [] : network.receivers(host, source, remote);
    if (source === undefined || target === undefined) {
      return reject(systemError('EHOSTUNREACH', `nobody is at [${remote.address}]`));
    }
    const local = { address: source, port: host.takePort(host.listeners, { address: source, port: 0 }) };
    network.time.after(
      2 * network.latency(),
      () => {
        signal?.removeEventListener('abort', abort);
        if (signal?.aborted) return;
        const other = target.host;
        if (other.gone || !network.isConnected(host, other)) {
          return reject(systemError('ETIMEDOUT', `no answer from [${remote.address}]:${remote.port}`));
        }
        const listener =
          other.listeners.get(portKey(remote.address, remote.port)) ?? other.listeners.get(portKey('::', remote.port));
        if (listener === undefined) {
          return reject(systemError('ECONNREFUSED', `nobody listens at [${remote.address}]:${remote.port}`));
        }
        const [near, far] = [new VirtualStream(host, local, remote), new VirtualStream(other, remote, local)];
        near.meet(far);
        far.meet(near);
        listener.accept(far);
        resolve(near);
      },
      host,
    );
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
  #sentEnd = false;
  #gotEnd = false;
  #error: Error | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriters: (() => void)[] = [];

  constructor(host: VirtualHost, local: SocketAddress, remote: SocketAddress) {
    this.#host = host;
    this.local = local;
    this.remote = remote;
    host.streamsOpen.add(this);
  }

  meet(peer: VirtualStream): void {
    this.#peer = peer;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#check();
    if (this.#sentEnd) throw systemError('EPIPE', 'this end is closed');
    const copy = Uint8Array.from(bytes);
    this.#outstanding += copy.length;
    this.#send((peer) => peer.#arrive(copy));
    while (this.#outstanding > WINDOW) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
      this.#check();
    }
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#inbox.length === 0 && !this.#gotEnd) {
      this.#check();
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    const bytes = this.#inbox.shift();
    if (bytes === undefined) this.#check();
    else if (this.#peer !== undefined) this.#peer.#wasRead(bytes.length);
    return bytes;
  }

  async close(): Promise<void> {
    if (this.#sentEnd || this.#error !== undefined) return;
    this.#sentEnd = true;
    this.#send((peer) => peer.#end());
    this.#forgetWhenDone();
  }

  destroy(): void {
    this.#send((peer) => peer.#fail(systemError('ECONNRESET', 'the other end broke the connection off')));
    this.#fail(systemError('ECONNABORTED', 'this end broke the connection off'));
  }

  /** The host is gone: what it has open breaks. */
  breakOff(): void {
    this.destroy();
  }

  /** In order: nothing overtakes what was sent before. */
  #send(deliver: (peer: VirtualStream) => void): void {
    const peer = this.#peer;
    const { network } = this.#host;
    if (peer === undefined) return;
    this.#lastArrival = Math.max(this.#lastArrival, network.time.now + network.latency());
    network.time.after(
      this.#lastArrival - network.time.now,
      () => {
        if (network.isConnected(this.#host, peer.#host)) return deliver(peer);
        const broken = systemError('ETIMEDOUT', 'the connection broke');
        peer.#fail(broken);
        this.#fail(broken);
      },
      peer.#host,
    );
  }

  #arrive(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#inbox.push(bytes);
    this.#wakeReader?.();
  }

  #wasRead(length: number): void {
    this.#outstanding -= length;
    const waiting = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of waiting) wake();
  }

  #end(): void {
    this.#gotEnd = true;
    this.#wakeReader?.();
    this.#forgetWhenDone();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#host.streamsOpen.delete(this);
    this.#wakeReader?.();
    this.#wasRead(0);
  }

  #forgetWhenDone(): void {
    if (this.#sentEnd && this.#gotEnd) this.#host.streamsOpen.delete(this);
  }

  #check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
