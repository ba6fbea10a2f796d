import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';

export const MAIN = fileURLToPath(new URL('../../dist/lib/cli/main.js', import.meta.url));

export type Line = Record<string, unknown>;

export interface Ended {
  /** Null where a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  /** All of standard input; without it there is none. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What is done when the test is over, the last thing first; tests that run at once have one each. */
export type Finished = (end: () => Promise<void>) => void;

/** The command with a folder of its own, which goes with the test. */
export async function workplace(finished: Finished = onTestFinished): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'winpeer-cli-'));
  finished(() => rm(folder, { recursive: true, force: true }));
  return new Workplace(folder, finished);
}

export class Workplace {
  readonly folder: string;
  readonly home: string;

  readonly #finished: Finished;

  constructor(folder: string, finished: Finished) {
    this.#finished = finished;
    this.folder = folder;
    this.home = join(folder, 'home');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** An identity in the home, made without the command; its peer name. */
  async identity(friendlyName: string): Promise<string> {
    const { peerName } = await this.use((platform) => platform.identity.create({ friendlyName }));
    return peerName;
  }

  async use<T>(what: (platform: Platform) => Promise<T>, home = this.home): Promise<T> {
    await using platform = createPlatform({ home, backend: 'fallback' });
    return await what(platform);
  }

  start(args: readonly string[], circumstances: Circumstances = {}): Running {
    return this.startProgram(process.execPath, [MAIN, ...args], circumstances);
  }

  startProgram(file: string, args: readonly string[], { input, env }: Circumstances = {}): Running {
    // What a developer's or a build machine's environment says must not matter.
    const foreign = /^(WINPEER_|FORCE_COLOR$|NO_COLOR$|CI$|NODE_OPTIONS$|VITEST)/;
    const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    const own = { WINPEER_HOME: this.home, TERM: 'xterm', TMPDIR: this.folder, TEMP: this.folder };
    const child = spawn(file, args, { cwd: this.folder, env: { ...Object.fromEntries(inherited), ...own, ...env } });
    const running = new Running(child);
    this.#finished(() => running.kill());
    if (input !== undefined) child.stdin.end(input);
    return running;
  }

  run(args: readonly string[], circumstances: Circumstances = {}): Promise<Ended> {
    return this.start(args, { input: '', ...circumstances }).ended;
  }

  /** The one object that a command prints with `--json` when all goes well. */
  async json(...args: string[]): Promise<Line> {
    const { code, stdout, stderr } = await this.run(['--json', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return onlyLine(stdout);
  }

  /** The error object of a command that fails with `--json`, having said the same on standard error. */
  async failure(args: readonly string[], circumstances?: Circumstances): Promise<Line> {
    const { code, stdout, stderr } = await this.run(['--json', ...args], circumstances);
    const { error } = onlyLine(stdout) as { error: Line };
    expect({ code, stderr }).toEqual({ code: 1, stderr: `winpeer: ${error.message}\n` });
    expect(Object.keys(error)).toEqual(['code', 'hresult', 'operation', 'message']);
    return error;
  }
}

export class Running {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = '';
  #stderr = '';
  readonly #changes = new EventEmitter();
  #over = false;
  /** How many lines `next` has gone through. */
  #read = 0;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#changes.emit('change');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#changes.emit('change');
    });
    // A command that has ended reads nothing more.
    child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#over = true;
        this.#changes.emit('change');
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get lines(): Line[] {
    return jsonLines(this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1));
  }

  /** Waits for a JSON line with that event. */
  event(name: string): Promise<Line> {
    return this.#until(() => this.lines.find((line) => line.event === name), name);
  }

  /** Waits for a JSON line with these fields, after the one that it found before. */
  async next(fields: Line): Promise<Line> {
    const matches = (line: Line): boolean => Object.entries(fields).every(([key, value]) => line[key] === value);
    const at = await this.#until(() => {
      const found = this.lines.findIndex((line, index) => index >= this.#read && matches(line));
      return found < 0 ? undefined : found;
    }, JSON.stringify(fields));
    this.#read = at + 1;
    return this.lines[at] as Line;
  }

  /** Waits until the text was printed. */
  async printed(text: string): Promise<void> {
    await this.#until(() => (this.#stdout + this.#stderr).includes(text) || undefined, text);
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Nobody reads what the command prints any more. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async #until<T>(find: () => T | undefined, what: string): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.#over) throw new Error(`the command ended without ${what}:\n${this.#stdout}${this.#stderr}`);
      await once(this.#changes, 'change');
    }
  }
}

export function jsonLines(stdout: string): Line[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

function onlyLine(stdout: string): Line {
  const [line, ...more] = jsonLines(stdout);
  expect(more).toEqual([]);
  return line as Line;
}
