import type { EventSink, Subscription } from '../../lib/backend/contract/events.js';
import type { DatagramSocket, Host, SocketAddress, Timer } from '../../lib/backend/contract/host.js';
import type { CloudEvent, CloudState, CloudStatisticsEvent, PnrpAddress } from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import type { Endpoint } from '../routing/entry.js';
import { addressScope, packAddress } from '../wire/ipv6.js';
import type { Readings } from '../wire/readings.js';
import { AddressPolicy } from './address-policy.js';
import { Time } from './bounds.js';
import { DEFAULT_PORT, Limit } from './constants.js';
import { PnrpNode } from './node.js';

export interface CloudConfig {
  readonly name: string;
  readonly listen: readonly PnrpAddress[];
  /** Take a free port where the one asked for is taken. */
  readonly anyPort: boolean;
  readonly seeds: readonly PnrpAddress[];
  /** Gets every event from the start. */
  readonly sink: EventSink<CloudEvent> | undefined;
}

/**
 * One cloud of this platform: its sockets, its one node, and who has it open. [MS-PNRP] 3.1.4.1, 3.1.4.2, 3.1.4.5.
 */
export class Cloud {
  readonly name: string;
  readonly addresses: readonly PnrpAddress[];
  readonly node: PnrpNode;
  readonly #host: Host;
  readonly #sockets: readonly DatagramSocket[];
  readonly #policy: AddressPolicy;
  readonly #seeds: PnrpAddress[];
  readonly #sinks = new Set<EventSink<CloudEvent>>();
  readonly #expired: () => void;
  #openCount = 0;
  #alive: boolean;
  #state: CloudState = 'synchronising';
  #discovery: Promise<CloudState>;
  #statistics: CloudStatisticsEvent | undefined;
  #nextSeed = 0;
  #maintenance: Timer | undefined;
  #cleanup: Timer | undefined;
  #closed: Promise<void> | undefined;

  /** `expired` is called when nobody has had the cloud open for the time of 3.1.2. */
  static async open(
    host: Host,
    readings: Readings,
    config: CloudConfig,
    alive: boolean,
    expired: () => void,
  ): Promise<Cloud> {
    const inbox: { cloud?: Cloud } = {};
    const sockets = await bindAll(host, config, (bytes, from) => inbox.cloud?.receive(bytes, from));
    inbox.cloud = new Cloud(host, readings, config, sockets, alive, expired);
    return inbox.cloud;
  }

  private constructor(
    host: Host,
    readings: Readings,
    config: CloudConfig,
    sockets: readonly DatagramSocket[],
    alive: boolean,
    expired: () => void,
  ) {
    this.name = config.name;
    this.addresses = sockets.map((socket) => socket.local);
    this.#host = host;
    this.#sockets = sockets;
    this.#seeds = [...config.seeds];
    if (config.sink !== undefined) this.#sinks.add(config.sink);
    this.#alive = alive;
    this.#expired = expired;
    const { address: first, scope: zone } = this.addresses[0] as PnrpAddress;
    this.#policy = new AddressPolicy(addressScope(packAddress(first)), zone);
    this.node = new PnrpNode({
      host,
      readings,
      cloud: config.name,
      policy: this.#policy,
      endpoints: this.addresses.map(({ address, port }) => ({ address: packAddress(address), port })),
      seeds: () => this.#seeds.map(({ address, port }) => ({ address: packAddress(address), port })),
      send: (bytes, to) => this.#send(bytes, to),
      changed: () => this.#changed(),
    });
    this.#discovery = this.#discover();
    this.#scheduleMaintenance();
  }

  get state(): CloudState {
    return this.#state;
  }

  /** An endpoint of this cloud as programs write it. */
  locate(endpoint: Endpoint): PnrpAddress {
    return this.#policy.locate(endpoint);
  }

  /** The end of the discovery under way, or of the last one. */
  joined(): Promise<CloudState> {
    return this.#discovery;
  }

