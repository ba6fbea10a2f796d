import type { HeldSegment } from '#fallback/distribution/discovery/answers';
import { DiscoveryClient, type DiscoveryFinding } from '#fallback/distribution/discovery/client';
import { type DiscoveryVersion, FORMS, NAMESPACES } from '#fallback/distribution/discovery/names';
import { DiscoveryResponder } from '#fallback/distribution/discovery/responder';
import { formatScopes } from '#fallback/distribution/discovery/scopes';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import type { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { decode, encode } from '#fallback/wire/codec';
import { filetimeFromDate, TICKS_PER_SECOND } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';
import { type DiscoveryMessage, discoveryMessage, type Probe } from '#fallback/ws-discovery/messages';
import type { DatagramSocket, SocketAddress } from '#lib/backend/contract/host';

/** [MS-PCCRC] segment identifiers, by number. */
export const idOf = (number: number, length = 32): Uint8Array => Buffer.alloc(length, number);
export const hexOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');

const EVERYWHERE: readonly SocketAddress[] = [
  { address: '::', port: 8080 },
  { address: '0.0.0.0', port: 8081 },
];
export const IPV4: readonly SocketAddress[] = [{ address: '0.0.0.0', port: 80 }];
export const IPV6: readonly SocketAddress[] = [{ address: '::', port: 80 }];

export const codec = discoveryMessage(NAMESPACES);

/** When virtual networks begin. */
export const NOW = filetimeFromDate(new Date('2026-01-01T00:00:00Z'));

export const COMPLETE: HeldSegment = { blocks: 512, allBlocks: 512, created: NOW - 5n * TICKS_PER_SECOND };
export const PARTIAL: HeldSegment = { blocks: 42, allBlocks: 512, created: NOW - 600n * TICKS_PER_SECOND };

export interface PeerOptions {
  readonly held?: Readonly<Record<string, HeldSegment>>;
  /** In place of `held`. */
  readonly cache?: (ids: readonly string[]) => Promise<readonly (HeldSegment | undefined)[]>;
  readonly listening?: readonly SocketAddress[];
  readonly readings?: Readings;
  readonly client?: DiscoveryClient;
}

/** A peer that holds segments, by their identifiers. */
export async function peer(host: VirtualHost, options: PeerOptions = {}): Promise<DiscoveryResponder> {
  const { held = { [hexOf(idOf(1))]: COMPLETE }, listening = EVERYWHERE, readings = new Readings(), client } = options;
  const responder = new DiscoveryResponder({
    host,
    readings,
    held: options.cache ?? (async (ids) => ids.map((id) => held[id])),
    listening,
    ...(client === undefined ? {} : { client }),
  });
  await responder.ready;
  return responder;
}

export const probeMessage = (version: DiscoveryVersion, ids: readonly Uint8Array[], messageId: string): Probe => ({
  type: 'Probe',
  messageId,
  types: [FORMS[version].type],
  scopes: formatScopes(version, ids),
});

export interface Found {
  readonly findings: DiscoveryFinding[];
  readonly at: number[];
  readonly ms: number;
}

/** What one Probe finds, and how long it listens. */
export async function probe(
  host: VirtualHost,
  ids: readonly Uint8Array[] = [idOf(1)],
  version: DiscoveryVersion = 1,
  client = new DiscoveryClient({ host, readings: new Readings() }),
): Promise<Found> {
  const findings: DiscoveryFinding[] = [];
  const at: number[] = [];
  const start = host.clock.now();
  const found = (finding: DiscoveryFinding): void => {
    findings.push(finding);
    at.push(host.clock.now() - start);
  };
  await host.awaited(client.probe(ids, version, found));
  return { findings, at, ms: host.clock.now() - start };
}

export interface Heard {
  readonly at: number;
  readonly message: DiscoveryMessage;
  readonly text: string;
  readonly from: SocketAddress;
  readonly family: 'IPv4' | 'IPv6';
}

/** Somebody of another make on the link: hears what goes to the groups, and says what it likes. */
export class Stranger {
  readonly host: VirtualHost;
  readonly heard: Heard[] = [];
  #sockets: readonly DatagramSocket[] = [];

  static async on(host: VirtualHost, link = 'eth0', port = 3702): Promise<Stranger> {
    const stranger = new Stranger(host);
    await stranger.#open(link, port);
    return stranger;
  }

  private constructor(host: VirtualHost) {
    this.host = host;
  }

  async #open(link: string, port: number): Promise<void> {
    const ear = async (address: string, group: string, family: Heard['family']): Promise<DatagramSocket> => {
      const socket = await this.host.datagrams.bind(
        { address, port },
        (bytes, from) => {
          const text = Buffer.from(bytes).toString();
          this.heard.push({ at: this.host.clock.now(), message: decode(codec, bytes), text, from, family });
        },
        { shared: true },
      );
      if (port === 3702) socket.join(group, link);
      return socket;
    };
    this.#sockets = [await ear('::', 'ff02::c', 'IPv6'), await ear('0.0.0.0', '239.255.255.250', 'IPv4')];
  }

  say(what: DiscoveryMessage | string | Uint8Array, to: SocketAddress): void {
    const bytes =
      typeof what === 'string' ? Buffer.from(what) : what instanceof Uint8Array ? what : encode(codec, what);
    this.#sockets[to.address.includes(':') ? 0 : 1]?.send(bytes, to);
  }
}

export const ALL_IPV6 = { address: 'ff02::c', port: 3702, scope: 'eth0' };
export const ALL_IPV4 = { address: '239.255.255.250', port: 3702, scope: 'eth0' };

export const addressesOf = (host: VirtualHost): { global: string; link: string; ipv4: string } => {
  const [global = '', link = '', ipv4 = ''] = host.interfaces.list()[1]?.addresses ?? [];
  return { global, link, ipv4 };
};

/** A machine with one interface. */
export function machine(network: VirtualNetwork, addresses: readonly string[], link = 'eth0'): VirtualHost {
  return network.host({ interfaces: [{ name: link, index: 7, addresses, loopback: false }] });
}

export const dropped = (it: { stats(): object }): Record<string, number> =>
  (it.stats() as { dropped: Record<string, number> }).dropped;
export const sent = (it: { stats(): object }): Record<string, number> =>
  (it.stats() as { sent: Record<string, number> }).sent;
