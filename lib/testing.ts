import type { VirtualHost } from '../fallback/runtime/virtual/virtual-host.js';
import { type NetworkOptions, VirtualNetwork } from '../fallback/runtime/virtual/virtual-network.js';
import { createPlatform, type Platform } from './platform.js';

export type { NetworkOptions } from '../fallback/runtime/virtual/virtual-network.js';

export interface NetworkPlatformOptions {
  /** Name of the machine in traces; `host-1` and so on unless given. */
  readonly name?: string;
  /** Platforms of one disk share identities and files, one after the other or at once. Unless given, each has its own. */
  readonly disk?: string;
  /** What its network interface is called; `eth0` unless given. Machines whose interfaces share a name share a link. */
  readonly link?: string;
  /** Chosen candidates of unsettled readings, by id. */
  readonly readings?: Readonly<Record<string, string>>;
}

/**
 * A virtual network for tests: platforms on machines of their own, a clock that only moves while somebody waits, and
 * nothing that differs from run to run of one seed. Virtual time passes while a call on one of its platforms is
 * waited for, and in `advance`.
 */
export function network(options: NetworkOptions = {}): Network {
  return new Network(options);
}

export class Network {
  readonly #network: VirtualNetwork;
  readonly #hosts = new Map<Platform, VirtualHost>();

  /** @internal */
  constructor(options: NetworkOptions) {
    this.#network = new VirtualNetwork(options);
  }

  /** Milliseconds of virtual time since the start. */
  get now(): number {
    return this.#network.time.now;
  }

  /** Share of datagrams that get lost, 0 to 1: as `network` was told, until it is set. */
  get loss(): number {
    return this.#network.loss;
  }

  set loss(share: number) {
    this.#network.loss = share;
  }

  /** A platform on a new machine with a global and a link-local address. */
  platform({ readings, ...options }: NetworkPlatformOptions = {}): Platform {
    const host = this.#network.host(options);
    const platform = createPlatform({ backend: 'fallback', host, ...(readings === undefined ? {} : { readings }) });
    this.#hosts.set(platform, host);
    return platform;
  }

  /** The machine fails: nobody is told anything, and what was open is gone. Its disk stays. */
  async crash(platform: Platform): Promise<void> {
    this.#hostOf(platform).crash();
    await platform.close({ abrupt: true });
  }

  /** Only platforms of one part reach each other; those in no part are on their own. */
  partition(...parts: readonly (readonly Platform[])[]): void {
    this.#network.partition(parts.map((part) => part.map((platform) => this.#hostOf(platform))));
  }

  heal(): void {
    this.#network.heal();
  }

  /** Lets so many milliseconds of virtual time pass; resolves when what happens in them has happened. */
  advance(ms: number): Promise<void> {
    return this.#network.time.advance(ms);
  }

  #hostOf(platform: Platform): VirtualHost {
    const host = this.#hosts.get(platform);
    if (host === undefined) throw new RangeError('that platform is not of this network');
    return host;
  }
}
