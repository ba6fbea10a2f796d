import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A Redis server on loopback, which writes nothing to the disk. */
export class RedisProcess {
  readonly #port: number;
  readonly #folder: string;
  #child: ChildProcessByStdio<null, Readable, null> | undefined;

  private constructor(port: number, folder: string) {
    this.#port = port;
    this.#folder = folder;
  }

  static async start(folder: string): Promise<RedisProcess> {
    for (;;) {
      const server = new RedisProcess(await freePort(), folder);
      if (await server.start()) return server;
    }
  }

  /** Of one of its databases, each of which is empty at the start. */
  address(database = 0): string {
    return `redis://127.0.0.1:${this.#port}/${database}`;
  }

  /** False where somebody else has its port. */
  async start(): Promise<boolean> {
    const settings = {
      port: this.#port,
      bind: '127.0.0.1',
      save: '',
      appendonly: 'no',
      dir: this.#folder,
      databases: 1000,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(this.#child.stdout)) {
      if (line.includes('Ready to accept connections')) return true;
    }
    return false;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.stdout.resume();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
