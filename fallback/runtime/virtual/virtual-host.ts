import type { Host, NetworkInterface, Random, SocketAddress } from '../../../lib/backend/contract/host.js';
import { linkOf, neighbour } from '../../wire/links.js';
import { everyAddress, isLoopback } from '../address-kind.js';
import type { MemoryCache } from '../cache/memory-cache.js';
import { channelTrace } from '../trace.js';
import { SeededRandom } from './seeded-random.js';
import { virtualCaches } from './virtual-caches.js';
import type { VirtualDatagramSocket } from './virtual-datagrams.js';
import { bindDatagrams } from './virtual-datagrams.js';
import { virtualHttp } from './virtual-http.js';
import type { VirtualNetwork } from './virtual-network.js';
import { virtualSecure } from './virtual-secure.js';
import { type StoredEntries, virtualStores } from './virtual-store.js';
import { connectStream, listenStreams, type VirtualListener, type VirtualStream } from './virtual-streams.js';
import { virtualThreads } from './virtual-threads.js';
import type { Owner } from './virtual-time.js';
import { virtualWork } from './virtual-work.js';

/** Where free ports begin. */
const FIRST_FREE_PORT = 49152;
const FREE_PORTS = 0x10000 - FIRST_FREE_PORT;

/** What survives a crash of the host: stores by name, caches by folder. */
export interface Disk {
  readonly stores: StoredEntries;
  readonly caches: Map<string, MemoryCache>;
}

/** One machine of the virtual network: its addresses, what it has open, and its disk. */
export class VirtualHost implements Host, Owner {
  readonly name: string;
  readonly network: VirtualNetwork;
  /** By address and port; more than one where they share it, in the order of binding. */
  readonly sockets = new Map<string, readonly VirtualDatagramSocket[]>();
  readonly listeners = new Map<string, VirtualListener>();
  readonly streamsOpen = new Set<VirtualStream>();
  /** What fails a connection that is being made. */
  readonly connecting = new Set<() => void>();
  gone = false;
  callers = 0;
  readonly clock: Host['clock'];
  readonly random: Random;
  readonly datagrams: Host['datagrams'];
  readonly streams: Host['streams'];
  readonly http: Host['http'];
  readonly interfaces: Host['interfaces'];
  readonly dns: Host['dns'];
  readonly store: Host['store'];
  readonly caches: Host['caches'];
  readonly work: Host['work'];
  readonly threads: Host['threads'];
  readonly secure: Host['secure'];
  readonly trace: Host['trace'];
  readonly busy: Host['busy'];
  readonly awaited: Host['awaited'];
  /** A function may watch twice. */
  readonly #watchers = new Set<{ readonly changed: () => void }>();
  #interfaces: readonly NetworkInterface[];
  #nextFree = 0;

