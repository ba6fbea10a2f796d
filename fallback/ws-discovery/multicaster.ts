import type {
  Clock,
  DatagramSocket,
  Datagrams,
  Interfaces,
  Random,
  SocketAddress,
  Timer,
} from '../../lib/backend/contract/host.js';
import type { Group } from '../multicast/shared-port.js';
import { type Codec, encode } from '../wire/codec.js';
import { carries } from '../wire/links.js';
import type { Readings } from '../wire/readings.js';
import { GROUPS, Time } from './bounds.js';
import type { DiscoveryLog } from './intake.js';
import type { DiscoveryMessage } from './messages.js';

export interface MulticasterPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: Datagrams;
  readonly interfaces: Interfaces;
  readonly codec: Codec<DiscoveryMessage>;
  readonly log: DiscoveryLog;
  readonly readings: Readings;
}

type Mouth = Group & { readonly socket: DatagramSocket };

/** Speaks to everybody on every link, by a socket of each family, to which the answers come. */
export class Multicaster {
  readonly #ports: MulticasterPorts;
  readonly #mouths: Promise<readonly Mouth[]>;
  readonly #repetitions = new Set<Timer>();
  #closed: Promise<void> | undefined;
  #alive = true;

  constructor(ports: MulticasterPorts, receive: (bytes: Uint8Array, from: SocketAddress) => void) {
    this.#ports = ports;
    const hear = (bytes: Uint8Array, from: SocketAddress): void => {
      if (this.#closed === undefined) receive(bytes, from);
    };
    const bound = GROUPS.map((group) => this.#bind(group, hear));
    this.#mouths = Promise.all(bound).then((mouths) => mouths.filter((it) => it !== undefined));
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    void this.#mouths.then((mouths) => {
      for (const { socket } of mouths) socket.hold(this.#alive);
    });
  }

  /** More than once, since datagrams may get lost: SOAP-over-UDP, appendix I. */
  async send(message: DiscoveryMessage): Promise<void> {
    const { random, codec, readings } = this.#ports;
    const bytes = encode(codec, message);
    const mouths = await this.#mouths;
    // UNCONFIRMED: ws-discovery.repetitions
    const repetitions = readings.get('ws-discovery.repetitions') === 'one' ? 1 : 4;
    const first = Time.REPEAT_MIN_MS + random.below(Time.REPEAT_MAX_MS - Time.REPEAT_MIN_MS + 1);
    this.#transmit(mouths, message, bytes, repetitions, first);
  }

  /** Nothing is sent or heard any more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const timer of this.#repetitions) timer.cancel();
    this.#repetitions.clear();
    await Promise.all((await this.#mouths).map(({ socket }) => socket.close()));
  }

  async #bind(group: Group, hear: (bytes: Uint8Array, from: SocketAddress) => void): Promise<Mouth | undefined> {
    try {
      const socket = await this.#ports.datagrams.bind({ address: group.local, port: 0 }, hear);
      socket.hold(this.#alive);
      return { ...group, socket };
    } catch (error) {
      // A machine may have one family alone.
      return this.#ports.log.failed(group.local, error);
    }
  }

  #transmit(mouths: readonly Mouth[], message: DiscoveryMessage, bytes: Uint8Array, left: number, delay: number): void {
    if (this.#closed !== undefined) return;
    const { clock, interfaces, log } = this.#ports;
    for (const { socket, group, port } of mouths) {
      for (const link of interfaces.list().filter((it) => carries(it, group))) {
        const to = { address: group, port, scope: link.name };
        socket.send(bytes, to);
        log.sent(link.name, message, to);
      }
    }
    if (left === 0) return;
    const timer = clock.after(delay, () => {
      this.#repetitions.delete(timer);
      this.#transmit(mouths, message, bytes, left - 1, Math.min(2 * delay, Time.REPEAT_LIMIT_MS));
    });
    this.#repetitions.add(timer);
  }
}