  addSeeds(seeds: readonly PnrpAddress[]): void {
    const isKnown = (seed: PnrpAddress): boolean =>
      this.#seeds.some(({ address, port }) => port === seed.port && packAddress(address) === packAddress(seed.address));
    this.#seeds.push(...seeds.filter((seed) => !isKnown(seed)));
    if (seeds.length > 0) this.#discovery = this.#discovery.then(() => this.#discover());
  }

  /** Open Count += 1. */
  retain(): void {
    this.#openCount += 1;
    this.#cleanup?.cancel();
    this.#hold();
  }

  /** Open Count -= 1; at 0 the clean-up timer starts. */
  release(): void {
    this.#openCount -= 1;
    if (this.#openCount > 0 || this.#closed !== undefined) return;
    this.#cleanup = this.#host.clock.after(Time.CLOUD_CLEANUP_MS, this.#expired);
    this.#hold();
  }

  keepAlive(alive: boolean): void {
    this.#alive = alive;
    this.#hold();
  }

  async subscribe(sink: EventSink<CloudEvent>): Promise<Subscription> {
    // A subscription of its own for each caller, also where two pass the same function.
    const own = (event: CloudEvent): void => sink(event);
    this.#sinks.add(own);
    return {
      close: async () => {
        this.#sinks.delete(own);
      },
    };
  }

  receive(bytes: Uint8Array, from: SocketAddress): void {
    // A datagram over a mapped or unscoped IPv4 path is none of this cloud's.
    if (!from.address.includes(':')) return;
    this.node.receive(bytes, { address: packAddress(from.address), port: from.port });
  }

  stats(): object {
    return {
      name: this.name,
      state: this.#state,
      addresses: this.addresses.map(({ address, port }) => `[${address}]:${port}`),
      ...this.node.stats(),
    };
  }

  close(abrupt: boolean): Promise<void> {
    this.#closed ??= this.#close(abrupt);
    return this.#closed;
  }

  async #close(abrupt: boolean): Promise<void> {
    this.#maintenance?.cancel();
    this.#cleanup?.cancel();
    if (!abrupt) await this.node.unregisterAll();
    this.node.close();
    this.#sinks.clear();
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }

  #send(bytes: Uint8Array, to: Endpoint): void {
    this.#sockets[0]?.send(bytes, this.locate(to));
  }

  #hold(): void {
    for (const socket of this.#sockets) socket.hold(this.#alive && this.#openCount > 0);
  }

  /** 3.1.4.2: asks one seed after the other until another member is known. */
  async #discover(): Promise<CloudState> {
    for (
      let tried = 0;
      tried < this.#seeds.length && this.node.cached === 0 && this.#closed === undefined;
      tried += 1
    ) {
      // D-15: the index starts again at the end of the list.
      const seed = this.#seeds[this.#nextSeed % this.#seeds.length] as PnrpAddress;
      this.#nextSeed += 1;
      await this.node.synchronise({ address: packAddress(seed.address), port: seed.port });
    }
    this.#setState(this.node.cached > 0 ? 'active' : 'alone');
    return this.#state;
  }

  #changed(): void {
    if (this.#state !== 'synchronising') this.#setState(this.node.cached > 0 ? 'active' : 'alone');
    const { names, cached, resolves } = this.node;
    const last = this.#statistics;
    if (names === last?.names && cached === last.cached && resolves === last.resolves) return;
    this.#statistics = { event: 'statistics', names, cached, resolves };
    this.#publish(this.#statistics);
  }

  #setState(state: CloudState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#publish({ event: 'state', state });
  }

  #publish(event: CloudEvent): void {
    for (const sink of this.#sinks) sink(event);
  }

  /** 3.1.6.2. While no other member is known, discovery goes on. */
  #scheduleMaintenance(): void {
    const small = this.node.cached <= Time.MAINTENANCE_SMALL_CACHE;
    const ms = small ? Time.MAINTENANCE_SMALL_MS : Time.MAINTENANCE_MS;
    this.#maintenance = this.#host.clock.after(ms, () => {
      this.#scheduleMaintenance();
      if (this.node.cached > 0) void this.node.maintain();
      else if (this.#state !== 'synchronising') this.#discovery = this.#discover();
    });
  }
}

