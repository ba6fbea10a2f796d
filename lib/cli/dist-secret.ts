import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeNewFile } from './files.js';
import { type PasswordOptions, readPassword, withPassword } from './password.js';
import { readSecret, type SecretOptions, withSecret } from './secret.js';
import { action, Exit, type Session } from './session.js';

/** The secret key that the content servers of this home use unless told otherwise; those of Windows' own service don't. */
export function addSecret(dist: Command): void {
  const secret = dist
    .command('secret')
    .description('the secret of the home, for its content servers; that of Windows’ own service is the machine’s');
  withSecret(secret.command('set')).description('take this secret from now on').action(action(set));
  withPassword(secret.command('export'))
    .description('write the key file by which other servers take the same secret')
    .requiredOption('--out <file>', 'a new file; one that exists is never replaced')
    .action(action(exportSecret));
  withPassword(secret.command('import'))
    .description('take the secret of a key file, as netsh branchcache exportkey writes it')
    .argument('<file>')
    .action(action(importSecret));
}

async function set({ platform, out }: Session, options: SecretOptions): Promise<void> {
  const secret = await readSecret(options, out);
  if (secret === undefined) throw new Exit('USAGE', 'a secret is needed: --secret-file FILE, --secret or --secret-hex');
  await platform.distribution.setSecret(secret);
  out.print({}, 'the secret is set');
}

async function exportSecret(
  { platform, out }: Session,
  options: PasswordOptions & { readonly out: string },
): Promise<void> {
  const file = await platform.distribution.exportSecret(await readPassword(options, out, true));
  await writeNewFile(options.out, file);
  out.print({ file: options.out }, `the key file is ${options.out}`);
}

async function importSecret({ platform, out }: Session, path: string, options: PasswordOptions): Promise<void> {
  const password = await readPassword(options, out, false);
  await platform.distribution.importSecret(await readFile(path), password);
  out.print({}, 'the secret is set');
}
