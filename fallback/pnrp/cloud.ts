import type { EventSink } from '../../lib/backend/contract/events.js';
import type { Host, SocketAddress, Timer } from '../../lib/backend/contract/host.js';
import type { CloudEvent, CloudState, CloudStatisticsEvent, PnrpAddress } from '../../lib/backend/contract/pnrp.js';
import type { Endpoint } from '../routing/entry.js';
import type { Ssdp } from '../ssdp/ssdp.js';
import { addressScope, type PackedAddress, packAddress } from '../wire/ipv6.js';
import type { Readings } from '../wire/readings.js';
import { AddressPolicy } from './address-policy.js';
import { Time } from './bounds.js';
import { linksOf } from './clouds.js';
import { Discovery } from './discovery.js';
import type { KnownNodes } from './known-nodes.js';
import { Listening, type Place } from './listening.js';
import { PnrpNode } from './node.js';

export interface CloudConfig {
  readonly name: string;
  /** Where to listen; undefined: at `places`, and wherever the machine is later on. */
  readonly listen: readonly PnrpAddress[] | undefined;
  readonly places: readonly Place[];
  readonly seeds: readonly PnrpAddress[];
  /** Gets every event from the start. */
  readonly sink: EventSink<CloudEvent> | undefined;
  readonly alive: boolean;
}

/** What the clouds of a platform share. */
export interface CloudSurroundings {
  readonly host: Host;
  readonly readings: Readings;
  readonly ssdp: Ssdp;
  readonly knownNodes: KnownNodes;
}

/**
 * One cloud of this platform: its addresses, its one node, and who has it open. [MS-PNRP] 3.1.4.1, 3.1.4.5, 3.1.7.1.
 */
export class Cloud {
  readonly name: string;
  readonly node: PnrpNode;
  readonly #host: Host;
  readonly #listening: Listening;
  readonly #follows: boolean;
  readonly #policy: AddressPolicy;
  readonly #discovery: Discovery;
  readonly #sinks = new Set<EventSink<CloudEvent>>();
  readonly #expired: () => void;
  #openCount = 0;
  #alive: boolean;
  #state: CloudState = 'synchronising';
  #discovering = 0;
  #discovered: Promise<CloudState>;
  #places: readonly Place[];
  #announced = false;
  #statistics: CloudStatisticsEvent | undefined;
  #maintenance: Timer | undefined;
  #cleanup: Timer | undefined;
  #closed: Promise<void> | undefined;

  /** `expired` is called when nobody has had the cloud open for the time of 3.1.2. */
  static async open(surroundings: CloudSurroundings, config: CloudConfig, expired: () => void): Promise<Cloud> {
    const inbox: { cloud?: Cloud } = {};
    const receive = (bytes: Uint8Array, from: SocketAddress, at: PackedAddress): void =>
      inbox.cloud?.receive(bytes, from, at);
    const { host } = surroundings;
    const listening =
      config.listen === undefined
        ? await Listening.atFreePort(host, config.places, receive)
        : await Listening.at(host, config.listen, receive);
    inbox.cloud = new Cloud(surroundings, config, listening, expired);
    return inbox.cloud;
  }

  private constructor(
    { host, readings, ssdp, knownNodes }: CloudSurroundings,
    config: CloudConfig,
    listening: Listening,
    expired: () => void,
  ) {
    this.name = config.name;
    this.#host = host;
    this.#listening = listening;
    this.#follows = config.listen === undefined;
    this.#places = config.places;
    if (config.sink !== undefined) this.#sinks.add(config.sink);
    this.#alive = config.alive;
    this.#expired = expired;
    const { address: first, scope: zone } = listening.addresses[0] as PnrpAddress;
    const policy = new AddressPolicy(addressScope(packAddress(first)), zone);
    this.#policy = policy;
    const cloud = config.name;
    this.node = new PnrpNode({
      host,
      readings,
      cloud,
      policy,
      get endpoints() {
        return listening.endpoints;
      },
      seeds: () => this.#discovery.seedServers(),
      send: (bytes, to) => listening.send(bytes, to, this.locate(to)),
      changed: () => this.#changed(),
    });
    const links = (): readonly string[] => linksOf(host.interfaces.list(), listening.addresses);
    const ports = { host, readings, cloud, policy, node: this.node, ssdp, knownNodes, links };
    this.#discovery = new Discovery(ports, config.seeds);
    this.#discovered = this.#discover();
    this.#scheduleMaintenance();
  }

  get state(): CloudState {
    return this.#state;
  }

  /** Where the node listens; none while the machine has lost its addresses in this cloud. */
  get addresses(): readonly PnrpAddress[] {
    return this.#listening.addresses;
  }

