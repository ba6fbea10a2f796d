import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { Output } from './output.js';
import { Exit } from './session.js';

export interface PasswordOptions {
  readonly password?: string;
  readonly passwordFile?: string;
}

export function withPassword(command: Command): Command {
  return command
    .option('--password-file <file>', 'file whose first line is the password, - for standard input')
    .addOption(
      new Option('--password <password>', 'can be seen by everybody on this machine').conflicts('passwordFile'),
    );
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
    const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
    return content.split(/\r?\n/, 1)[0] as string;
  }
  if (process.env.WINPEER_PASSWORD !== undefined) return process.env.WINPEER_PASSWORD;
  if (!process.stdin.isTTY) throw new Exit('USAGE', 'a password is needed: --password-file FILE or WINPEER_PASSWORD');
  const [password = '', again] = await ask(confirm ? ['Password: ', 'Again: '] : ['Password: ']);
  if (confirm && again !== password) throw new Exit('USAGE', 'the passwords differ');
  return password;
}

/** Asks on the terminal without showing what is typed. */
async function ask(questions: readonly string[]): Promise<string[]> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  // In raw mode Ctrl-C is only a character.
  lines.once('SIGINT', () => {
    process.emit('SIGINT', 'SIGINT');
    lines.close();
  });
  // The iterator keeps what was pasted before it was asked for.
  const typed = lines[Symbol.asyncIterator]();
  try {
    const answers: string[] = [];
    for (const question of questions) {
      process.stderr.write(question);
      const { value, done } = await typed.next();
      process.stderr.write('\n');
      if (done) throw new Exit('USAGE', 'no password was given');
      answers.push(value);
    }
    return answers;
  } finally {
    lines.close();
  }
}
