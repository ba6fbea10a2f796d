import type { BindOptions, DatagramSocket, SocketAddress } from '../../../lib/backend/contract/host.js';
import { everyAddress, isGroup } from '../address-kind.js';
import { portKey, systemError, type VirtualHost } from './virtual-host.js';

/** UDP carries no more. */
const LARGEST = 65_507;

type Receive = (bytes: Uint8Array, from: SocketAddress) => void;

export async function bindDatagrams(
  host: VirtualHost,
  local: SocketAddress,
  receive: Receive,
  { shared = false }: BindOptions = {},
): Promise<DatagramSocket> {
  const mayShare = (key: string): boolean => shared && host.sockets.get(key)?.at(-1)?.shared === true;
  const port = host.takePort(host.sockets, local, mayShare);
  return new VirtualDatagramSocket(host, { ...local, port }, receive, shared);
}

export class VirtualDatagramSocket implements DatagramSocket {
  readonly local: SocketAddress;
  readonly shared: boolean;
  readonly #host: VirtualHost;
  readonly #receive: Receive;
  #open = true;
  readonly #groups: { readonly group: string; readonly link: string }[] = [];

  constructor(host: VirtualHost, local: SocketAddress, receive: Receive, shared: boolean) {
    this.#host = host;
    this.local = local;
    this.#receive = receive;
    this.shared = shared;
    const key = portKey(local.address, local.port);
    host.sockets.set(key, [...(host.sockets.get(key) ?? []), this]);
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (!this.#open || bytes.length > LARGEST) return;
    const { address } = this.local;
    const all = everyAddress(address);
    const source = address === all ? this.#host.sourceFor(to) : address;
    if (source === undefined || everyAddress(to.address) !== all) return;
    // The sender may use its buffer again.
    const copy = Buffer.from(bytes);
    const from = { address: source, port: this.local.port };
    for (const { host, scope } of this.#host.network.receivers(this.#host, source, to)) {
      const arrives = { ...from, ...(scope === undefined || !source.startsWith('fe80:') ? {} : { scope }) };
      this.#host.network.transmit(this.#host, host, () => deliver(host, to, scope, copy, arrives));
    }
  }

  join(group: string, interfaceName: string): void {
    const all = everyAddress(group);
    const found = this.#host.interfaces.list().find((it) => it.name === interfaceName);
    if (found === undefined) throw systemError('ENODEV', `there is no interface ${interfaceName}`);
    if (!found.addresses.some((address) => everyAddress(address) === all)) {
      throw systemError('EADDRNOTAVAIL', `${interfaceName} has no address for ${group}`);
    }
    const joined = this.#groups.some((it) => it.group === group && it.link === interfaceName);
    if (joined || this.local.address !== all) return;
    this.#host.network.groups.join(group, interfaceName, this.#host, this);
    this.#groups.push({ group, link: interfaceName });
  }

  hold(): void {}

  async close(): Promise<void> {
    this.end();
  }

  /** Takes the socket from its port and its groups. */
  end(): void {
    this.#open = false;
    const key = portKey(this.local.address, this.local.port);
    const others = this.#host.sockets.get(key)?.filter((it) => it !== this) ?? [];
    if (others.length === 0) this.#host.sockets.delete(key);
    else this.#host.sockets.set(key, others);
    for (const { group, link } of this.#groups) this.#host.network.groups.leave(group, link, this.#host, this);
  }

  deliver(bytes: Uint8Array, from: SocketAddress): void {
    this.#receive(bytes, from);
  }
}

function deliver(
  host: VirtualHost,
  to: SocketAddress,
  scope: string | undefined,
  bytes: Uint8Array,
  from: SocketAddress,
): void {
  if (isGroup(to.address)) {
    for (const socket of host.network.groups.members(to.address, scope, host)) {
      if (socket.local.port === to.port) socket.deliver(bytes, from);
    }
    return;
  }
  const sockets =
    host.sockets.get(portKey(to.address, to.port)) ?? host.sockets.get(portKey(everyAddress(to.address), to.port));
  // Of those that share a port, the last one, as on Linux.
  sockets?.at(-1)?.deliver(bytes, from);
}
