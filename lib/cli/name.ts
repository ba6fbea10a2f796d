import type { Command } from 'commander';
import { isPeerError } from '../errors.js';
import type { Names } from '../names.js';
import { fields } from './output.js';
import { action, findIdentity } from './session.js';

export function addName(program: Command): void {
  const name = program.command('name').description('peer names as text');

  name
    .command('create')
    .description('a name of an identity with another classifier; without identity an unsecured one')
    .option('--identity <N>', 'peer name or friendly name')
    .requiredOption('--classifier <text>', 'up to 149 characters')
    .action(
      action(async ({ platform, out }, options: { identity?: string; classifier: string }) => {
        const owner = options.identity === undefined ? null : await findIdentity(platform, options.identity);
        const peerName = platform.names.create(owner?.peerName ?? null, options.classifier);
        out.print({ peerName }, peerName);
      }),
    );

  name
    .command('parse')
    .description('the parts of a peer name')
    .argument('<peername>')
    .action(
      action(async ({ platform, out }, peerName: string) => {
        const { names } = platform;
        const parts = { ...names.parse(peerName), hostName: hostNameOf(names, peerName), p2pId: names.p2pId(peerName) };
        const text = fields([
          ['authority', parts.authority],
          ['classifier', parts.classifier || 'none'],
          ['secure', parts.secure ? 'yes' : 'no'],
          ['host name', parts.hostName ?? 'none'],
          ['P2P ID', parts.p2pId],
        ]);
        out.print(parts, text);
      }),
    );
}

/** Null where the name is too long for one. */
export function hostNameOf(names: Names, peerName: string): string | null {
  try {
    return names.toHostName(peerName);
  } catch (error) {
    if (isPeerError(error, 'PEER_E_CANNOT_CONVERT_PEER_NAME')) return null;
    throw error;
  }
}
