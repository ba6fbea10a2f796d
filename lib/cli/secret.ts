import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseHex } from './arguments.js';
import type { Output } from './output.js';

export interface SecretOptions {
  readonly secret?: string;
  readonly secretHex?: Uint8Array;
  readonly secretFile?: string;
}

export function withSecret(command: Command): Command {
  return command
    .option(
      '--secret <text>',
      'pass phrase of the server’s secret, as Windows takes it; everybody on this machine can see it',
    )
    .option('--secret-hex <hex>', 'the secret key’s bytes; everybody on this machine can see them', parseHex)
    .option('--secret-file <file>', 'file whose first line is the pass phrase');
}

/** A pass phrase or the secret key's bytes; undefined, the secret of the home, where none is given. */
export async function readSecret(options: SecretOptions, out: Output): Promise<string | Uint8Array | undefined> {
  if (options.secretFile !== undefined) {
    return (await readFile(options.secretFile, 'utf8')).split(/\r?\n/, 1)[0] as string;
  }
  if (options.secret ?? options.secretHex) {
    out.warn('a secret on the command line can be seen by everybody on this machine; use --secret-file');
  }
  return options.secretHex ?? options.secret;
}
