import type { Host } from '../../lib/backend/contract/host.js';
import type { PnrpAddress, PnrpScope } from '../../lib/backend/contract/pnrp.js';
import type { PnrpDiscoveryEvent } from '../../lib/backend/contract/trace.js';
import { type Endpoint, endpointKey } from '../routing/entry.js';
import type { Ssdp } from '../ssdp/ssdp.js';
import { packAddress } from '../wire/ipv6.js';
import type { Readings } from '../wire/readings.js';
import type { AddressPolicy } from './address-policy.js';
import { Time } from './bounds.js';
import { DEFAULT_PORT } from './constants.js';
import type { KnownNodes } from './known-nodes.js';
import type { PnrpNode } from './node.js';

/** [MS-PNRP] 3.1.5.1: nodes that one search of the link leads to. */
const SSDP_TARGETS = 5;
/** 3.1.4.2.1. */
const SEED_HOSTS = ['PNRPV2.IPV6.MICROSOFT.COM', 'PNRPV21.IPV6.MICROSOFT.COM'] as const;
/** Known nodes that are worth keeping: those of the next start. */
const NODES_KEPT = 10;

/** 3.1.4.2.2. */
const SSDP_SCOPES = {
  global: 'Global',
  'site-local': 'SiteLocal',
  'link-local': 'LinkLocal',
} as const satisfies Record<PnrpScope, string>;

type Way = PnrpDiscoveryEvent['way'];

export interface DiscoveryPorts {
  readonly host: Host;
  readonly readings: Readings;
  readonly cloud: string;
  readonly policy: AddressPolicy;
  readonly node: PnrpNode;
  readonly ssdp: Ssdp;
  readonly knownNodes: KnownNodes;
  /** The interfaces that the node listens at. */
  readonly links: () => readonly string[];
}

/**
 * How a node finds its first neighbours, and lets others find it: CloudDiscoveryMode of [MS-PNRP] 3.1.4.2. The text
 * leaves it to an implementation how soon it goes on to the next way: at once, when one has led to nobody.
 */
export class Discovery {
  readonly #ports: DiscoveryPorts;
  readonly #given: Endpoint[] = [];
  #dnsSeeds: readonly Endpoint[] = [];
  #nextSeed = 0;
  #announcements: readonly ReturnType<Ssdp['announce']>[] = [];
  #announcing: Promise<void> = Promise.resolve();
  /** What the last search of the link found. */
  #onLink: Endpoint[] = [];
  #searchedAt = Number.NEGATIVE_INFINITY;
  #notedAt = Number.NEGATIVE_INFINITY;
  readonly #abort = new AbortController();
  /** Ends the wait of the way that is being tried. */
  #enough: () => void = () => undefined;

  constructor(ports: DiscoveryPorts, seeds: readonly PnrpAddress[]) {
    this.#ports = ports;
    this.addSeeds(seeds);
  }

