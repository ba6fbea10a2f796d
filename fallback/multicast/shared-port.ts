import type { DatagramSocket, Datagrams, SocketAddress } from '../../lib/backend/contract/host.js';

type Receive = (bytes: Uint8Array, from: SocketAddress) => void;

/** A multicast group, and the address of its family that hears it. */
export interface Group {
  readonly group: string;
  readonly port: number;
  readonly local: '::' | '0.0.0.0';
}

type Failed = (interfaceName: string, error: unknown) => void;

/**
 * A port that all programs of a protocol on a machine share: open while somebody uses it. One socket serves all
 * interfaces, since systems hand a datagram for a group to each socket that joined it on any interface.
 */
export class SharedPort {
  readonly #datagrams: Datagrams;
  readonly #group: Group;
  readonly #failed: Failed;
  readonly #receive: Receive;
  readonly #users = new Set<object>();
  #bound: Promise<DatagramSocket> | undefined;

  constructor(datagrams: Datagrams, group: Group, failed: Failed, receive: Receive) {
    this.#datagrams = datagrams;
    this.#group = group;
    this.#failed = failed;
    this.#receive = receive;
  }

  /** The socket, with the group joined on that interface; `undefined` where that can't be, or `user` has left. */
  async join(user: object, interfaceName: string): Promise<DatagramSocket | undefined> {
    this.#users.add(user);
    this.#bound ??= this.#bind();
    try {
      const socket = await this.#bound;
      if (!this.#users.has(user)) return undefined;
      socket.join(this.#group.group, interfaceName);
      return socket;
    } catch (error) {
      this.#failed(interfaceName, error);
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
    const { local, port } = this.#group;
    const bound = this.#datagrams.bind({ address: local, port }, this.#receive, { shared: true });
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
