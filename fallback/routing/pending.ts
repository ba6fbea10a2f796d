import type { Clock, Timer } from '../../lib/backend/contract/host.js';
import type { Endpoint } from './entry.js';
import { Shares } from './shares.js';

/** [MS-PNRP] 3.1.2: message retransmission timer. */
const RETRANSMISSION_MS = 1000;
/** 3.1.4.3, 3.1.6.3: Retry Count, which is decremented before it is tested, so it is the number of transmissions. */
const RETRY_COUNT = 2;

export interface PendingMessage<T> {
  readonly messageId: number;
  readonly bytes: Uint8Array;
  readonly to: Endpoint;
  /** What was asked, for whoever takes the answer. */
  readonly request: T;
  /** Called once when no transmission was answered; the message is off the list by then. */
  expired(): void;
}

interface Waiting<T> {
  readonly message: PendingMessage<T>;
  retries: number;
  timer: Timer;
}

/** The Pending List of 3.1.1: messages that are sent again until they are answered or given up. */
export class PendingList<T> {
  readonly #clock: Clock;
  readonly #send: (message: PendingMessage<T>, again: boolean) => void;
  readonly #shares: Shares;
  readonly #waiting = new Map<number, Waiting<T>>();

  constructor(options: {
    readonly clock: Clock;
    /** `again`: nobody has answered the first time. */
    readonly send: (message: PendingMessage<T>, again: boolean) => void;
    readonly limit: number;
    /** Of messages to one address: a host that answers nothing can't hold the whole list. */
    readonly limitPerDestination: number;
  }) {
    this.#clock = options.clock;
    this.#send = options.send;
    this.#shares = new Shares({ limit: options.limit, limitPerHolder: options.limitPerDestination });
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Sends now. False, with nothing sent, when the list or the destination's share is full, or the message id in use. */
  add(message: PendingMessage<T>): boolean {
    if (this.#waiting.has(message.messageId) || !this.#shares.take(message.to.address)) return false;
    this.#waiting.set(message.messageId, { message, retries: RETRY_COUNT, timer: this.#timer(message.messageId) });
    this.#send(message, false);
    return true;
  }

  peek(messageId: number): PendingMessage<T> | undefined {
    return this.#waiting.get(messageId)?.message;
  }

  /** Takes an answered message off the list. */
  take(messageId: number): PendingMessage<T> | undefined {
    const waiting = this.#waiting.get(messageId);
    if (waiting === undefined) return undefined;
    waiting.timer.cancel();
    this.#waiting.delete(messageId);
    this.#shares.release(waiting.message.to.address);
    return waiting.message;
  }

  /** Gives everything up: whoever waits for an answer is told that none comes. */
  close(): void {
    const given = [...this.#waiting.keys()].map((messageId) => this.take(messageId));
    for (const message of given) message?.expired();
  }

  #timer(messageId: number): Timer {
    return this.#clock.after(RETRANSMISSION_MS, () => this.#expire(messageId));
  }

  #expire(messageId: number): void {
    const waiting = this.#waiting.get(messageId);
    if (waiting === undefined) return;
    waiting.retries -= 1;
    if (waiting.retries === 0) {
      this.take(messageId)?.expired();
    } else {
      waiting.timer = this.#timer(messageId);
      this.#send(waiting.message, true);
    }
  }
}
