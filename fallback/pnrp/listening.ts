import type { DatagramSocket, Host, SocketAddress } from '../../lib/backend/contract/host.js';
import type { PnrpAddress } from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import type { Endpoint } from '../routing/entry.js';
import { addressScope, addressText, type PackedAddress, packAddress } from '../wire/ipv6.js';
import { sourceFor } from './address-policy.js';
import { DEFAULT_PORT, Limit } from './constants.js';
import type { Sender } from './node-state.js';

/** An address of this machine in a cloud, without a port. */
export type Place = Omit<PnrpAddress, 'port'>;

/** How long an address that the system has just got can't be used yet: it first asks whether it is the only one. RFC 4862 5.4. */
const DUPLICATE_ADDRESS_DETECTION_MS = 1000;
const BIND_TRIES = 4;

interface Bound {
  readonly sockets: readonly DatagramSocket[];
  /** Where they are; asked for with each message. */
  readonly endpoints: readonly Endpoint[];
}

/** `at`: the own address that it came to. */
type Receive = (bytes: Uint8Array, from: SocketAddress, at: PackedAddress) => void;

/**
 * Where a node of a cloud listens, its Local Endpoint List: 1 to 4 addresses of one scope and zone with one port for all.
 * [MS-PNRP] 3.1.4.1, 3.1.7.1.
 */
export class Listening {
  readonly #host: Pick<Host, 'datagrams'>;
  readonly #receive: Receive;
  #bound: Bound;
  #port: number;
  #alive = true;
  #moving: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** At just these addresses. Programs may write one in several ways, which its interface is not told by. */
  static async at(host: Host, listen: readonly PnrpAddress[], receive: Receive): Promise<Listening> {
    const places = listen.map((it) => ({ ...it, address: addressText(packAddress(it.address)) }));
    try {
      return new Listening(host, receive, await bindTogether(host, places, receive));
    } catch (error) {
      throw bindError(listen, error);
    }
  }

