import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { isPeerError } from '../errors.js';
import type { EndpointInfo, OpenCloud, PnrpAddress, RegistrationInfo, ResolveCriteria } from '../pnrp.js';
import {
  collectApplication,
  collectNode,
  formatAddress,
  formatHex,
  parseCount,
  parseHex,
  parsePort,
  parseSeconds,
} from './arguments.js';
import { fields, table } from './output.js';
import { action, Exit, findIdentity, interrupted, type Session } from './session.js';

/** Where the node of Windows listens. [MS-PNRP] 2.1. */
const WINDOWS_PORT = 3540;

interface CloudOptions {
  readonly cloud: string;
  readonly listen?: readonly PnrpAddress[];
  readonly seed?: readonly PnrpAddress[];
}

export function addPnrp(program: Command): void {
  const pnrp = program.command('pnrp').description('names without servers: Peer Name Resolution Protocol');

  pnrp
    .command('clouds')
    .description('the clouds of this machine')
    .action(
      action(async ({ platform, out }) => {
        const clouds = await platform.pnrp.clouds();
        const rows = clouds.map((it) => [it.name, it.scope, String(it.scopeId), it.state ?? 'unknown']);
        const none = 'no cloud: this machine has no IPv6 (winpeer doctor says more)';
        out.print({ clouds }, rows.length === 0 ? none : table(['name', 'scope', 'scope id', 'state'], rows));
      }),
    );

  withCloud(pnrp.command('host'))
    .description('take part in a cloud until Ctrl-C, as a seed for others')
    .option('--no-publish', 'register no name of its own; such a node is no use as a seed')
    .action(action(host));

  withCloud(pnrp.command('register'))
    .description('register a name until Ctrl-C')
    .argument('<peername>')
    .option('--port <port>', 'where the application listens', (text) => parsePort(text))
    .option(
      '--address <address>',
      '[ipv6]:port of the application instead of this machine’s; up to 10',
      collectApplication,
    )
    .option('--comment <text>', 'up to 39 characters')
    .option('--payload <hex>', 'up to 4096 bytes', parseHex)
    .option('--identity <N>', 'identity that signs (default the owner of the name)')
    .action(action(register));

  withCloud(pnrp.command('resolve'))
    .description('look a name up')
    .argument('<peername>')
    .option('--max <count>', 'end after so many endpoints', parseCount, 1)
    .option('--timeout <seconds>', 'end after so long (default 30)', parseSeconds)
    .option('--criteria <criteria>', 'which registrations count, such as any-peer-name or nearest-peer-name')
    .action(action(resolve));
}

function withCloud(command: Command): Command {
  return command
    .option('--cloud <cloud>', 'name of the cloud', 'Global_')
    .option(
      '--listen <address>',
      '[ipv6%interface]:port to listen at, without a port 3540; port 0 takes a free one; up to 4',
      collectNode,
    )
    .option(
      '--seed <address>',
      '[ipv6]:port of a node of the cloud, without a port 3540; several are tried in turn',
      collectNode,
    );
}

/** Undefined where Windows has a node in its clouds, and nothing was said that asks for one of one's own. */
async function openCloud(
  { platform, signal }: Session,
  { cloud, listen, seed }: CloudOptions,
): Promise<OpenCloud | undefined> {
  try {
    return await platform.pnrp.open({
      cloud,
      ...(listen === undefined ? {} : { listen }),
      ...(seed === undefined ? {} : { seeds: seed }),
      signal,
    });
  } catch (error) {
    if (isPeerError(error, 'E_NOTIMPL') && listen === undefined && seed === undefined) return undefined;
    throw error;
  }
}

