import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { decode, encode } from './values.mjs';

/** Runs an agent (agent.mjs) that connects to the port; resolves when it has ended, with how it did. */
export type RunAgent = (port: number) => Promise<unknown>;

/** An object that stays with an agent: its number, and all of it that is no method. */
interface Kept {
  readonly target: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Answer extends Pick<Kept, 'properties'> {
  readonly value?: unknown;
  readonly error?: unknown;
}

/** Another process, and the calls that it makes for this one. Nothing there calls back. */
export class Agent {
  readonly #socket: Promise<Socket>;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(why: unknown): void }>();
  readonly #signals = new Map<AbortSignal, number>();
  #ended: Promise<unknown> | undefined;
  /** Why no call is answered any more. */
  #gone: Error | undefined;
  #calls = 0;

  constructor(run: RunAgent) {
    this.#socket = this.#meet(run);
    // Whoever calls hears of it.
    this.#socket.catch(() => undefined);
  }

  async call(target: number, method: string, args: readonly unknown[]): Promise<Answer> {
    const socket = await this.#socket;
    if (this.#gone !== undefined) throw this.#gone;
    const call = ++this.#calls;
    const given = encode(args, (object) => (object instanceof AbortSignal ? this.#signal(object, socket) : undefined));
    socket.write(`${JSON.stringify({ call, target, method, args: given })}\n`);
    return new Promise((resolve, reject) => this.#waiting.set(call, { resolve, reject }));
  }

  /** Hangs up; resolves when the agent has ended. */
  async end(): Promise<unknown> {
    (await this.#socket).end();
    return this.#ended;
  }

  async #meet(run: RunAgent): Promise<Socket> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ended = run((server.address() as { readonly port: number }).port);
    this.#ended = ended;
    const early = ended.then((how) => {
      this.#gone = new Error(`the agent has ended: ${JSON.stringify(how)}`);
      for (const { reject } of this.#waiting.values()) reject(this.#gone);
      throw this.#gone;
    });
    const [socket]: Socket[] = await Promise.race([once(server, 'connection'), early]);
    early.catch(() => undefined);
    server.close();
    if (socket === undefined) throw new Error('no agent');
    createInterface(socket).on('line', (line) => {
      const { call, ...answer }: Answer & { readonly call: number } = JSON.parse(line);
      this.#waiting.get(call)?.resolve(answer);
      this.#waiting.delete(call);
    });
    return socket;
  }

  #signal(signal: AbortSignal, socket: Socket): unknown {
    const number = this.#signals.get(signal) ?? this.#signals.size;
    const reason = () => encode(signal.reason, String);
    if (!this.#signals.has(signal)) {
      signal.addEventListener('abort', () => socket.write(`${JSON.stringify({ abort: number, reason: reason() })}\n`));
    }
    this.#signals.set(signal, number);
    return { signal: number, aborted: signal.aborted, reason: reason() };
  }
}

/** An object of an agent: whatever name it is asked for is a method there, unless it is one of its properties. */
export function remoteObject(agent: Agent, { target, properties }: Kept): object {
  const decoded = (json: unknown): unknown => decode(json, (kept: Kept) => remoteObject(agent, kept));
  const known = decoded(properties) as Record<string, unknown>;
  const call = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    const answer = await agent.call(target, method, args);
    Object.assign(known, decoded(answer.properties));
    if (answer.error !== undefined) throw decoded(answer.error);
    return decoded(answer.value);
  };
  return new Proxy(known, {
    // Promises and matchers look for what no such object has.
    get: (_, name) =>
      typeof name === 'symbol' || name === 'then' || name in known
        ? known[name as string]
        : (...args: unknown[]) => call(name, args),
  });
}
