import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached, scratch } from './cache.ts';
import { type Dll, double } from './doubles/build.ts';
import { type Script, Stage } from './stage.ts';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Which Windows Node.js. */
  readonly node?: 20 | 22;
}

/** A Windows of its own: a throwaway prefix of Wine whose System32 has doubles of the DLLs asked for. */
export class Windows {
  private readonly home = scratch('run-');
  private runs = 0;

  constructor(dlls: readonly Dll[] = []) {
    const prefix = freshPrefix();
    // Wine never writes to its files here, so links do; what is shared otherwise is the registry.
    execFileSync('cp', ['--archive', '--link', prefix, this.prefix]);
    for (const name of readdirSync(prefix).filter((it) => it.endsWith('.reg'))) {
      rmSync(join(this.prefix, name));
      copyFileSync(join(prefix, name), join(this.prefix, name));
    }
    for (const dll of dlls) copyFileSync(double(dll), join(this.prefix, 'drive_c/windows/system32', dll));
  }

  private get prefix(): string {
    return join(this.home, 'prefix');
  }

  /** A new folder with the script that the doubles answer from, if any. Name it to them as `WINPEER_DOUBLES`. */
  stage(script: Script = {}): Stage {
    return new Stage(mkdtempSync(join(this.home, 'stage-')), script);
  }

  /** Windows Node.js with these arguments. */
  node(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.run(
      join(import.meta.dirname, `windows/node_modules/node-${options.node ?? 22}/bin/node.exe`),
      args,
      options,
    );
  }

  /** Any program for Windows. Its output goes to files: Node.js under Wine can't write to a pipe (EBADF). */
  async run(file: string, args: readonly string[], { env = {} }: RunOptions = {}): Promise<Ended> {
    const place = join(this.home, `run-${++this.runs}`);
    mkdirSync(place);
    const outputs = ['stdout', 'stderr'].map((name) => join(place, name));
    const [stdout = 0, stderr = 0] = outputs.map((path) => openSync(path, 'w'));
    const child = spawn('wine', [file, ...args], { stdio: ['ignore', stdout, stderr], env: { ...this.env, ...env } });
    const status = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('exit', resolve),
    );
    closeSync(stdout);
    closeSync(stderr);
    const [out = '', err = ''] = outputs.map((path) => readFileSync(path, 'utf8'));
    return { status, stdout: out, stderr: err };
  }

  [Symbol.dispose](): void {
    stopWine(this.env);
    rmSync(this.home, { recursive: true });
  }

  private get env(): NodeJS.ProcessEnv {
    return wineEnv(this.prefix);
  }
}

function wineEnv(prefix: string): NodeJS.ProcessEnv {
  return { ...process.env, WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all' };
}

/** As Wine makes it, for its version; copied for each use. */
export function freshPrefix(): string {
  const version = execFileSync('wine', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const folder = cached(`prefix-${version.trim().replaceAll(/[^\w.-]+/g, '-')}`, (home) => {
    const env = wineEnv(join(home, 'prefix'));
    execFileSync('wineboot', ['--init'], { env, stdio: 'ignore' });
    // Node.js does not start on what Wine 8 says it is unless told.
    execFileSync('wine', ['winecfg', '-v', 'win10'], { env, stdio: 'ignore' });
    stopWine(env);
  });
  return join(folder, 'prefix');
}

/** A prefix's server; it ends by itself some seconds after the last program, and writes the registry then. */
function stopWine(env: NodeJS.ProcessEnv): void {
  for (const step of ['--kill', '--wait']) spawnSync('wineserver', [step], { env });
}
