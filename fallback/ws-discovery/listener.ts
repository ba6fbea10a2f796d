import type {
  Clock,
  DatagramSocket,
  Datagrams,
  Interfaces,
  SocketAddress,
  Timer,
} from '../../lib/backend/contract/host.js';
import { type Group, SharedPort } from '../multicast/shared-port.js';
import { type Codec, encode } from '../wire/codec.js';
import { carries } from '../wire/links.js';
import { Time } from './bounds.js';
import type { DiscoveryLog } from './intake.js';
import type { DiscoveryMessage } from './messages.js';

export interface ListenerPorts {
  readonly clock: Clock;
  readonly datagrams: Datagrams;
  readonly interfaces: Interfaces;
  readonly codec: Codec<DiscoveryMessage>;
  readonly log: DiscoveryLog;
}

interface Ear {
  readonly group: Group;
  readonly port: SharedPort;
  socket: DatagramSocket | undefined;
}

/**
 * Hears what goes to the groups on every link, as links come and go. Where port 3702 or a link can't be had, it is
 * traced and tried again. Never keeps the process alive.
 */
export class Listener {
  readonly #ports: ListenerPorts;
  readonly #ears: readonly Ear[];
  readonly #watch: { close(): void };
  /** Resolves when the links of the start are joined, as far as they can be. */
  readonly ready: Promise<void>;
  #timer: Timer | undefined;
  #closed = false;

  constructor(
    ports: ListenerPorts,
    groups: readonly Group[],
    receive: (bytes: Uint8Array, from: SocketAddress) => void,
  ) {
    this.#ports = ports;
    const failed = (interfaceName: string, error: unknown): void => ports.log.failed(interfaceName, error);
    const hear = (bytes: Uint8Array, from: SocketAddress): void => {
      if (!this.#closed) receive(bytes, from);
    };
    this.#ears = groups.map((group) => ({
      group,
      port: new SharedPort(ports.datagrams, group, failed, hear),
      socket: undefined,
    }));
    this.#watch = ports.interfaces.watch(() => void this.#join());
    this.ready = this.#join();
  }

  /** From port 3702, where the asker's firewall expects its answers to come from. */
  send(message: DiscoveryMessage, to: SocketAddress, interfaceName: string): void {
    const { codec, log } = this.#ports;
    const socket = this.#ears.find(({ group }) => isOfFamily(group, to.address))?.socket;
    if (this.#closed || socket === undefined) return;
    socket.send(encode(codec, message), to);
    log.sent(interfaceName, message, to);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#watch.close();
    await Promise.all(this.#ears.map(({ port }) => port.leave(this)));
  }

  async #join(): Promise<void> {
    this.#timer?.cancel();
    if (this.#closed) return;
    this.#timer = this.#ports.clock.after(Time.RETRY_MS, () => void this.#join());
    const links = this.#ports.interfaces.list();
    await Promise.all(
      this.#ears.flatMap((ear) =>
        links
          .filter((link) => carries(link, ear.group.group))
          .map(async ({ name }) => {
            ear.socket = (await ear.port.join(this, name)) ?? ear.socket;
          }),
      ),
    );
  }
}

function isOfFamily({ local }: Group, address: string): boolean {
  return local.includes(':') === address.includes(':');
}
