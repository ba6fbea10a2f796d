import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Identity } from '../identity.js';
import { writeNewFile } from './files.js';
import { hostNameOf } from './name.js';
import { fields, table } from './output.js';
import { type PasswordOptions, readPassword, withPassword } from './password.js';
import { action, findIdentity } from './session.js';

export function addIdentity(program: Command): void {
  const identity = program.command('identity').description('the identities of this user');

  identity
    .command('create')
    .description('make an identity: a key pair with a peer name')
    .option('--name <text>', 'friendly name, up to 255 characters (default the peer name)')
    .option('--classifier <text>', 'up to 149 characters')
    .action(
      action(async ({ platform, out }, options: { name?: string; classifier?: string }) => {
        const created = await platform.identity.create({
          ...(options.name === undefined ? {} : { friendlyName: options.name }),
          ...(options.classifier === undefined ? {} : { classifier: options.classifier }),
        });
        out.print(pair(created), created.peerName);
      }),
    );

  identity
    .command('list')
    .description('every identity')
    .action(
      action(async ({ platform, out }) => {
        const identities = (await platform.identity.list()).map(pair);
        const rows = identities.map((it) => [it.peerName, it.friendlyName]);
        out.print({ identities }, rows.length === 0 ? 'no identity yet' : table(['peer name', 'friendly name'], rows));
      }),
    );

  identity
    .command('show')
    .description('one identity')
    .argument('<N>', 'peer name or friendly name')
    .action(
      action(async ({ platform, out }, name: string) => {
        const found = await findIdentity(platform, name);
        const groups = await found.groups();
        const hostName = hostNameOf(platform.names, found.peerName);
        const shown = { ...pair(found), hostName, groups };
        const text = fields([
          ['peer name', found.peerName],
          ['friendly name', found.friendlyName],
          ['host name', hostName ?? 'none'],
          ['groups', groups.map((it) => it.friendlyName).join(', ') || 'none'],
        ]);
        out.print(shown, text);
      }),
    );

  identity
    .command('default')
    .description('the default identity; it is made when there is none')
    .action(
      action(async ({ platform, out }) => {
        const found = await platform.identity.default();
        out.print(pair(found), found.peerName);
      }),
    );

  identity
    .command('rename')
    .description('change the friendly name; an empty one makes it the peer name')
    .argument('<N>', 'peer name or friendly name')
    .argument('<F>', 'new friendly name')
    .action(
      action(async ({ platform, out }, name: string, friendlyName: string) => {
        const found = await findIdentity(platform, name);
        await found.rename(friendlyName);
        out.print(pair(found), found.friendlyName);
      }),
    );

  identity
    .command('delete')
    .description('remove an identity and its private key for good')
    .argument('<N>', 'peer name or friendly name')
    .action(
      action(async ({ platform, out }, name: string) => {
        const found = await findIdentity(platform, name);
        await found.delete();
        out.print({ peerName: found.peerName }, `deleted ${found.peerName}`);
      }),
    );

  identity
    .command('xml')
    .description('the certificate, to be handed to whoever invites this identity')
    .argument('<N>', 'peer name or friendly name')
    .action(
      action(async ({ platform, out }, name: string) => {
        const xml = await (await findIdentity(platform, name)).toXml();
        out.print({ xml }, xml);
      }),
    );

  withPassword(identity.command('export'))
    .description('write certificate and private key to a file, encrypted with a password')
    .argument('<N>', 'peer name or friendly name')
    .requiredOption('--out <file>', 'a new file; one that exists is never replaced')
    .action(
      action(async ({ platform, out }, name: string, options: PasswordOptions & { out: string }) => {
        const found = await findIdentity(platform, name);
        const password = await readPassword(options, out, true);
        const xml = await found.export({ password });
        await writeNewFile(options.out, xml);
        out.print({ file: options.out }, `wrote ${options.out}`);
      }),
    );

  withPassword(identity.command('import'))
    .description('store an exported identity')
    .argument('<F>', 'file')
    .action(
      action(async ({ platform, out }, file: string, options: PasswordOptions) => {
        const xml = await readFile(file, 'utf8');
        const imported = await platform.identity.import(xml, { password: await readPassword(options, out, false) });
        out.print({ peerName: imported.peerName }, imported.peerName);
      }),
    );
}

function pair({ peerName, friendlyName }: Identity): { peerName: string; friendlyName: string } {
  return { peerName, friendlyName };
}
