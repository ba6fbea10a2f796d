import { constants } from 'node:os';
import type { Command } from 'commander';
import { PeerError } from '../errors.js';
import type { Identity } from '../identity.js';
import { createPlatform, type Platform } from '../platform.js';
import { Output } from './output.js';

export const ExitCode = { NOTHING_FOUND: 1, USAGE: 2, TIMEOUT: 124 } as const;

/** An end with a sentence that is no failed operation: what there is to say on standard output has been said. */
export class Exit extends Error {
  readonly exitCode: number;

  constructor(reason: keyof typeof ExitCode, sentence: string) {
    super(sentence);
    this.exitCode = ExitCode[reason];
  }
}

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
  /** Aborted by Ctrl-C, and when nobody reads standard output any more. */
  readonly signal: AbortSignal;
}

type Action<A extends unknown[]> = (session: Session, ...args: A) => Promise<void>;

/** Closing the terminal is a way to leave, too. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on a Ctrl-C that the terminal has sent to the command already: so soon after the first it is the same. */
const SAME_SIGNAL_MS = 500;

/** Makes a commander action of a command: a platform, errors as exit codes, and an orderly end. */
export function action<A extends unknown[]>(run: Action<A>): (this: Command, ...args: A) => Promise<void> {
  return async function (this: Command, ...args: A) {
    const options = this.optsWithGlobals<GlobalOptions>();
    const out = new Output(options.json ?? false);
    const interrupt = new AbortController();
    const leave = (): void => {
      out.stop();
      interrupt.abort();
    };
    let left = Number.POSITIVE_INFINITY;
    // It stays in force until the end: a library that finds no other listener would end the process in the middle.
    const stop = (signal: NodeJS.Signals): void => {
      process.exitCode = 128 + constants.signals[signal];
      // Whoever asks again does not want to wait for the goodbyes.
      if (performance.now() - left > SAME_SIGNAL_MS) process.exit();
      left = Math.min(left, performance.now());
      leave();
    };
    for (const signal of SIGNALS) process.on(signal, stop);
    process.stdout.once('error', leave);
    const fail = (error: unknown): void => {
      if (!interrupt.signal.aborted) report(error, out, options.verbose ?? false);
    };
    let platform: Platform | undefined;
    try {
      platform = createSessionPlatform(options);
      await run({ platform, out, options, signal: interrupt.signal }, ...args);
    } catch (error) {
      fail(error);
    }
    out.stop();
    await platform?.close().catch(fail);
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}

function createSessionPlatform({ backend, home }: GlobalOptions): Platform {
  try {
    return createPlatform({ ...(backend === undefined ? {} : { backend }), ...(home === undefined ? {} : { home }) });
  } catch (error) {
    throw new Exit('USAGE', (error as Error).message);
  }
}

function report(error: unknown, out: Output, verbose: boolean): void {
  const { message, stack } = error as Error;
  out.fail(verbose && stack !== undefined ? stack : message);
  process.exitCode = error instanceof Exit ? error.exitCode : 1;
  if (!out.json || error instanceof Exit) return;
  const { code = 'ERR_WINPEER' } = error as NodeJS.ErrnoException;
  const { hresult = null, operation = null } = error instanceof PeerError ? error : {};
  out.print({ error: { code, hresult, operation, message } }, '');
}

/** A timer's longest. */
const LONG_MS = 2 ** 31 - 1;

/** Resolves when the command shall end: for commands that run until then. */
export function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // They may have nothing open that keeps the process, and signals don't.
    const alive = setInterval(() => undefined, LONG_MS);
    const end = (): void => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

/** N of the command line: a peer name, or a friendly name that only one identity has. */
export async function findIdentity(platform: Platform, name: string): Promise<Identity> {
  const operation = 'finding an identity';
  const identities = await platform.identity.list();
  const exact = identities.find((it) => it.peerName === name);
  if (exact !== undefined) return exact;
  const [found, ...more] = identities.filter((it) => it.friendlyName === name);
  if (found === undefined) {
    const sentence = `none is called "${name}"; winpeer identity list shows them`;
    throw new PeerError('PEER_E_NOT_FOUND', operation, sentence);
  }
  if (more.length > 0) {
    const sentence = `${more.length + 1} are called "${name}"; use the peer name`;
    throw new PeerError('E_INVALIDARG', operation, sentence);
  }
  return found;
}