  /** At up to four of these addresses, with port 3540 or else a free one: the first node of a machine has it. */
  static async atFreePort(host: Host, places: readonly Place[], receive: Receive): Promise<Listening> {
    const at = (port: number): PnrpAddress[] =>
      places.slice(0, Limit.LOCAL_ADDRESSES).map((place) => ({ ...place, port }));
    for (let tries = 1; ; tries += 1) {
      try {
        const sockets = await bindTogether(host, at(DEFAULT_PORT), receive).catch(() =>
          bindTogether(host, at(0), receive),
        );
        return new Listening(host, receive, sockets);
      } catch (error) {
        if (tries === BIND_TRIES || (error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') {
          throw bindError(at(0), error);
        }
      }
      await new Promise<void>((resolve) => host.clock.after(DUPLICATE_ADDRESS_DETECTION_MS, resolve));
    }
  }

  private constructor(host: Pick<Host, 'datagrams'>, receive: Receive, sockets: readonly DatagramSocket[]) {
    this.#host = host;
    this.#receive = receive;
    this.#bound = bound(sockets);
    this.#port = (sockets[0] as DatagramSocket).local.port;
  }

  get addresses(): readonly PnrpAddress[] {
    return this.#bound.sockets.map((socket) => socket.local);
  }

  get endpoints(): readonly Endpoint[] {
    return this.#bound.endpoints;
  }

  /** `where` is `to` as sockets take it. */
  send(bytes: Uint8Array, to: Sender, where: PnrpAddress): void {
    const { sockets, endpoints } = this.#bound;
    let index = 0;
    if (sockets.length > 1) {
      index = endpoints.findIndex(({ address }) => address === to.at);
      if (index < 0) index = sourceFor(to.address, endpoints);
    }
    sockets[index]?.send(bytes, where);
  }

  /** Whether these sockets keep the process alive. */
  hold(alive: boolean): void {
    this.#alive = alive;
    for (const socket of this.#bound.sockets) socket.hold(alive);
  }

  /** 3.1.7.1: the machine has these addresses now. Resolves to whether that changed the list. */
  move(places: readonly Place[]): Promise<boolean> {
    const moved = this.#moving.then(() => this.#move(places.slice(0, Limit.LOCAL_ADDRESSES)));
    this.#moving = moved.catch(() => undefined);
    return moved;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#moving;
    await Promise.all(this.#bound.sockets.map((socket) => socket.close()));
  }

  async #move(places: readonly Place[]): Promise<boolean> {
    const isAt = (place: Place, { local }: DatagramSocket): boolean =>
      local.address === place.address && local.scope === place.scope;
    const before = this.#bound.sockets;
    const gone = before.filter((socket) => !places.some((place) => isAt(place, socket)));
    const sockets = before.filter((socket) => !gone.includes(socket));
    for (const place of places) {
      if (this.#closed || sockets.some((socket) => isAt(place, socket))) continue;
      const socket = await this.#bind(place, sockets.length > 0);
      if (socket === undefined) continue;
      this.#port = socket.local.port;
      sockets.push(socket);
    }
    await Promise.all(gone.map((socket) => socket.close()));
    this.#bound = bound(sockets);
    this.hold(this.#alive);
    return gone.length > 0 || sockets.length > before.length;
  }

  /** With the port of the others, which peers know. Only a node that lost them all may take another. */
  async #bind(place: Place, hasOthers: boolean): Promise<DatagramSocket | undefined> {
    const bind = (port: number): Promise<DatagramSocket> => bindAt(this.#host, { ...place, port }, this.#receive);
    try {
      return await bind(this.#port);
    } catch {
      return hasOthers ? undefined : bind(0).catch(() => undefined);
    }
  }
}

/** All addresses get the port that the first one got. */
async function bindTogether(host: Host, listen: readonly PnrpAddress[], receive: Receive): Promise<DatagramSocket[]> {
  const sockets: DatagramSocket[] = [];
  try {
    for (const local of listen) {
      sockets.push(await bindAt(host, { ...local, port: sockets[0]?.local.port ?? local.port }, receive));
    }
    return sockets;
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close()));
    throw error;
  }
}

function bindAt(host: Pick<Host, 'datagrams'>, local: PnrpAddress, receive: Receive): Promise<DatagramSocket> {
  const at = packAddress(local.address);
  return host.datagrams.bind(local, (bytes, from) => receive(bytes, from, at));
}

function bindError(listen: readonly PnrpAddress[], error: unknown): PeerError {
  const where = listen.map(({ address, port }) => (port === 0 ? address : `[${address}]:${port}`)).join(', ');
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE' ? 'is in use' : code === 'EADDRNOTAVAIL' ? 'is not an address of this machine' : message;
  return new PeerError('E_INVALIDARG', 'PnrpOpenCloud', `${where} ${why}`, { cause: error });
}

/** Checks what a caller gave: 1 to 4 addresses of one scope and zone with one port. 3.1.4.1. */
export function checkListen(listen: readonly PnrpAddress[], interfaces: readonly string[], operation: string): void {
  const refuse = (why: string): never => {
    throw new PeerError('E_INVALIDARG', operation, why);
  };
  const [first] = listen;
  if (first === undefined || listen.length > Limit.LOCAL_ADDRESSES) {
    return refuse(`a node listens at 1 to ${Limit.LOCAL_ADDRESSES} addresses, not ${listen.length}`);
  }
  for (const it of listen) {
    checkAddress(it, operation, 0);
    const scope = addressScope(packAddress(it.address));
    if (scope === 'unusable') refuse(`a node can't listen at ${it.address}`);
    if (scope !== addressScope(packAddress(first.address)) || it.scope !== first.scope) {
      refuse('all addresses of a node have one scope and one zone');
    }
    if (it.port !== first.port) refuse('all addresses of a node share one port');
    if (scope === 'link-local' && !interfaces.includes(it.scope ?? '')) {
      const asked = it.scope === undefined ? '' : `, and ${it.scope} is none`;
      refuse(`the link-local ${it.address} needs its %interface, one of ${interfaces.join(', ')}${asked}`);
    }
  }
}

/** An IPv6 address with a port of a node: above 1024, or 0 where that asks for a free one. */
export function checkAddress({ address, port }: PnrpAddress, operation: string, free?: 0): void {
  try {
    packAddress(address);
  } catch {
    throw new PeerError('E_INVALIDARG', operation, `"${address}" is not an IPv6 address`);
  }
  if (port === free) return;
  if (!Number.isInteger(port) || port <= Limit.RESERVED_PORTS || port > 0xffff) {
    throw new PeerError('E_INVALIDARG', operation, `port ${port} is not one from ${Limit.RESERVED_PORTS + 1} to 65535`);
  }
}

function bound(sockets: readonly DatagramSocket[]): Bound {
  return {
    sockets,
    endpoints: sockets.map(({ local }) => ({ address: packAddress(local.address), port: local.port })),
  };
}
