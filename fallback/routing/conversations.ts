import { createHash } from 'node:crypto';
import type { Clock, Random, Timer } from '../../lib/backend/contract/host.js';
import { type Endpoint, endpointKey } from './entry.js';
import { Shares } from './shares.js';

/** [MS-PNRP] 3.2.2: conversation timer. */
const CONVERSATION_MS = 15_000;
const NONCE_LENGTH = 16;
/** 3.1.4.3: how often a message is sent that nothing answers, D-29. */
const TRANSMISSIONS = 2;

/** SOLICIT carries the hash, REQUEST the nonce: who can send both from one endpoint can be reached there. */
function hashedNonce(nonce: Uint8Array): Buffer {
  return createHash('sha1').update(nonce).digest();
}

interface Inbound<T> {
  readonly address: string;
  readonly offer: T;
  answers: number;
  timer: Timer;
}

/**
 * The Conversation Table of a publisher, [MS-PNRP] 3.2.1: who sent a SOLICIT and what it was offered. The bounds keep
 * small what senders that nothing is known about can make a node remember.
 */
export class InboundConversations<T> {
  readonly #clock: Clock;
  readonly #shares: Shares;
  readonly #conversations = new Map<string, Inbound<T>>();

  constructor(options: { readonly clock: Clock; readonly limit: number; readonly limitPerSource: number }) {
    this.#clock = options.clock;
    this.#shares = new Shares({ limit: options.limit, limitPerHolder: options.limitPerSource });
  }

  get size(): number {
    return this.#conversations.size;
  }

  /**
   * 3.2.5.3 step 2: a repeated SOLICIT restarts the timer and gets the same offer; but `answered` when it came more often
   * than an honest one would, since an offer is much longer than what asks for it, and that may be under a false address.
   * `full`: the table is, or the share of this address in it.
   */
  open(from: Endpoint, hash: Uint8Array, makeOffer: () => T): { readonly offer: T } | 'answered' | 'full' {
    const key = keyOf(from, hash);
    const known = this.#conversations.get(key);
    if (known !== undefined) {
      if (known.answers === TRANSMISSIONS) return 'answered';
      known.answers += 1;
      known.timer.cancel();
      known.timer = this.#timer(key);
      return { offer: known.offer };
    }
    if (!this.#shares.take(from.address)) return 'full';
    const offer = makeOffer();
    this.#conversations.set(key, { address: from.address, offer, answers: 1, timer: this.#timer(key) });
    return { offer };
  }

  /**
   * 3.2.5.4: ends the conversation that the nonce proves. The text finds it by source alone; with several from one
   * source only the hash tells them apart.
   */
  take(from: Endpoint, nonce: Uint8Array): T | undefined {
    return this.#end(keyOf(from, hashedNonce(nonce)))?.offer;
  }

  close(): void {
    for (const key of this.#conversations.keys()) this.#end(key);
  }

  #timer(key: string): Timer {
    return this.#clock.after(CONVERSATION_MS, () => this.#end(key));
  }

  #end(key: string): Inbound<T> | undefined {
    const conversation = this.#conversations.get(key);
    if (conversation === undefined) return undefined;
    conversation.timer.cancel();
    this.#conversations.delete(key);
    this.#shares.release(conversation.address);
    return conversation;
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
