import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Channel } from './channel.js';
import { type Claim, Claims } from './claims.js';
import { KeeperError } from './errors.js';
import { PROTOCOL } from './messages.js';
import { Remote } from './remote.js';
import { type Served, ServedClients } from './served-clients.js';
import { connect, type Listener, listen } from './sockets.js';

/** An area whose state the processes of a home share. */
export interface Area {
  /** Of its files: lower-case letters. */
  readonly name: string;
  /** Of what is called, answered and told; only processes of the same one share. */
  readonly version: number;
  /** Opens the state, in the process that became its keeper. */
  serve(): Promise<Served>;
}

export interface KeepOptions {
  /** Opens and subscribes, at each keeper anew; nothing else is called before it is through. */
  readonly greet?: (call: Caller) => Promise<void>;
  readonly receive?: (event: unknown) => void;
}

export type Caller = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** How often a call is asked again at the next keeper. One that ends its keepers must not end them all. */
const AGAIN_MAX = 8;
/** How often and how long others who start at the same time are given way. */
const ATTEMPTS = 200;
const LOOK_MS = 20;
/** After a failure every call fails at once; so long after the last try one more is made. */
const RETRY_MS = 500;

/** A keeper, as long as it is there. */
interface Link {
  readonly call: Caller;
  /** Resolves when it went away. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * The state of an area of a home: kept by this process or by another, whichever came first. When the keeper goes away one
 * of the others keeps it. Open ones keep no process alive, but calls do.
 */
export class Kept {
  /** For a sentence. */
  readonly #place: string;
  readonly #area: Area;
  readonly #options: KeepOptions;
  readonly #claims: Claims;
  readonly #closing = new AbortController();
  #link: Promise<Link> | undefined;
  #failure: { readonly error: unknown; readonly at: number } | undefined;

  constructor(home: string, area: Area, options: KeepOptions = {}) {
    this.#place = `the ${area.name} of ${home}`;
    this.#area = area;
    this.#options = options;
    this.#claims = new Claims(home, area.name);
  }

  /** Resolves once there is a keeper; rejects with a `KeeperError`, or with why this process can't be it. */
  async ready(): Promise<void> {
    await this.#reach();
  }

  /**
   * `again`: asks the next keeper where one went away without an answer. Otherwise that is `ERR_KEEPER_LOST`, and nobody
   * knows whether it was done.
   */
  async call(method: string, args: readonly unknown[], { again = false } = {}): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      const { call, ended } = await this.#reach();
      try {
        return await call(method, args);
      } catch (error) {
        if (!again || !isLost(error) || this.#closing.signal.aborted || attempt >= AGAIN_MAX) throw error;
        await ended;
      }
    }
  }

  /** Where this process is the keeper, what was called until now is answered before another one comes. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const link = await this.#link?.catch(() => undefined);
    await link?.close();
  }

  #reach(): Promise<Link> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closedError());
    if (this.#failure === undefined) return this.#link ?? this.#open();
    const { error, at } = this.#failure;
    if (this.#link === undefined && performance.now() - at > RETRY_MS) void this.#open();
    return Promise.reject(error);
  }

  #open(): Promise<Link> {
    const link = this.#find();
    this.#link = link;
    link.then(
      ({ ended }) => {
        this.#failure = undefined;
        // What is subscribed must not wait for the next call.
        void ended.then(() => void (this.#closing.signal.aborted || this.#open()));
      },
      (error) => {
        this.#failure = { error, at: performance.now() };
        this.#link = undefined;
      },
    );
    return link;
  }

  async #find(): Promise<Link> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await setTimeout(LOOK_MS * Math.random());
      if (this.#closing.signal.aborted) throw this.#closedError();
      const link = await this.#join();
      if (link === undefined) continue;
      try {
        await this.#options.greet?.(link.call);
        return link;
      } catch (error) {
        await link.close();
        if (!isLost(error)) throw error;
      }
    }
    throw new KeeperError('ERR_KEEPER_LOST', `no process gets to keep ${this.#place}`);
  }

  /** The keeper that is there, or this process as the next one; undefined where another was faster. */
  async #join(): Promise<Link | undefined> {
    const claim = await this.#claims.highest();
    if (claim?.keeper !== undefined) {
      const socket = await connect(claim.keeper.socket, claim.folder);
      if (socket !== undefined) return this.#greetKeeper(socket, claim.keeper);
    }
    return this.#becomeKeeper((claim?.number ?? 0) + 1);
  }

  async #greetKeeper(socket: Socket, keeper: NonNullable<Claim['keeper']>): Promise<Link | undefined> {
    const name = `the process ${keeper.pid}, which keeps ${this.#place},`;
    if (keeper.protocol !== PROTOCOL || keeper.version !== this.#area.version) {
      socket.destroy();
      const newer = keeper.protocol > PROTOCOL || keeper.version > this.#area.version;
      const what = newer
        ? 'a newer version of winpeer: update this one, or end it'
        : 'an older version of winpeer: end it';
      throw new KeeperError('ERR_KEEPER_VERSION', `${name} is of ${what}`);
    }
    const channel = new Channel(socket);
    const remote = new Remote(channel, name, (event) => this.#options.receive?.(event));
    const leave = (): void => channel.end();
    this.#closing.signal.addEventListener('abort', leave);
    try {
      await remote.hello(keeper.version, keeper.secret);
    } catch (error) {
      channel.end();
      if (isLost(error)) return undefined;
      throw error;
    } finally {
      this.#closing.signal.removeEventListener('abort', leave);
    }
    return { call: (method, args) => remote.call(method, args), ended: remote.ended, close: () => remote.close() };
  }

  async #becomeKeeper(number: number): Promise<Link | undefined> {
    const draft = await this.#claims.draft();
    let listener: Listener | undefined;
    let claim: Claim | undefined;
    let link: Link | undefined;
    try {
      listener = await listen(draft.socket);
      claim = await this.#claims.publish(draft, number, { protocol: PROTOCOL, version: this.#area.version });
      if (claim !== undefined) link = this.#serve(await this.#area.serve(), draft.secret, claim, listener);
      return link;
    } finally {
      if (link === undefined) {
        listener?.close();
        await this.#claims.discard(draft, claim);
      }
    }
  }

  #serve(served: Served, secret: Uint8Array, claim: Claim, listener: Listener): Link {
    const clients = new ServedClients(served, this.#area.version, secret);
    listener.answer((socket) => clients.take(socket));
    const own = served.open((event) => this.#options.receive?.(event));
    return {
      call: (method, args) => own.call(method, args),
      ended: new Promise(() => undefined),
      close: async () => {
        listener.close();
        await own.close();
        await clients.close();
        await this.#claims.leave(claim);
      },
    };
  }

  #closedError(): KeeperError {
    return new KeeperError('ERR_KEEPER_LOST', `${this.#place} was closed`);
  }
}

function isLost(error: unknown): boolean {
  return error instanceof KeeperError && error.code === 'ERR_KEEPER_LOST';
}
