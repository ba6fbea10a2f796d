import { createHash } from 'node:crypto';
import type { Clock, Random, Timer } from '../../lib/backend/contract/host.js';
import { type Endpoint, endpointKey } from './entry.js';

/** [MS-PNRP] 3.2.2: conversation timer. */
const CONVERSATION_MS = 15_000;
const NONCE_LENGTH = 16;

/** SOLICIT carries the hash, REQUEST the nonce: who can send both from one endpoint can be reached there. */
function hashedNonce(nonce: Uint8Array): Buffer {
  return createHash('sha1').update(nonce).digest();
}

interface Inbound<T> {
  readonly address: string;
  readonly offer: T;
  timer: Timer;
}

/**
 * The Conversation Table of a publisher, [MS-PNRP] 3.2.1: who sent a SOLICIT and what it was offered. The bounds keep
 * small what senders that nothing is known about can make a node remember.
 */
export class InboundConversations<T> {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #limitPerSource: number;
  readonly #conversations = new Map<string, Inbound<T>>();

  constructor(options: { readonly clock: Clock; readonly limit: number; readonly limitPerSource: number }) {
    this.#clock = options.clock;
    this.#limit = options.limit;
    this.#limitPerSource = options.limitPerSource;
  }

  get size(): number {
    return this.#conversations.size;
  }

  /**
   * 3.2.5.3 step 2: a repeated SOLICIT restarts the timer and gets the same offer. `undefined` when the table, or the
   * share of this address in it, is full.
   */
  open(from: Endpoint, hash: Uint8Array, makeOffer: () => T): T | undefined {
    const key = keyOf(from, hash);
    const known = this.#conversations.get(key);
    if (known !== undefined) {
      known.timer.cancel();
      known.timer = this.#timer(key);
      return known.offer;
    }
    if (this.#conversations.size >= this.#limit || this.#countOf(from.address) >= this.#limitPerSource)
      return undefined;
    const offer = makeOffer();
    this.#conversations.set(key, { address: from.address, offer, timer: this.#timer(key) });
    return offer;
  }

  /**
   * 3.2.5.4: ends the conversation that the nonce proves. The text finds it by source alone; with several from one
   * source only the hash tells them apart.
   */
  take(from: Endpoint, nonce: Uint8Array): T | undefined {
    const key = keyOf(from, hashedNonce(nonce));
    const conversation = this.#conversations.get(key);
    conversation?.timer.cancel();
    this.#conversations.delete(key);
    return conversation?.offer;
  }

  close(): void {
    for (const { timer } of this.#conversations.values()) timer.cancel();
    this.#conversations.clear();
  }

  #timer(key: string): Timer {
    return this.#clock.after(CONVERSATION_MS, () => this.#conversations.delete(key));
  }

  #countOf(address: string): number {
    return [...this.#conversations.values()].filter((conversation) => conversation.address === address).length;
  }
}

/**
 * The Conversation Table of a resolver, 3.1.1: the nonces of its SOLICITs. The owner releases a conversation when the
 * SOLICIT expires from the pending list, so that list bounds this one.
 */
export class OutboundConversations {
  readonly #random: Random;
  readonly #nonces = new Map<number, Uint8Array>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#nonces.size;
  }

  /** The hashed nonce for a new SOLICIT. */
  start(solicitMessageId: number): Uint8Array {
    const nonce = this.#random.bytes(NONCE_LENGTH);
    this.#nonces.set(solicitMessageId, nonce);
    return hashedNonce(nonce);
  }

  /** 3.1.5.3: the nonce for the REQUEST; `undefined` when the ADVERTISE does not return this conversation's hash. */
  finish(solicitMessageId: number, hash: Uint8Array): Uint8Array | undefined {
    const nonce = this.#nonces.get(solicitMessageId);
    if (nonce === undefined || !hashedNonce(nonce).equals(hash)) return undefined;
    this.#nonces.delete(solicitMessageId);
    return nonce;
  }

  release(solicitMessageId: number): void {
    this.#nonces.delete(solicitMessageId);
  }
}

function keyOf(from: Endpoint, hash: Uint8Array): string {
  return `${endpointKey(from.address, from.port)} ${Buffer.from(hash).toString('hex')}`;
}
