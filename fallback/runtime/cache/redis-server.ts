import type { Redis } from 'ioredis';
import type { Script } from './redis-scripts.js';

/** Of all keys, with the version of what they hold. */
const PREFIX = 'winpeer:cache:1:';
/** A server that takes longer is away, to be reached and to answer. */
const CONNECT_MS = 2000;
const ANSWER_MS = 5000;
/** Between two looks whether one is back, at most. */
const RETRY_MS = 1000;

/** A Redis server. While it is away calls fail at once, all but those that noticed. */
export class RedisServer {
  readonly #redis: Redis;
  /** For a sentence: without the password. */
  readonly #name: string;
  #why = '';
  #ready = false;

  private constructor(redis: Redis, name: string) {
    this.#redis = redis;
    this.#name = name;
    redis.on('error', ({ message }: Error) => {
      this.#why = `: ${message}`;
    });
    redis.on('close', () => {
      this.#ready = false;
    });
  }

  /** Rejects for what is no address of one; a server that is away may come. `greet` is called at each coming. */
  static async open(address: string, greet: (server: RedisServer) => Promise<unknown>): Promise<RedisServer> {
    const { protocol, host } = URL.canParse(address) ? new URL(address) : { protocol: '', host: '' };
    if (!['redis:', 'rediss:'].includes(protocol) || host === '') {
      throw new RangeError('the address of a Redis server reads redis://host:port/db');
    }
    const { Redis } = await import('ioredis').catch((cause: unknown) => {
      throw new Error('a cache in Redis takes the package ioredis: npm install ioredis', { cause });
    });
    const redis = new Redis(address, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      retryStrategy: (times) => Math.min(20 * times, RETRY_MS),
    });
    const server = new RedisServer(redis, `${protocol}//${host}`);
    redis.on('ready', () => {
      server.#ready = true;
      greet(server).catch(() => undefined);
    });
    await redis.connect().catch(() => undefined);
    return server;
  }

  async run({ lua, sha }: Script, ...args: readonly (string | number | Uint8Array)[]): Promise<unknown> {
    const given = [
      1,
      PREFIX,
      ...args.map((it) => (it instanceof Uint8Array ? Buffer.from(it.buffer, it.byteOffset, it.length) : it)),
    ];
    try {
      return await this.#send('EVALSHA', sha, given);
    } catch (error) {
      // One that began anew knows no scripts.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return await this.#send('EVAL', lua, given);
    }
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  async #send(command: string, first: string, args: readonly (string | number | Buffer)[]): Promise<unknown> {
    if (!this.#ready) throw new Error(`${this.#name} is away${this.#why}`);
    try {
      return await this.#redis.callBuffer(command, first, ...args);
    } catch (error) {
      const { name, message } = error as Error;
      if (name === 'ReplyError') throw error;
      // It stands still, perhaps: until it is back nobody else waits for it.
      if (this.#ready) this.#redis.disconnect(true);
      this.#ready = false;
      throw new Error(`${this.#name} is away: ${message}`, { cause: error });
    }
  }
}
