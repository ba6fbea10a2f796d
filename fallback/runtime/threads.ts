import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ThreadFiles, Threads, WorkThread } from '../../lib/backend/contract/host.js';

/** What a module of a thread exports. */
export interface ThreadModule {
  start(files: ThreadFiles): Readonly<Record<string, (argument: unknown) => unknown>>;
}

export interface ThreadCall {
  readonly name: string;
  readonly argument: unknown;
}

export type ThreadAnswer = { readonly value: unknown } | { readonly error: object };

/** Each takes about 15 MB, and what two of them hash in a second few disks and networks deliver. */
const MOST_THREADS = 2;

/** node:worker_threads. */
export function realThreads(count = Math.min(MOST_THREADS, availableParallelism())): Threads {
  return { count, open: (module) => new RealThread(module) };
}

/** Garbage that a thread may pile up; of itself it would be several times as much. */
const YOUNG_GENERATION_MB = 4;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

class RealThread implements WorkThread {
  readonly #module: string;
  #worker: Worker | undefined;
  /** In the order of their calls, which is that of the answers. */
  #waiting: Waiting[] = [];

  constructor(module: string) {
    this.#module = module;
  }

  call(name: string, argument: unknown): Promise<unknown> {
    const worker = this.#running();
    return new Promise((resolve, reject) => {
      worker.postMessage({ name, argument } satisfies ThreadCall);
      this.#waiting.push({ resolve, reject });
      worker.ref();
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#end(new Error('the thread was closed'));
    await worker?.terminate();
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./thread-main.js', import.meta.url), {
      workerData: this.#module,
      // Some of a program's own options are refused for threads: `--input-type` of one that is given as text.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    const ended = (error: Error): void => {
      if (this.#worker === worker) this.#end(error);
    };
    worker.on('message', (answer: ThreadAnswer) => this.#worker === worker && this.#answered(answer));
    worker.on('error', ended);
    worker.on('exit', () => ended(new Error('the thread has ended')));
    this.#worker = worker;
    return worker;
  }

  #answered(answer: ThreadAnswer): void {
    const call = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker?.unref();
    if ('error' in answer) call?.reject(Object.assign(new Error(), answer.error));
    else call?.resolve(answer.value);
  }

  #end(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#worker = undefined;
    for (const call of waiting) call.reject(error);
  }
}
