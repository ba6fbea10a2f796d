import type { Clock, DatagramSocket, Datagrams, SocketAddress, Timer } from '../../lib/backend/contract/host.js';
import { encode } from '../wire/codec.js';
import { GROUP, MX_S, PORT, Time } from './bounds.js';
import { type SsdpLog, type SsdpMessage, ssdpMessage } from './messages.js';

export interface SearcherPorts {
  readonly clock: Clock;
  readonly datagrams: Datagrams;
  readonly log: SsdpLog;
}

/** One question to a link, by a socket of its own to which the answers come. */
export class SearchRun {
  /** Resolves when no more answers are taken. */
  readonly ended: Promise<void>;
  readonly #ports: SearcherPorts;
  readonly #message: SsdpMessage;
  readonly #bytes: Uint8Array;
  readonly #interfaceName: string;
  readonly #end: () => void;
  #timer: Timer | undefined;
  #cancelled = false;

  constructor(
    ports: SearcherPorts,
    target: string,
    interfaceName: string,
    receive: (bytes: Uint8Array, from: SocketAddress) => void,
  ) {
    this.#ports = ports;
    this.#message = { type: 'M-SEARCH', target, maxWait: MX_S };
    this.#bytes = encode(ssdpMessage, this.#message);
    this.#interfaceName = interfaceName;
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#end = end;
    this.ended = this.#run(over, receive);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#timer?.cancel();
    this.#end();
  }

  async #run(over: Promise<void>, receive: (bytes: Uint8Array, from: SocketAddress) => void): Promise<void> {
    const { clock, datagrams, log } = this.#ports;
    const hear = (bytes: Uint8Array, from: SocketAddress): void => {
      if (!this.#cancelled) receive(bytes, from);
    };
    try {
      const socket = await datagrams.bind({ address: '::', port: 0 }, hear);
      socket.hold(false);
      if (!this.#cancelled) {
        this.#ask(socket);
        this.#timer = clock.after(Time.REPEAT_MS, () => {
          this.#ask(socket);
          const rest = 1000 * MX_S + Time.GRACE_MS - Time.REPEAT_MS;
          this.#timer = clock.after(rest, () => this.cancel());
        });
      }
      await over;
      await socket.close();
    } catch (error) {
      log.failed(this.#interfaceName, error);
    }
  }

  #ask(socket: DatagramSocket): void {
    const to = { address: GROUP, port: PORT, scope: this.#interfaceName };
    socket.send(this.#bytes, to);
    this.#ports.log.sent(this.#interfaceName, this.#message, to);
  }
}
