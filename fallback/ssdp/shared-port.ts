import type { DatagramSocket, Datagrams, SocketAddress } from '../../lib/backend/contract/host.js';
import { GROUP, PORT } from './bounds.js';
import type { Log } from './log.js';

type Receive = (bytes: Uint8Array, from: SocketAddress) => void;

/**
 * Port 1900, which all that speak SSDP on a machine share: open while somebody uses it. One socket serves all
 * interfaces, since systems hand a datagram for a group to each socket that joined it on any interface.
 */
export class SharedPort {
  readonly #datagrams: Datagrams;
  readonly #log: Log;
  readonly #receive: Receive;
  readonly #users = new Set<object>();
  #bound: Promise<DatagramSocket> | undefined;

  constructor(datagrams: Datagrams, log: Log, receive: Receive) {
    this.#datagrams = datagrams;
    this.#log = log;
    this.#receive = receive;
  }

  /** The socket, with the group joined on that interface; `undefined` where that can't be, or `user` has left. */
  async join(user: object, interfaceName: string): Promise<DatagramSocket | undefined> {
    this.#users.add(user);
    this.#bound ??= this.#bind();
    try {
      const socket = await this.#bound;
      if (!this.#users.has(user)) return undefined;
      socket.join(GROUP, interfaceName);
      return socket;
    } catch (error) {
      this.#log.failed(interfaceName, error);
      return undefined;
    }
  }

  async leave(user: object): Promise<void> {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    const bound = this.#bound;
    this.#bound = undefined;
    await bound?.then(
      (socket) => socket.close(),
      () => undefined,
    );
  }

  #bind(): Promise<DatagramSocket> {
    const bound = this.#datagrams.bind({ address: '::', port: PORT }, this.#receive, { shared: true });
    bound.then(
      (socket) => socket.hold(false),
      () => {
        // Whoever comes next may have more luck.
        if (this.#bound === bound) this.#bound = undefined;
      },
    );
    return bound;
  }
}
