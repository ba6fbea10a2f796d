import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Channel } from './channel.js';
import { errorToData } from './errors.js';
import { type FromKeeper, isFromClient, PROTOCOL, proof } from './messages.js';

/** The state of an area, in the process that keeps it. */
export interface Served {
  /** A client came, this process itself perhaps. */
  open(emit: (event: unknown) => void): ServedClient;
  close(): Promise<void>;
}

/** What one client sees of the state. */
export interface ServedClient {
  /** Arguments come from another process: nothing is known about them. */
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  /** The client is gone; its handles, subscriptions and published objects go with it. */
  close(): Promise<void>;
}

/** Calls of a client at once; ours wait long before. */
const CALLS_MAX = 1024;
/** Processes of one user. */
const CLIENTS_MAX = 1024;
/** Bytes of answers from which on a client that does not read them is not heard either. */
const UNREAD_ENOUGH = 1024 * 1024;
/** For a hello. */
const HELLO_MS = 10_000;
/** For what goes on when the keeper closes; some calls wait for what may never happen. */
const GRACE_MS = 1000;

/** The clients in other processes. */
export class ServedClients {
  readonly #served: Served;
  readonly #version: number;
  readonly #secret: Uint8Array;
  readonly #connections = new Set<Connection>();
  #closing = false;

  constructor(served: Served, version: number, secret: Uint8Array) {
    this.#served = served;
    this.#version = version;
    this.#secret = secret;
  }

  take(socket: Socket): void {
    if (this.#closing || this.#connections.size >= CLIENTS_MAX) {
      socket.destroy();
      return;
    }
    const connection = new Connection(new Channel(socket), this.#served, this.#version, this.#secret);
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
  }

  /** Answers what was asked until now, then closes the state: whoever keeps it next finds it free. */
  async close(): Promise<void> {
    this.#closing = true;
    const connections = [...this.#connections];
    const graceOver = new AbortController();
    const grace = setTimeout(GRACE_MS, undefined, { signal: graceOver.signal }).catch(() => undefined);
    await Promise.race([grace, Promise.all(connections.map((it) => it.finish()))]);
    graceOver.abort();
    await Promise.all(connections.map((it) => it.closeClient()));
    await this.#served.close();
    for (const connection of connections) connection.leave();
  }
}

class Connection {
  readonly ended: Promise<void>;
  readonly #channel: Channel;
  readonly #open: (emit: (event: unknown) => void) => ServedClient;
  readonly #version: number;
  readonly #secret: Uint8Array;
  readonly #calls = new Set<Promise<void>>();
  readonly #patience: NodeJS.Timeout;
  #client: ServedClient | undefined;
  #finishing = false;

  constructor(channel: Channel, served: Served, version: number, secret: Uint8Array) {
    this.#channel = channel;
    this.#open = (emit) => served.open(emit);
    this.#version = version;
    this.#secret = secret;
    this.#patience = globalThis.setTimeout(() => channel.end(), HELLO_MS).unref();
    channel.hold(false);
    this.ended = channel.ended.then(() => this.closeClient());
    channel.start((message) => this.#receive(message));
  }

  /** No call is taken any more; those that go on are answered. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await Promise.all(this.#calls);
  }

  async closeClient(): Promise<void> {
    clearTimeout(this.#patience);
    this.#finishing = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.close().catch(() => undefined);
  }

  /** What was answered still arrives. */
  leave(): void {
    this.#channel.finish();
  }

  #receive(message: unknown): void {
    if (!isFromClient(message)) throw new TypeError('no message of a client');
    const [kind] = message;
    if (kind === 'hello') this.#welcome(message);
    else if (this.#client === undefined && !this.#finishing) throw new TypeError('no hello');
    else if (kind === 'ping') this.#send(['pong']);
    else if (!this.#finishing) this.#take(message[1], message[2], message[3]);
  }

  #welcome([, protocol, version, challenge]: readonly ['hello', number, number, Uint8Array]): void {
    if (protocol !== PROTOCOL || version !== this.#version) throw new RangeError('another version');
    if (this.#client !== undefined || this.#finishing) throw new TypeError('a second hello');
    clearTimeout(this.#patience);
    this.#client = this.#open((event) => this.#send(['event', event]));
    this.#send(['welcome', proof(this.#secret, challenge)]);
  }

  #take(id: number, method: string, args: readonly unknown[]): void {
    if (this.#calls.size >= CALLS_MAX) throw new RangeError('too many calls at once');
    const call = this.#answer(id, method, args).finally(() => this.#calls.delete(call));
    this.#calls.add(call);
  }

  async #answer(id: number, method: string, args: readonly unknown[]): Promise<void> {
    try {
      this.#send(['result', id, await this.#client?.call(method, args)]);
    } catch (error) {
      this.#send(['error', id, errorToData(error)]);
    }
  }

  #send(message: FromKeeper): void {
    this.#channel.send(message);
    if (this.#channel.unread > UNREAD_ENOUGH) this.#channel.waitForReader();
  }
}