async function host(session: Session, options: CloudOptions & { publish: boolean }): Promise<void> {
  const { platform, out, signal } = session;
  const { cloud } = options;
  const opened = await openCloud(session, options);
  if (options.publish) {
    const peerName = platform.names.create(null, `winpeer-node-${randomBytes(8).toString('hex')}`);
    const port = opened?.addresses[0]?.port ?? WINDOWS_PORT;
    await platform.pnrp.register(peerName, { cloud, port, signal });
  }
  const addresses = listeningAt(opened);
  out.print({ event: 'listening', cloud, addresses }, `listening in ${cloud} at ${inWords(addresses)}`);
  opened?.on('state', ({ state }) => out.print({ event: 'state', state }, `cloud is ${state}`));
  opened?.on('statistics', ({ names, cached, resolves }) =>
    out.print(
      { event: 'statistics', names, cached, resolves },
      `${names} names here, ${cached} others known, ${resolves} resolves`,
    ),
  );
  await interrupted(signal);
}

function listeningAt(opened: OpenCloud | undefined): string[] {
  return (opened?.addresses ?? []).map(formatAddress);
}

function inWords(addresses: readonly string[]): string {
  return addresses.join(', ') || 'the node of Windows';
}

interface RegisterOptions extends CloudOptions {
  readonly port?: number;
  readonly address?: readonly PnrpAddress[];
  readonly comment?: string;
  readonly payload?: Uint8Array;
  readonly identity?: string;
}

async function register(session: Session, peerName: string, options: RegisterOptions): Promise<void> {
  const { platform, out, signal } = session;
  const p2pId = platform.names.p2pId(peerName);
  const identity = options.identity === undefined ? undefined : await findIdentity(platform, options.identity);
  const { cloud } = options;
  const opened = await openCloud(session, options);
  out.progress(`registering ${peerName}`);
  const info: RegistrationInfo = {
    cloud,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.address === undefined ? {} : { addresses: options.address }),
    ...(options.comment === undefined ? {} : { comment: options.comment }),
    ...(options.payload === undefined ? {} : { payload: options.payload }),
    ...(identity === undefined ? {} : { identity: identity.peerName }),
  };
  const registration = await platform.pnrp.register(peerName, { ...info, signal });
  out.stop();
  const listening = listeningAt(opened);
  out.print(
    { event: 'registered', peerName: registration.peerName, cloud, p2pId, listening },
    `registered ${registration.peerName} in ${cloud}, listening at ${inWords(listening)}`,
  );
  await interrupted(signal);
}

interface ResolveCommandOptions extends CloudOptions {
  readonly max: number;
  readonly timeout?: number;
  readonly criteria?: ResolveCriteria;
}

async function resolve(session: Session, peerName: string, options: ResolveCommandOptions): Promise<void> {
  const { platform, out, signal } = session;
  const { cloud } = options;
  await openCloud(session, options);
  out.progress(`entering ${cloud}`);
  const { endpoints, hops, joinMs, ms, timedOut } = await platform.pnrp.resolve(peerName, {
    cloud,
    max: options.max,
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    ...(options.criteria === undefined ? {} : { criteria: options.criteria }),
    onHop: ({ message, address, outcome }) => out.progress(`${message} ${formatAddress(address)} ${outcome}`),
    signal,
  });
  const result = { endpoints: endpoints.map(printable), hops, joinMs: round(joinMs), ms: round(ms) };
  if (endpoints.length > 0 || out.json) out.print(result, endpoints.map(readable).join('\n\n'));
  if (timedOut && options.timeout !== undefined) {
    throw new Exit('TIMEOUT', `--timeout ended the search for ${peerName} after ${options.timeout / 1000} s`);
  }
  if (endpoints.length === 0) throw new Exit('NOTHING_FOUND', `nothing was found as ${peerName} in ${cloud}`);
}

function printable({ peerName, addresses, comment, payload }: EndpointInfo): object {
  return {
    peerName,
    addresses: addresses.map(formatAddress),
    comment: comment ?? null,
    payload: payload === undefined ? null : formatHex(payload),
  };
}

function readable({ peerName, addresses, comment, payload }: EndpointInfo): string {
  return fields([
    ['name', peerName],
    ['addresses', addresses.map(formatAddress).join(', ') || 'none'],
    ['comment', comment ?? 'none'],
    ['payload', payload === undefined ? 'none' : formatHex(payload)],
  ]);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