  /** An endpoint of this cloud as programs write it. */
  locate(endpoint: Endpoint): PnrpAddress {
    return this.#policy.locate(endpoint);
  }

  /** The end of the discovery under way, or of the last one. */
  joined(): Promise<CloudState> {
    return this.#discovered;
  }

  /** Resolves when a search has somewhere to begin, if there is anything. A node that slept looks around first. */
  async ready(): Promise<void> {
    await this.joined();
    if (!this.node.isDormant || this.addresses.length === 0) return;
    await this.node.wake();
    if (this.node.cached === 0) await this.#discoverAgain();
  }

  addSeeds(seeds: readonly PnrpAddress[]): void {
    this.#discovery.addSeeds(seeds);
    if (seeds.length > 0) void this.#discoverAgain();
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

  /** 3.1.7.1: the addresses that the machine has in this cloud have changed. A node that was told where to listen stays there. */
  async follow(places: readonly Place[]): Promise<void> {
    if (!this.#follows) return;
    this.#places = places;
    await this.#move();
  }

  subscribe(sink: EventSink<CloudEvent>): void {
    this.#sinks.add(sink);
  }

  unsubscribe(sink: EventSink<CloudEvent>): void {
    this.#sinks.delete(sink);
  }

  receive(bytes: Uint8Array, from: SocketAddress, at: PackedAddress): void {
    // A datagram over a mapped or unscoped IPv4 path is none of this cloud's.
    if (!from.address.includes(':')) return;
    this.node.receive(bytes, { address: packAddress(from.address), port: from.port, at });
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
    const left = this.#discovery.close(abrupt);
    if (!abrupt) await this.node.unregisterAll();
    this.node.close();
    await left;
    this.#sinks.clear();
    await this.#listening.close();
  }

  #hold(): void {
    this.#listening.hold(this.#alive && this.#openCount > 0);
  }

  /** Also tried again at each tick: an address may not be usable as soon as the machine has it. */
  async #move(): Promise<void> {
    if (!(await this.#listening.move(this.#places)) || this.#closed !== undefined) return;
    this.#updateState();
    // Also without an address: what was announced is withdrawn then.
    if (this.#announced) void this.#discovery.announce(true);
    if (this.addresses.length === 0) return;
    // Whoever was known may be out of reach, where this machine is now.
    await this.node.relocated();
    if (this.node.cached === 0 && !this.node.isDormant) void this.#discoverAgain();
  }

  #discoverAgain(): Promise<CloudState> {
    this.#discovered = this.#discovered.then(() => this.#discover());
    return this.#discovered;
  }

  /** 3.1.4.2. */
  async #discover(): Promise<CloudState> {
    this.#discovering += 1;
    await this.#discovery.run();
    this.#discovering -= 1;
    this.#updateState();
    return this.#state;
  }

  #changed(): void {
    this.#updateState();
    const hasNames = this.node.names > 0;
    if (hasNames !== this.#announced) {
      this.#announced = hasNames;
      void this.#discovery.announce(hasNames);
    }
    const { names, cached, resolves } = this.node;
    const last = this.#statistics;
    if (names === last?.names && cached === last.cached && resolves === last.resolves) return;
    this.#statistics = { event: 'statistics', names, cached, resolves };
    this.#publish(this.#statistics);
  }

  #updateState(): void {
    const known = this.node.cached > 0;
    const online = known ? 'active' : this.#discovering > 0 ? 'synchronising' : 'alone';
    const state = this.addresses.length === 0 ? 'no-net' : online;
    if (state === this.#state) return;
    this.#state = state;
    this.#publish({ event: 'state', state });
  }

  #publish(event: CloudEvent): void {
    for (const sink of this.#sinks) sink(event);
  }

  /** Nobody waits for what a timer begins, so nobody else would see it fail. */
  #goOn(work: Promise<void>): void {
    work.catch((error: unknown) => this.#host.trace('pnrp', 'error', () => ({ cloud: this.name, error })));
  }

  /** 3.1.6.2. While no other member is known, discovery goes on, unless nobody needs the node. */
  #scheduleMaintenance(): void {
    const small = this.node.cached <= Time.MAINTENANCE_SMALL_CACHE;
    const ms = small ? Time.MAINTENANCE_SMALL_MS : Time.MAINTENANCE_MS;
    this.#maintenance = this.#host.clock.after(ms, () => {
      this.#scheduleMaintenance();
      if (this.#follows && this.addresses.length < this.#places.length) this.#goOn(this.#move());
      // A dormant node looks around when it wakes up.
      if (this.addresses.length === 0 || this.node.isDormant) return;
      if (this.node.cached === 0 && this.#discovering === 0) void this.#discoverAgain();
      else this.#goOn(this.node.maintain().then(() => this.#discovery.noteNodes()));
    });
  }
}
