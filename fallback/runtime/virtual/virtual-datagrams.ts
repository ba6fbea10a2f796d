import type { DatagramSocket, SocketAddress } from '../../../lib/backend/contract/host.js';
import { portKey, systemError, type VirtualHost } from './virtual-host.js';

/** UDP carries no more. */
const LARGEST = 65_507;

type Receive = (bytes: Uint8Array, from: SocketAddress) => void;

export async function bindDatagrams(
  host: VirtualHost,
  local: SocketAddress,
  receive: Receive,
): Promise<DatagramSocket> {
  const port = host.takePort(host.sockets, local);
  return new VirtualDatagramSocket(host, { ...local, port }, receive);
}

export class VirtualDatagramSocket implements DatagramSocket {
  readonly local: SocketAddress;
  readonly #host: VirtualHost;
  readonly #receive: Receive;
  /** `group interface`. */
  readonly #groups = new Set<string>();

  constructor(host: VirtualHost, local: SocketAddress, receive: Receive) {
    this.#host = host;
    this.local = local;
    this.#receive = receive;
    host.sockets.set(portKey(local.address, local.port), this);
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (!this.#isOpen() || bytes.length > LARGEST) return;
    const source = this.local.address === '::' ? this.#host.sourceFor(to) : this.local.address;
    if (source === undefined) return;
    // The sender may use its buffer again.
    const copy = Buffer.from(bytes);
    const from = { address: source, port: this.local.port };
    for (const { host, scope } of this.#host.network.receivers(this.#host, source, to)) {
      const arrives = { ...from, ...(scope === undefined ? {} : { scope }) };
      this.#host.network.transmit(this.#host, host, () => deliver(host, to, scope, copy, arrives));
    }
  }

  join(group: string, interfaceName: string): void {
    const known = this.#host.interfaces.list().some((it) => it.name === interfaceName);
    if (!known) throw systemError('ENODEV', `there is no interface ${interfaceName}`);
    this.#groups.add(`${group} ${interfaceName}`);
  }

  hold(): void {}

  async close(): Promise<void> {
    this.#host.sockets.delete(portKey(this.local.address, this.local.port));
  }

  hasJoined(group: string, interfaceName: string | undefined): boolean {
    return this.#groups.has(`${group} ${interfaceName}`);
  }

  deliver(bytes: Uint8Array, from: SocketAddress): void {
    this.#receive(bytes, from);
  }

  #isOpen(): boolean {
    return this.#host.sockets.get(portKey(this.local.address, this.local.port)) === this;
  }
}

function deliver(
  host: VirtualHost,
  to: SocketAddress,
  scope: string | undefined,
  bytes: Uint8Array,
  from: SocketAddress,
): void {
  if (to.address.startsWith('ff')) {
    for (const socket of host.sockets.values()) {
      if (socket.local.port === to.port && socket.hasJoined(to.address, scope)) socket.deliver(bytes, from);
    }
    return;
  }
  const socket = host.sockets.get(portKey(to.address, to.port)) ?? host.sockets.get(portKey('::', to.port));
  socket?.deliver(bytes, from);
}
