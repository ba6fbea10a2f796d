import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { parseHex } from './arguments.js';
import type { Output } from './output.js';
import { Exit } from './session.js';

export interface SecretOptions {
  readonly secret?: string;
  readonly secretHex?: Uint8Array;
  readonly secretFile?: string;
}

export function withSecret(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--secret <text>',
        'pass phrase of the server’s secret, as Windows takes it; everybody on this machine can see it',
      ).conflicts(['secretHex', 'secretFile']),
    )
    .addOption(
      new Option('--secret-hex <hex>', 'the secret key’s bytes; everybody on this machine can see them')
        .argParser(parseHex)
        .conflicts('secretFile'),
    )
    .option('--secret-file <file>', 'file whose first line is the pass phrase');
}

/** A pass phrase or the secret key's bytes; undefined, the secret of the home, where none is given. */
export async function readSecret(
  { secret, secretHex, secretFile }: SecretOptions,
  out: Output,
): Promise<string | Uint8Array | undefined> {
  const given = secretFile === undefined ? (secret ?? secretHex) : await firstLine(secretFile);
  if (given?.length === 0) throw new Exit('USAGE', 'the secret is empty');
  if (given !== undefined && secretFile === undefined) {
    out.warn('a secret on the command line can be seen by everybody on this machine; use --secret-file');
  }
  return given;
}

async function firstLine(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0] as string;
}
