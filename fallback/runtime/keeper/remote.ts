import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Channel } from './channel.js';
import { errorFromData, KeeperError } from './errors.js';
import { type FromClient, isFromKeeper, PROTOCOL, proof } from './messages.js';

/** How often a keeper that does not answer is asked whether it lives, and how often in vain until it stands still. */
const PING_MS = 1000;
const PINGS_MAX = 5;
/** Calls on their way at once; further ones wait here. */
const CALLS_MAX = 64;

interface Call {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The keeper's state, from another process. */
export class Remote {
  readonly ended: Promise<void>;
  readonly #channel: Channel;
  readonly #name: string;
  readonly #emit: (event: unknown) => void;
  readonly #calls = new Map<number, Call>();
  readonly #waiting: (() => void)[] = [];
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  #unanswered = 0;
  #lost = false;

  /** `name` is who the keeper is, for a sentence. */
  constructor(channel: Channel, name: string, emit: (event: unknown) => void) {
    this.#channel = channel;
    this.#name = name;
    this.#emit = emit;
    this.ended = channel.ended.then(() => this.#end());
    channel.start((message) => this.#receive(message));
  }

  /** Rejects where the keeper is another than the one that made the claim. */
  async hello(version: number, secret: Uint8Array): Promise<void> {
    const challenge = randomBytes(32);
    const expected = proof(secret, challenge);
    const given = await this.#ask(0, ['hello', PROTOCOL, version, challenge]);
    if (!(given instanceof Uint8Array) || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      this.#channel.end();
      throw new KeeperError('ERR_KEEPER_LOST', `${this.#name} is not who it claims to be`);
    }
  }

  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    while (this.#calls.size >= CALLS_MAX && !this.#silent) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const id = ++this.#lastId;
    return this.#ask(id, ['call', id, method, args]);
  }

  async close(): Promise<void> {
    this.#channel.end();
    await this.ended;
  }

  get #silent(): boolean {
    return this.#unanswered >= PINGS_MAX;
  }

  #ask(id: number, message: FromClient): Promise<unknown> {
    if (this.#lost) return Promise.reject(this.#lostError());
    if (this.#silent) return Promise.reject(this.#silentError());
    return new Promise((resolve, reject) => {
      this.#channel.send(message);
      this.#calls.set(id, { resolve, reject });
      this.#channel.hold(true);
      this.#timer ??= setInterval(() => this.#ping(), PING_MS).unref();
    });
  }

  #receive(message: unknown): void {
    if (!isFromKeeper(message)) throw new TypeError('no message of a keeper');
    this.#unanswered = 0;
    const [kind] = message;
    if (kind === 'event') this.#emit(message[1]);
    else if (kind === 'welcome') this.#settle(0, ({ resolve }) => resolve(message[1]));
    else if (kind === 'result') this.#settle(message[1], ({ resolve }) => resolve(message[2]));
    else if (kind === 'error') this.#settle(message[1], ({ reject }) => reject(errorFromData(message[2])));
  }

  /** A call that was given up may be answered after all. */
  #settle(id: number, how: (call: Call) => void): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    this.#calls.delete(id);
    how(call);
    this.#waiting.shift()?.();
    if (this.#calls.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#channel.hold(false);
  }

  /** A count, not a time: this process may have stood still itself. */
  #ping(): void {
    this.#unanswered += 1;
    if (this.#silent) this.#giveUp(this.#silentError());
    else this.#channel.send(['ping'] satisfies FromClient);
  }

  #end(): void {
    this.#lost = true;
    this.#giveUp(this.#lostError());
  }

  #giveUp(error: KeeperError): void {
    for (const id of [...this.#calls.keys()]) this.#settle(id, ({ reject }) => reject(error));
    for (const go of this.#waiting.splice(0)) go();
  }

  #lostError(): KeeperError {
    return new KeeperError('ERR_KEEPER_LOST', `${this.#name} went away`);
  }

  #silentError(): KeeperError {
    return new KeeperError('ERR_KEEPER_SILENT', `${this.#name} does not answer`);
  }
}
