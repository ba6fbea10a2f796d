import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'process.mjs');

/** What other processes bring about, as soon as they get to it. */
export function eventually(see: () => unknown) {
  return expect.poll(see, { timeout: 50_000, interval: 10 });
}

export interface Answer {
  readonly id?: number;
  readonly ready?: boolean;
  readonly result?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly event?: unknown;
}

export interface SharerOptions {
  readonly version?: number;
  readonly watch?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** A process that shares things of a home; it goes with the test. */
export class Sharer {
  readonly child: ChildProcessWithoutNullStreams;
  readonly events: unknown[] = [];
  readonly ready: Promise<Answer>;
  readonly ended: Promise<unknown>;
  readonly #answers = new EventEmitter().setMaxListeners(0);
  #lastId = 0;

  constructor(home: string, { version = 1, watch = false, env = {} }: SharerOptions = {}) {
    const args = [PROGRAM, home, String(version), watch ? 'watch' : ''];
    this.child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
    this.ended = once(this.child, 'close');
    this.child.stderr.pipe(process.stderr);
    this.child.stdin.on('error', () => undefined);
    this.ready = this.#answer('ready');
    createInterface(this.child.stdout).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if ('event' in answer) this.events.push(answer.event);
      this.#answers.emit(String(answer.id ?? ('event' in answer ? 'event' : 'ready')), answer);
    });
    onTestFinished(() => this.kill());
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** What came of it; undefined where the process ended before it knew. */
  async ask(method: string, args: readonly unknown[] = [], { again = true } = {}): Promise<Answer | undefined> {
    const id = ++this.#lastId;
    const answer = this.#answer(String(id));
    this.child.stdin.write(`${JSON.stringify({ id, method, args, again })}\n`);
    return Promise.race([answer, this.ended.then(() => undefined)]);
  }

  async result(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const answer = await this.ask(method, args);
    if (answer === undefined || !('id' in answer) || 'code' in answer) throw new Error(JSON.stringify(answer));
    return answer.result;
  }

  /** The next event that is none of those before. */
  nextEvent(): Promise<Answer> {
    return this.#answer('event');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** It closes what it has, and ends by itself. */
  async leave(): Promise<void> {
    this.child.stdin.end();
    await this.ended;
  }

  async #answer(name: string): Promise<Answer> {
    const [answer] = await once(this.#answers, name);
    return answer as Answer;
  }
}