  /**
   * The seed servers of 3.1.4.2.1. Where there are none, noted nodes, or nodes of the link, that this one does not know
   * stand in for them: else the parts of a cloud without seed servers would never come together again. Every machine of
   * the link hears a search, so that what the last one found has to do for some time.
   */
  async seedServers(): Promise<readonly Endpoint[]> {
    const { node, policy, host } = this.#ports;
    // One on loopback is out of reach for a node that is not, and the other way round.
    const given = this.#given.filter((seed) => policy.acceptsEndpoint(seed));
    if (given.length > 0) return given;
    if (this.#dnsSeeds.length > 0) return this.#dnsSeeds;
    if (host.clock.now() - this.#searchedAt >= Time.LINK_SEARCH_MS) await this.#searchLinks(() => true);
    return [...(await this.#knownNodes()), ...this.#onLink].filter((it) => !node.knows(it));
  }

  addSeeds(seeds: readonly PnrpAddress[]): void {
    const known = new Set(this.#given.map(({ address, port }) => endpointKey(address, port)));
    const endpoints = seeds.map(({ address, port }) => ({ address: packAddress(address), port }));
    this.#given.push(...endpoints.filter(({ address, port }) => !known.has(endpointKey(address, port))));
  }

  /** Resolves when another member of the cloud is known, or no way led to one. */
  async run(): Promise<void> {
    this.#enough = () => undefined;
    const ways = [() => this.#askSeeds(), () => this.#askKnownNodes(), () => this.#askLinks(), () => this.#askDns()];
    for (const way of ways) {
      if (this.#isOver()) return;
      await way().catch((error: unknown) => this.#fail(error));
    }
  }

  /** 3.2.4.1, 3.2.4.2: others find the node while it has names. */
  announce(hasNames: boolean): Promise<void> {
    const done = this.#announcing.then(() => this.#announce(hasNames)).catch((error: unknown) => this.#fail(error));
    this.#announcing = done;
    return done;
  }

  /** What answered lately is asked first after the next start. */
  async noteNodes(): Promise<void> {
    const { node, policy, host } = this.#ports;
    const now = host.clock.now();
    if (now - this.#notedAt < Time.KNOWN_NODES_MS || node.cached === 0) return;
    this.#notedAt = now;
    const own = node.names > 0 ? node.endpoints.slice(0, 1) : [];
    await this.#note([...node.sample(NODES_KEPT - own.length).map((it) => policy.choose(it, node.endpoints)), ...own]);
  }

  async close(abrupt: boolean): Promise<void> {
    this.#abort.abort();
    this.#enough();
    if (abrupt) return;
    this.#notedAt = Number.NEGATIVE_INFINITY;
    await this.noteNodes();
    await this.announce(false);
  }

  /** One after the other, and the next one the next time: D-15, the index starts again at the end. */
  async #askSeeds(): Promise<void> {
    const { policy } = this.#ports;
    for (let tried = 0; tried < this.#given.length && !this.#isOver(); tried += 1) {
      const seed = this.#given[this.#nextSeed % this.#given.length] as Endpoint;
      this.#nextSeed += 1;
      if (policy.acceptsEndpoint(seed)) await this.#ask('seed', [seed]);
    }
  }

  async #askKnownNodes(): Promise<void> {
    await this.#ask('known-node', await this.#knownNodes());
  }

  /** LocalOOB: the first node of this machine, if that is another, and those of earlier runs. */
  async #knownNodes(): Promise<Endpoint[]> {
    const { node, knownNodes, policy } = this.#ports;
    const firstHere = node.endpoints.map(({ address }) => ({ address, port: DEFAULT_PORT }));
    const noted = await knownNodes.recent(this.#place).catch((error: unknown) => this.#fail(error));
    const nodes = new Map([...firstHere, ...(noted ?? [])].map((it) => [endpointKey(it.address, it.port), it]));
    return [...nodes.values()].filter((it) => policy.acceptsEndpoint(it) && !this.#isOwn(it));
  }

  async #askLinks(): Promise<void> {
    const asked: Promise<void>[] = [];
    await this.#until(
      this.#searchLinks((endpoint) => {
        asked.push(this.#ask('ssdp', [endpoint]));
        return !this.#isOver();
      }).then(() => Promise.all(asked)),
    );
  }

  /** 3.1.4.2.2, 3.1.5.1: `found` gets each other node and says whether more are wanted. */
  async #searchLinks(found: (endpoint: Endpoint) => boolean): Promise<void> {
    const { host, ssdp, policy, links } = this.#ports;
    const target = this.#searchTarget;
    if (target === undefined || this.#abort.signal.aborted) return;
    this.#searchedAt = host.clock.now();
    const onLink: Endpoint[] = [];
    this.#onLink = onLink;
    let enough = false;
    const searches = links().map((link) =>
      ssdp.search(target, link, ({ address, port }) => {
        const endpoint = { address: packAddress(address), port };
        if (enough || !policy.acceptsEndpoint(endpoint) || this.#isOwn(endpoint)) return;
        onLink.push(endpoint);
        enough = !found(endpoint) || onLink.length === SSDP_TARGETS;
        if (enough) end();
      }),
    );
    const end = (): void => {
      for (const search of searches) search.cancel();
    };
    this.#abort.signal.addEventListener('abort', end, { once: true });
    await Promise.all(searches.map(({ ended }) => ended));
    this.#abort.signal.removeEventListener('abort', end);
  }

  /** 3.1.4.2.1: the seed servers of the global cloud, those nearest to this node first (RFC 3484 section 6). */
  async #askDns(): Promise<void> {
    const { host, policy, node, readings } = this.#ports;
    // UNCONFIRMED: pnrp.seed-hosts
    if (policy.scope !== 'global' || this.#given.length > 0 || readings.get('pnrp.seed-hosts') === 'not-asked') return;
    const { signal } = this.#abort;
    const questions = SEED_HOSTS.map((name) => host.dns.resolve6(name, { signal }).catch(() => []));
    const answers = Promise.all(questions).then((addresses) => {
      const seeds = addresses.flat().map((address) => ({ address: packAddress(address), port: DEFAULT_PORT }));
      this.#dnsSeeds = policy.sorted(
        seeds.filter((seed) => policy.acceptsEndpoint(seed)),
        node.endpoints,
      );
    });
    await this.#until(answers);
    for (const seed of this.#dnsSeeds) if (!this.#isOver()) await this.#ask('dns', [seed]);
  }

  /** Synchronises with all of them at once, and waits for the first that leads to somebody. */
  async #ask(way: Way, nodes: readonly Endpoint[]): Promise<void> {
    const { node, policy, host, cloud } = this.#ports;
    for (const it of nodes) {
      host.trace('pnrp', 'discovery', (): PnrpDiscoveryEvent => ({ cloud, way, address: policy.locate(it) }));
    }
    const asked = nodes.map(async (it) => {
      await node.synchronise(it);
      if (node.cached > 0) this.#enough();
    });
    await this.#until(Promise.all(asked));
  }

  /** Resolves when `done` does, or as soon as the node has synchronised with somebody. */
  #until(done: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const others = this.#enough;
      this.#enough = () => {
        others();
        resolve();
      };
      done.then(() => resolve(), reject);
      if (this.#isOver()) this.#enough();
    });
  }

  async #announce(hasNames: boolean): Promise<void> {
    const { node, ssdp, policy } = this.#ports;
    const [endpoint] = node.endpoints;
    const announced = this.#announcements;
    this.#announcements = [];
    await Promise.all(announced.map((it) => it.withdraw()));
    if (endpoint === undefined) return;
    const target = this.#searchTarget;
    if (hasNames && target !== undefined) {
      this.#announcements = this.#ports.links().map((link) => ssdp.announce(target, policy.locate(endpoint), link));
    }
    await (hasNames ? this.#note([endpoint]) : this.#note([], [endpoint]));
  }

  #note(nodes: readonly Endpoint[], gone: readonly Endpoint[] = []): Promise<void> {
    const now = this.#ports.host.clock.filetime();
    return this.#ports.knownNodes.note(this.#place, now, nodes, gone).catch((error: unknown) => void this.#fail(error));
  }

  /** One way less, or a home that can't be written: the next start takes some time more, nothing else. */
  #fail(error: unknown): undefined {
    this.#ports.host.trace('pnrp', 'error', () => ({ cloud: this.#ports.cloud, error }));
  }

  /** Nodes of one cloud whose addresses have another scope, those of a test on loopback, are others' business. */
  get #place(): string {
    return `${this.#ports.cloud} ${this.#ports.policy.scope}`;
  }

  get #searchTarget(): string | undefined {
    const { scope } = this.#ports.policy;
    if (scope === 'loopback' || scope === 'unusable') return undefined;
    return `urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:${SSDP_SCOPES[scope]}`;
  }

  #isOwn({ address, port }: Endpoint): boolean {
    return this.#ports.node.endpoints.some((own) => own.address === address && own.port === port);
  }

  #isOver(): boolean {
    return this.#ports.node.cached > 0 || this.#abort.signal.aborted;
  }
}
