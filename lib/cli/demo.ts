import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createPlatform, type Platform } from '../platform.js';
import type { OpenCloud, PnrpAddress, ResolveHop } from '../pnrp.js';
import { formatAddress, parseCount } from './arguments.js';
import type { Output } from './output.js';
import { action, type Session } from './session.js';

const LOOPBACK: PnrpAddress = { address: '::1', port: 0 };

/** What the tour needs at least: a seed, two publishers, one that crashes, and one that asks. */
const LEAST_PEERS = 5;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('the whole tour on this machine: identities, names, resolves, a crash')
    .option('--peers <count>', 'nodes on loopback', (text) => Math.max(LEAST_PEERS, parseCount(text)), 16)
    .action(action(demo));
}

interface Peer {
  readonly number: number;
  readonly platform: Platform;
  readonly cloud: OpenCloud;
}

async function demo({ out, options, signal }: Session, { peers: count }: { peers: number }): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'winpeer-demo-'));
  const started = performance.now();
  const platforms = Array.from({ length: count }, (_, index) =>
    createPlatform({ home: join(home, `peer-${index + 1}`), backend: options.backend ?? 'fallback' }),
  );
  try {
    await tour(platforms, out, signal);
    signal.throwIfAborted();
    await leave(platforms, out);
    const ms = Math.round(performance.now() - started);
    out.print({ event: 'done', ms }, `\nDone in ${(ms / 1000).toFixed(1)} s.`);
  } finally {
    await Promise.all(platforms.map((platform) => platform.close({ abrupt: signal.aborted })));
    await rm(home, { recursive: true, force: true });
  }
}

async function tour(platforms: readonly Platform[], out: Output, signal: AbortSignal): Promise<void> {
  const peers = await startPeers(platforms, out, signal);
  const [, alice, bob, unlucky] = peers as [Peer, Peer, Peer, Peer];
  const asker = peers.at(-1) as Peer;

  out.note('\nTwo identities, each a key pair with a name that nobody else can prove:');
  const [aliceName, bobName] = await Promise.all([identity(alice, 'Alice', out), identity(bob, 'Bob', out)]);

  out.note('\nA secure name and an unsecured one are registered:');
  const room = platforms[0]?.names.create(null, 'demo room') as string;
  await register(alice, aliceName, { port: 5001, comment: 'Alice is here' }, out, signal);
  await register(
    bob,
    room,
    { port: 5002, comment: `opened by Bob ${bobName.slice(0, 8)}`, payload: Buffer.from('welcome') },
    out,
    signal,
  );

  out.note('\nOther nodes resolve them, without any server:');
  await resolve(asker, aliceName, out, signal);
  await resolve(asker, room, out, signal);
  await resolve(unlucky, aliceName, out, signal);

  out.note('\nOne node crashes: no goodbye, its neighbours still believe in it. The names are still found:');
  await unlucky.platform.close({ abrupt: true });
  out.print({ event: 'crashed', peer: unlucky.number }, `peer ${unlucky.number} is gone`);
  for (const peer of peers.slice(4, -1).slice(0, 2)) await resolve(peer, aliceName, out, signal);
  await resolve(asker, room, out, signal);
}

/** The first is the seed of all others; each registers a name of its own, so that it takes part in the ring. */
async function startPeers(platforms: readonly Platform[], out: Output, signal: AbortSignal): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const platform of platforms) {
    const number = peers.length + 1;
    out.progress(`starting node ${number} of ${platforms.length}`);
    const seeds = peers.slice(0, 1).flatMap((peer) => peer.cloud.addresses);
    const cloud = await platform.pnrp.open({ listen: [LOOPBACK], seeds, signal });
    const peerName = platform.names.create(null, `demo node ${number}`);
    await platform.pnrp.register(peerName, { cloud: cloud.cloud, port: cloud.addresses[0]?.port as number, signal });
    peers.push({ number, platform, cloud });
    const addresses = cloud.addresses.map(formatAddress);
    if (out.json) out.print({ event: 'started', peer: number, cloud: cloud.cloud, addresses }, '');
  }
  out.stop();
  const [seed] = peers as [Peer];
  out.note(
    `${peers.length} nodes on this machine's loopback in ${seed.cloud.cloud}, each with a UDP port of its own; peer 1 is the seed`,
  );
  return peers;
}

async function identity({ number, platform }: Peer, friendlyName: string, out: Output): Promise<string> {
  const { peerName } = await platform.identity.create({ friendlyName, classifier: friendlyName.toLowerCase() });
  out.print(
    { event: 'identity', peer: number, friendlyName, peerName },
    `peer ${number}  ${friendlyName.padEnd(6)} ${peerName}`,
  );
  return peerName;
}

async function register(
  { number, platform, cloud }: Peer,
  peerName: string,
  info: { port: number; comment: string; payload?: Uint8Array },
  out: Output,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const registration = await platform.pnrp.register(peerName, { cloud: cloud.cloud, ...info, signal });
  const ms = Math.round(performance.now() - started);
  const pnrpId = registration.clouds[0]?.pnrpId as string;
  out.print({ event: 'registered', peer: number, peerName, pnrpId, ms }, `peer ${number}  ${peerName}  (${ms} ms)`);
}

async function resolve(
  { number, platform, cloud }: Peer,
  peerName: string,
  out: Output,
  signal: AbortSignal,
): Promise<void> {
  out.note(`peer ${number} looks for ${peerName}`);
  const { endpoints, hops, ms } = await platform.pnrp.resolve(peerName, {
    cloud: cloud.cloud,
    signal,
    onHop: (hop) =>
      out.print(
        { event: 'hop', peer: number, ...hop, address: formatAddress(hop.address), ms: round(hop.ms) },
        `         ${hop.message.padEnd(7)} ${formatAddress(hop.address).padEnd(12)} ${inWords(hop).padEnd(22)} ${round(hop.ms)} ms`,
      ),
  });
  const [found] = endpoints;
  if (found === undefined) throw new Error(`${peerName} was not found`);
  const at = found.addresses.map(formatAddress).join(', ');
  out.print(
    {
      event: 'resolved',
      peer: number,
      peerName,
      addresses: found.addresses.map(formatAddress),
      comment: found.comment ?? null,
      hops,
      ms: round(ms),
    },
    `         found at ${at}: “${found.comment}”, ${hops} ${hops === 1 ? 'hop' : 'hops'}, ${round(ms)} ms`,
  );
}

async function leave(platforms: readonly Platform[], out: Output): Promise<void> {
  out.progress('all nodes say goodbye and leave');
  await Promise.all(platforms.map((platform) => platform.close()));
  out.stop();
  out.print({ event: 'left', peers: platforms.length }, '\nAll nodes took their names back and left.');
}

/** A LOOKUP asks a node for one that is closer to the name, an INQUIRE has it prove the name. */
function inWords({ message, outcome }: ResolveHop): string {
  switch (outcome) {
    case 'accepted':
      return message === 'LOOKUP' ? 'knows a closer node' : 'proves the name';
    case 'dead-end':
      return 'knows none closer';
    case 'not-registered':
      return 'has that ID no more';
    case 'invalid':
      return 'proves nothing';
    case 'unreachable':
      return 'does not answer';
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