/** Checks what a caller gave: 1 to 4 addresses of one scope and zone with one port. 3.1.4.1. */
export function checkListen(listen: readonly PnrpAddress[], operation: string): void {
  const [first] = listen;
  if (first === undefined || listen.length > Limit.LOCAL_ADDRESSES) {
    throw new PeerError(
      'E_INVALIDARG',
      operation,
      `a node listens at 1 to ${Limit.LOCAL_ADDRESSES} addresses, not ${listen.length}`,
    );
  }
  for (const it of listen) {
    checkAddress(it, operation, 0);
    const scope = addressScope(packAddress(it.address));
    if (scope === 'unusable') throw new PeerError('E_INVALIDARG', operation, `a node can't listen at ${it.address}`);
    if (scope !== addressScope(packAddress(first.address)) || it.scope !== first.scope) {
      throw new PeerError('E_INVALIDARG', operation, 'all addresses of a node have one scope and one zone');
    }
    if (it.port !== first.port)
      throw new PeerError('E_INVALIDARG', operation, 'all addresses of a node share one port');
  }
}

/** An IPv6 address with a port of a node: above 1024, or 0 where that asks for a free one. */
export function checkAddress({ address, port }: PnrpAddress, operation: string, free?: 0): void {
  try {
    packAddress(address);
  } catch {
    throw new PeerError('E_INVALIDARG', operation, `"${address}" is not an IPv6 address`);
  }
  if (port === free) return;
  if (!Number.isInteger(port) || port <= Limit.RESERVED_PORTS || port > 0xffff) {
    throw new PeerError('E_INVALIDARG', operation, `port ${port} is not one from ${Limit.RESERVED_PORTS + 1} to 65535`);
  }
}

/** Where a node listens when nobody says: up to four addresses of the cloud, at port 3540 or else a free one. */
export function defaultListen(addresses: readonly Omit<PnrpAddress, 'port'>[]): PnrpAddress[] {
  return addresses.slice(0, Limit.LOCAL_ADDRESSES).map((it) => ({ ...it, port: DEFAULT_PORT }));
}

type Receive = (bytes: Uint8Array, from: SocketAddress) => void;

async function bindAll(host: Host, config: CloudConfig, receive: Receive): Promise<DatagramSocket[]> {
  try {
    return await bindTogether(host, config.listen, receive);
  } catch (error) {
    if (!config.anyPort) throw bindError(config, error);
  }
  try {
    return await bindTogether(
      host,
      config.listen.map((it) => ({ ...it, port: 0 })),
      receive,
    );
  } catch (error) {
    throw bindError(config, error);
  }
}

/** All addresses get the port that the first one got. */
async function bindTogether(host: Host, listen: readonly PnrpAddress[], receive: Receive): Promise<DatagramSocket[]> {
  const sockets: DatagramSocket[] = [];
  try {
    for (const local of listen) {
      sockets.push(await host.datagrams.bind({ ...local, port: sockets[0]?.local.port ?? local.port }, receive));
    }
    return sockets;
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close()));
    throw error;
  }
}

function bindError(config: CloudConfig, error: unknown): PeerError {
  const where = config.listen.map(({ address, port }) => `[${address}]:${port}`).join(', ');
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === 'EADDRINUSE' ? 'is in use' : code === 'EADDRNOTAVAIL' ? 'is not an address of this machine' : message;
  return new PeerError('E_INVALIDARG', 'PnrpOpenCloud', `${where} ${why}`, { cause: error });
}
