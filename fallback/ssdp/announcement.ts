import type { Clock, DatagramSocket, Random, SocketAddress, Timer } from '../../lib/backend/contract/host.js';
import type { SharedPort } from '../multicast/shared-port.js';
import { encode } from '../wire/codec.js';
import { GROUP, Limit, MAX_AGE_S, PORT, Time } from './bounds.js';
import { type Endpoint, type SsdpLog, type SsdpMessage, ssdpMessage } from './messages.js';

export interface AnnouncerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly port: SharedPort;
  readonly log: SsdpLog;
  readonly networkSignature: string;
}

interface Outgoing {
  readonly message: SsdpMessage;
  readonly bytes: Uint8Array;
}

/** One target that is reachable here: tells the link of it, and answers who searches for it. */
export class Announcement {
  readonly target: string;
  readonly endpoint: Endpoint;
  readonly interfaceName: string;
  readonly #ports: AnnouncerPorts;
  readonly #alive: Outgoing;
  readonly #answer: Outgoing;
  readonly #byebye: Outgoing;
  readonly #group: SocketAddress;
  /** Answers to come, by asker. */
  readonly #answers = new Map<string, Timer>();
  #socket: DatagramSocket | undefined;
  #timer: Timer | undefined;
  #withdrawn: Promise<void> | undefined;

  constructor(ports: AnnouncerPorts, target: string, { address, port }: Endpoint, interfaceName: string) {
    this.#ports = ports;
    this.target = target;
    this.endpoint = { address, port };
    this.interfaceName = interfaceName;
    this.#group = { address: GROUP, port: PORT, scope: interfaceName };
    const presence = { target, endpoint: this.endpoint, networkSignature: ports.networkSignature };
    this.#alive = outgoing({ type: 'ssdp:alive', ...presence });
    this.#answer = outgoing({ type: '200 OK', ...presence });
    this.#byebye = outgoing({ type: 'ssdp:byebye', target, endpoint: this.endpoint });
    void this.#begin();
  }

  get pending(): number {
    return this.#answers.size;
  }

  isFor(target: string, { address, port }: Endpoint): boolean {
    return target === this.target && address === this.endpoint.address && port === this.endpoint.port;
  }

  awaits(asker: SocketAddress): boolean {
    return this.#answers.has(key(asker));
  }

  /** Answers within the time that the asker grants, at random, so that answers of many don't come at once. */
  answer(asker: SocketAddress, maxWaitS: number): void {
    const ms = this.#ports.random.below(1000 * Math.min(maxWaitS, Limit.WAIT_S) + 1);
    const timer = this.#ports.clock.after(ms, () => {
      this.#answers.delete(key(asker));
      this.#send(this.#answer, asker);
    });
    this.#answers.set(key(asker), timer);
  }

  withdraw({ abrupt = false }: { readonly abrupt?: boolean } = {}): Promise<void> {
    this.#withdrawn ??= this.#withdraw(abrupt);
    return this.#withdrawn;
  }

  async #withdraw(abrupt: boolean): Promise<void> {
    this.#timer?.cancel();
    for (const timer of this.#answers.values()) timer.cancel();
    this.#answers.clear();
    if (!abrupt) this.#send(this.#byebye, this.#group);
    this.#socket = undefined;
    await this.#ports.port.leave(this);
  }

  /** Joins the group each time, in case that the port was taken before or the interface is another one now. */
  async #begin(): Promise<void> {
    this.#socket = await this.#ports.port.join(this, this.interfaceName);
    if (this.#withdrawn !== undefined) return;
    const { clock, random } = this.#ports;
    this.#send(this.#alive, this.#group);
    this.#timer = clock.after(Time.REPEAT_MS, () => {
      this.#send(this.#alive, this.#group);
      // [UPnP-DA] 1.1.2: at a random moment before half of max-age is over.
      const quarter = 250 * MAX_AGE_S;
      this.#timer = clock.after(quarter + random.below(quarter) - Time.REPEAT_MS, () => this.#begin());
    });
  }

  #send({ message, bytes }: Outgoing, to: SocketAddress): void {
    if (this.#socket === undefined) return;
    this.#socket.send(bytes, to);
    this.#ports.log.sent(this.interfaceName, message, to);
  }
}

function outgoing(message: SsdpMessage): Outgoing {
  return { message, bytes: encode(ssdpMessage, message) };
}

function key({ address, port }: SocketAddress): string {
  return `${address} ${port}`;
}
