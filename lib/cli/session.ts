import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text as readStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import { PeerError } from '../errors.js';
import type { Identity } from '../identity.js';
import { createPlatform, type Platform } from '../platform.js';
import { Output } from './output.js';

/** Wrong usage that no parser sees: exit code 2. */
export class UsageError extends Error {}

/** `--timeout` cut it: exit code 124. */
export class TimeoutError extends Error {}

export interface GlobalOptions {
  readonly json?: boolean;
  readonly backend?: string;
  readonly home?: string;
  readonly verbose?: boolean;
}

/** What every command works with. */
export interface Session {
  readonly platform: Platform;
  readonly out: Output;
  readonly options: GlobalOptions;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

type Action<A extends unknown[]> = (session: Session, ...args: A) => Promise<void>;

/** Makes a commander action of a command: a platform, errors as exit codes, and an orderly end. */
export function action<A extends unknown[]>(run: Action<A>): (this: Command, ...args: A) => Promise<void> {
  return async function (this: Command, ...args: A) {
    const options = this.optsWithGlobals<GlobalOptions>();
    const out = new Output(options.json ?? false);
    const interrupt = new AbortController();
    const stop = (signal: NodeJS.Signals): void => {
      process.exitCode = signal === 'SIGINT' ? 130 : 143;
      interrupt.abort();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    let platform: Platform | undefined;
    try {
      platform = createSessionPlatform(options);
      await run({ platform, out, options, signal: interrupt.signal }, ...args);
    } catch (error) {
      if (!interrupt.signal.aborted) report(error, out, options.verbose ?? false);
    } finally {
      out.stop();
      await platform?.close();
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  };
}

function createSessionPlatform({ backend, home }: GlobalOptions): Platform {
  try {
    return createPlatform({ ...(backend === undefined ? {} : { backend }), ...(home === undefined ? {} : { home }) });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function report(error: unknown, out: Output, verbose: boolean): void {
  const { code = 'ERR_WINPEER', message } = error as PeerError;
  process.exitCode = error instanceof UsageError ? 2 : error instanceof TimeoutError ? 124 : 1;
  out.fail(verbose && error instanceof Error ? `${error.stack}` : message);
  const { hresult, operation } = error instanceof PeerError ? error : { hresult: undefined, operation: undefined };
  if (out.json) process.stdout.write(`${JSON.stringify({ error: { code, hresult, operation, message } })}\n`);
}

/** Resolves when Ctrl-C was pressed: for commands that run until then. */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** N of the command line: a peer name, or a friendly name that only one identity has. */
export async function findIdentity(platform: Platform, name: string): Promise<Identity> {
  const identities = await platform.identity.list();
  const exact = identities.find((it) => it.peerName === name);
  if (exact !== undefined) return exact;
  const [found, ...more] = identities.filter((it) => it.friendlyName === name);
  if (found === undefined) throw new PeerError('PEER_E_NOT_FOUND', 'winpeer', `there is no identity "${name}"`);
  if (more.length > 0) {
    throw new PeerError(
      'E_INVALIDARG',
      'winpeer',
      `${more.length + 1} identities are called "${name}": use the peer name`,
    );
  }
  return found;
}

export interface PasswordOptions {
  readonly password?: string;
  readonly passwordFile?: string;
}

/** A password from `--password-file`, `WINPEER_PASSWORD` or a prompt; `--password` shows in the process list. */
export async function readPassword(options: PasswordOptions, out: Output, confirm: boolean): Promise<string> {
  if (options.password !== undefined) {
    out.warn(
      '--password can be seen by everybody on this machine; use --password-file, WINPEER_PASSWORD or the prompt',
    );
    return options.password;
  }
  if (options.passwordFile !== undefined) {
    const file = options.passwordFile;
    const content = file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
    return content.replace(/\r?\n$/, '');
  }
  if (process.env.WINPEER_PASSWORD !== undefined) return process.env.WINPEER_PASSWORD;
  if (!process.stdin.isTTY) throw new UsageError('a password is needed: --password-file FILE or WINPEER_PASSWORD');
  const password = await prompt('Password: ');
  if (confirm && (await prompt('Again: ')) !== password) throw new UsageError('the passwords differ');
  return password;
}

/** Asks on the terminal without showing what is typed. */
function prompt(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      lines.removeAllListeners('close');
      lines.close();
      process.stderr.write('\n');
      resolve(line);
    });
    lines.once('close', () => reject(new UsageError('no password was given')));
    lines.once('SIGINT', () => {
      lines.close();
      process.kill(process.pid, 'SIGINT');
    });
  });
}
