import { type CloseOptions, createPlatform, type Platform, type PlatformOptions } from 'winpeer';
import type { EndpointInfo } from 'winpeer/pnrp';
import { Agent, type RunAgent, remoteObject } from './agent.ts';

type Methods = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

/** What a platform is made with, and the variables of its process meanwhile. */
export interface Place {
  readonly options: PlatformOptions;
  readonly env?: Readonly<Record<string, string>>;
}

/** Processes with a platform each; one whose platform was closed gets the next. */
export class Agents {
  readonly #run: RunAgent;
  readonly #all: Agent[] = [];
  #idle: Agent[] = [];

  constructor(run: RunAgent) {
    this.#run = run;
  }

  platform(place: () => Promise<Place>): Platform {
    const agent = this.#idle.pop() ?? this.#hire();
    const { createPlatform: begin } = remoteObject(agent, { target: 0, properties: {} }) as Methods;
    const remote = place().then(({ options, env = {} }) => begin?.(options, env)) as Promise<Platform>;
    // Whoever calls hears of it.
    remote.catch(() => undefined);
    const area = (name: 'identity' | 'pnrp' | 'winsock'): Methods =>
      new Proxy(
        {},
        {
          get:
            (_, method: string) =>
            async (...args: unknown[]) =>
              ((await remote)[name] as unknown as Methods)[method]?.(...args),
        },
      );
    const pnrp = area('pnrp');
    let closed = false;
    const close = async (options?: CloseOptions): Promise<void> => {
      await (await remote).close(options);
      if (!closed) this.#idle.push(agent);
      closed = true;
    };
    const platform = {
      identity: area('identity'),
      // Text alone, which is the same everywhere.
      names: createPlatform().names,
      pnrp: Object.assign(Object.create(pnrp), { resolveEach: (...args: unknown[]) => each(pnrp, args) }),
      winsock: area('winsock'),
      stats: async () => (await remote).stats(),
      close,
      [Symbol.asyncDispose]: close,
    };
    return platform as unknown as Platform;
  }

  /** Resolves when all have ended, with how they did. */
  async end(): Promise<unknown[]> {
    return Promise.all(this.#all.map((agent) => agent.end()));
  }

  #hire(): Agent {
    const agent = new Agent(this.#run);
    this.#all.push(agent);
    return agent;
  }
}

async function* each(pnrp: Methods, args: readonly unknown[]): AsyncGenerator<EndpointInfo, void> {
  const found = (await pnrp.resolveEach?.(...args)) as AsyncGenerator<EndpointInfo, void, undefined>;
  try {
    for (;;) {
      const { done, value } = await found.next();
      if (done) return;
      yield value;
    }
  } finally {
    await found.return();
  }
}
