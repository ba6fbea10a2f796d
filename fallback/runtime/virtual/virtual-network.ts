import type { KeyObject } from 'node:crypto';
import type { NetworkInterface, SocketAddress } from '../../../lib/backend/contract/host.js';
import { isGroup, isLinkLocal, isLoopback } from '../address-kind.js';
import type { MemoryCache } from '../cache/memory-cache.js';
import { MulticastGroups } from './multicast-groups.js';
import { SeededRandom } from './seeded-random.js';
import { type Disk, systemError, VirtualHost } from './virtual-host.js';
import { VirtualTime } from './virtual-time.js';

export interface NetworkOptions {
  /** The same seed and program give the same run, to the last datagram. 1 unless given. */
  readonly seed?: number | string;
  /** Of each datagram, in milliseconds; uniform between the two. 1 to 20 unless given. */
  readonly latency?: { readonly min: number; readonly max: number };
  /** Share of datagrams that get lost, 0 to 1; 0 unless given. */
  readonly loss?: number;
  /** Share of datagrams that arrive twice, 0 to 1; 0 unless given. */
  readonly duplicates?: number;
  /** What the name server knows: IPv6 addresses by host name. Nothing unless given. */
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  /** What the clocks say at the start; 2026-01-01 UTC unless given. */
  readonly start?: Date;
}

export interface HostOptions {
  /** Unique; `host-1` and so on unless given. */
  readonly name?: string;
  /** Hosts of one disk share homes, one after the other or at once. Unless given, each has its own. */
  readonly disk?: string;
  /** What its one interface is called; `eth0` unless given. Interfaces of one name are on one link. */
  readonly link?: string;
  /** A global and a link-local IPv6 address and an IPv4 address on `link`, and loopback, unless given. */
  readonly interfaces?: readonly NetworkInterface[];
}

/** Machines, links and a clock that follow from one seed. */
export class VirtualNetwork {
  readonly time: VirtualTime;
  readonly groups = new MulticastGroups();
  /** What hosts sign with, parsed: machines of one disk have the same. */
  readonly keys = new Map<string, KeyObject>();
  /** Redis servers, by their address. */
  readonly cacheServers = new Map<string, MemoryCache>();
  readonly #seed: string;
  readonly #random: SeededRandom;
  readonly #latency: { readonly min: number; readonly max: number };
  #loss = 0;
  readonly #duplicates: number;
  readonly #dns: ReadonlyMap<string, readonly string[]>;
  readonly #hosts: VirtualHost[] = [];
  readonly #names = new Set<string>();
  /** By address, with its link where it is good for one only; so that no datagram has to look through all hosts. */
  readonly #byAddress = new Map<string, VirtualHost>();
  readonly #disks = new Map<string, Disk>();
  #parts: ReadonlyMap<VirtualHost, number> | undefined;

  constructor({
    seed = 1,
    latency = { min: 1, max: 20 },
    loss = 0,
    duplicates = 0,
    dns = {},
    start = new Date('2026-01-01T00:00:00Z'),
  }: NetworkOptions = {}) {
    if (!(latency.min >= 0 && latency.max >= latency.min))
      throw new RangeError('latency is { min, max } with 0 <= min <= max');
    if (!(duplicates >= 0 && duplicates <= 1)) throw new RangeError('duplicates is a share from 0 to 1');
    this.#seed = String(seed);
    this.#random = new SeededRandom(`${seed} network`);
    this.#latency = latency;
    this.loss = loss;
    this.#duplicates = duplicates;
    this.#dns = new Map(Object.entries(dns).map(([name, addresses]) => [name.toLowerCase(), addresses]));
    this.time = new VirtualTime(start);
  }

  get loss(): number {
    return this.#loss;
  }

  /** Of the datagrams that are sent from now on. */
  set loss(share: number) {
    if (!(share >= 0 && share <= 1)) throw new RangeError('loss is a share from 0 to 1');
    this.#loss = share;
  }