  constructor(
    network: VirtualNetwork,
    name: string,
    seed: string,
    interfaces: readonly NetworkInterface[],
    disk: Disk,
  ) {
    const { time } = network;
    this.network = network;
    this.name = name;
    this.#interfaces = interfaces;
    this.random = new SeededRandom(seed);
    this.clock = {
      now: () => time.now,
      filetime: () => time.filetime,
      after: (ms, callback) => time.after(ms, callback, this),
    };
    this.datagrams = { bind: (local, receive, options) => bindDatagrams(this, local, receive, options) };
    this.streams = {
      listen: (local, accept) => listenStreams(this, local, accept),
      connect: (remote, options) => connectStream(this, remote, options),
    };
    this.interfaces = {
      list: () => this.#interfaces,
      watch: (changed) => {
        const watcher = { changed };
        this.#watchers.add(watcher);
        // A process ends when its test does.
        return { hold: () => undefined, close: () => void this.#watchers.delete(watcher) };
      },
    };
    this.dns = { resolve6: (name) => network.resolve6(this, name) };
    this.store = virtualStores(time, disk.stores, this);
    this.caches = virtualCaches(time, { disk: disk.caches, servers: network.cacheServers }, this);
    // Keys of their own, so that making one more does not change every id drawn after it.
    this.work = virtualWork(time, new SeededRandom(`${seed} keys`), network.keys);
    this.threads = virtualThreads(time);
    this.secure = virtualSecure();
    this.http = virtualHttp(this);
    this.trace = channelTrace(() => ({ at: time.now, host: name }));
    this.busy = (promise) => time.busy(promise);
    this.awaited = (promise) => time.awaited(this, promise);
  }

  /** An interface got or lost addresses, came or went; whoever watches is told in the next instant. */
  setInterfaces(interfaces: readonly NetworkInterface[]): void {
    this.network.learnAddresses(this, interfaces);
    this.#interfaces = interfaces;
    for (const watcher of this.#watchers) {
      this.network.time.after(0, () => this.#watchers.has(watcher) && watcher.changed(), this);
    }
  }

  /** At once and without goodbye. The disk stays. */
  crash(): void {
    if (this.gone) return;
    this.network.time.end(this);
    for (const stream of this.streamsOpen) stream.breakOff();
    for (const breakOff of this.connecting) breakOff();
    for (const socket of [...this.sockets.values()].flat()) socket.end();
    this.listeners.clear();
  }

  hasAddress(address: string): boolean {
    return address === everyAddress(address) || this.#interfaces.some((it) => it.addresses.includes(address));
  }

  /** The link that an interface is on is named like the interface. */
  linksOf(address: string): string[] {
    return this.#interfaces.filter((it) => it.addresses.includes(address)).map((it) => it.name);
  }

  /** The address that a datagram to `to` comes from, for a socket that is bound to all. */
  sourceFor(to: SocketAddress): string | undefined {
    const links = this.#interfaces.filter((it) => to.scope === undefined || it.name === to.scope);
    const own = links
      .flatMap((it) => it.addresses)
      .filter((address) => everyAddress(address) === everyAddress(to.address));
    const kind = (address: string): string =>
      isLoopback(address) ? 'loopback' : /^f(e80:|f)/.test(address) ? 'link' : 'global';
    const candidates = own.filter((address) => kind(address) === kind(to.address));
    // Of several, the one that is in the same subnet.
    const near = candidates.length > 1 ? linkOf(links, { address: to.address }) : undefined;
    return (near && neighbour(near, to.address)) ?? candidates[0] ?? own[0];
  }

  /**
   * The port asked for if it is free or may be shared with those that have it, or any free one for 0. What is bound to
   * `::` or `0.0.0.0` has it at every address of the family.
   */
  takePort(
    bound: ReadonlyMap<string, unknown>,
    { address, port }: SocketAddress,
    mayShare = (_key: string): boolean => false,
  ): number {
    if (this.gone) throw systemError('ENETDOWN', `${this.name} has crashed`);
    if (!this.hasAddress(address)) throw systemError('EADDRNOTAVAIL', `${address} is not an address of ${this.name}`);
    const all = everyAddress(address);
    const holders = (wanted: number): string[] =>
      address === all
        ? [...bound.keys()].filter((key) => key.endsWith(` ${wanted}`) && everyAddress(key.split(' ')[0] ?? '') === all)
        : [portKey(address, wanted), portKey(all, wanted)].filter((key) => bound.has(key));
    if (port !== 0) {
      if (!holders(port).every(mayShare)) throw systemError('EADDRINUSE', `[${address}]:${port} is in use`);
      return port;
    }
    for (let tried = 0; tried < FREE_PORTS; tried++) {
      const free = FIRST_FREE_PORT + (this.#nextFree++ % FREE_PORTS);
      if (holders(free).length === 0) return free;
    }
    throw systemError('EADDRINUSE', `every free port of ${address} is in use`);
  }
}

export function portKey(address: string, port: number): string {
  return `${address} ${port}`;
}

export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