  host(options: HostOptions = {}): VirtualHost {
    const number = this.#hosts.length + 1;
    const name = options.name ?? `host-${number}`;
    if (this.#names.has(name)) throw new RangeError(`there is a host ${name} already`);
    const diskName = options.disk ?? name;
    const disk = this.#disks.get(diskName) ?? { stores: new Map(), caches: new Map() };
    this.#disks.set(diskName, disk);
    const interfaces = options.interfaces ?? defaultInterfaces(number, options.link);
    const host = new VirtualHost(this, name, `${this.#seed} ${name}`, interfaces, disk);
    this.learnAddresses(host, interfaces);
    this.#hosts.push(host);
    this.#names.add(name);
    return host;
  }

  /** Only hosts of one part reach each other; those in no part are on their own. */
  partition(parts: readonly (readonly VirtualHost[])[]): void {
    this.#parts = new Map(parts.flatMap((part, index) => part.map((host) => [host, index] as const)));
  }

  heal(): void {
    this.#parts = undefined;
  }

  isConnected(a: VirtualHost, b: VirtualHost): boolean {
    if (a === b || this.#parts === undefined) return true;
    const part = this.#parts.get(a);
    return part !== undefined && part === this.#parts.get(b);
  }

  /** The name server is no host: it answers as long after the question as any host would. */
  async resolve6(asking: VirtualHost, name: string): Promise<readonly string[]> {
    await new Promise<void>((resolve) => this.time.after(this.latency(), resolve, asking));
    const addresses = this.#dns.get(name.toLowerCase());
    if (addresses === undefined) throw systemError('ENOTFOUND', `no host is called ${name}`);
    return addresses;
  }

  latency(): number {
    return this.#latency.min + this.#random.fraction() * (this.#latency.max - this.#latency.min);
  }

  /** Who gets a datagram or connection to `to`, and by which interface where that matters. */
  receivers(sender: VirtualHost, source: string, to: SocketAddress): { host: VirtualHost; scope?: string }[] {
    if (isLoopback(to.address)) return [{ host: sender }];
    // Nothing leaves the machine from its loopback address.
    if (isLoopback(source)) return sender.hasAddress(to.address) ? [{ host: sender }] : [];
    if (!isLinkLocal(to.address)) {
      const host = this.#byAddress.get(to.address);
      return host === undefined ? [] : [{ host }];
    }
    const link = to.scope ?? sender.linksOf(source)[0];
    const onLink = (host: VirtualHost): boolean => host.interfaces.list().some((it) => it.name === link);
    if (link === undefined || !onLink(sender)) return [];
    if (isGroup(to.address)) {
      return this.groups
        .hosts(to.address, link)
        .filter(onLink)
        .map((host) => ({ host, scope: link }));
    }
    const host = this.#byAddress.get(addressKey(to.address, link));
    return host === undefined ? [] : [{ host, scope: link }];
  }

  /** Carries one datagram: late, twice, or not at all. */
  transmit(from: VirtualHost, to: VirtualHost, deliver: () => void): void {
    const late = this.latency();
    if (this.#random.fraction() < this.#loss || !this.isConnected(from, to)) return;
    const arrive = (): void => {
      if (this.isConnected(from, to)) deliver();
    };
    this.time.after(late, arrive, to);
    if (this.#random.fraction() < this.#duplicates) this.time.after(this.latency(), arrive, to);
  }

  /** An address belongs to one host, until that is gone. What the host has had so far it has no longer. */
  learnAddresses(host: VirtualHost, interfaces: readonly NetworkInterface[]): void {
    const keys = addressKeys(interfaces);
    for (const key of keys) {
      const owner = this.#byAddress.get(key);
      if (owner !== undefined && owner !== host && !owner.gone) throw new RangeError(`${key} is ${owner.name}'s`);
    }
    for (const key of addressKeys(host.interfaces.list())) {
      if (this.#byAddress.get(key) === host) this.#byAddress.delete(key);
    }
    for (const key of keys) this.#byAddress.set(key, host);
  }
}

function addressKeys(interfaces: readonly NetworkInterface[]): string[] {
  return interfaces
    .filter((it) => !it.loopback)
    .flatMap(({ name, addresses }) => addresses.map((address) => addressKey(address, name)));
}

function addressKey(address: string, link: string): string {
  return isLinkLocal(address) ? `${address}%${link}` : address;
}

/** Numbers in the last groups, so that every host has addresses of its own. */
function defaultInterfaces(number: number, link = 'eth0'): NetworkInterface[] {
  const host = `${number > 0xffff ? `${(number >>> 16).toString(16)}:` : ''}${(number & 0xffff).toString(16)}`;
  return [
    { name: 'lo', index: 1, addresses: ['::1', '127.0.0.1'], prefixes: [128, 8], loopback: true },
    {
      name: link,
      index: 2,
      addresses: [
        `2001:db8::${host}`,
        `fe80::${host}`,
        `10.${number >>> 16}.${(number >>> 8) & 0xff}.${number & 0xff}`,
      ],
      prefixes: [64, 64, 8],
      loopback: false,
    },
  ];
}
