import { createPlatform, type Platform } from 'winpeer';
import type { CloudState } from 'winpeer/pnrp';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { type NetworkOptions, VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { NetworkInterface } from '#lib/backend/contract/host';

export const LOOPBACK: NetworkInterface = { name: 'lo', index: 1, addresses: ['::1'], loopback: true };

/** An interface on the link of its name. */
export function link(name: string, index: number, ...addresses: string[]): NetworkInterface {
  return { name, index, addresses, loopback: false };
}

export interface Machine {
  readonly host: VirtualHost;
  readonly pnrp: Platform['pnrp'];
  readonly platform: Platform;
}

/** A network whose machines have the interfaces that a test gives them. */
export class Field {
  readonly net: VirtualNetwork;
  readonly #platforms: Platform[] = [];
  #machines = 0;

  constructor(options: NetworkOptions) {
    this.net = new VirtualNetwork(options);
  }

  /** On a link of its own unless told otherwise, so that multicast reaches nobody. */
  machine(...interfaces: NetworkInterface[]): Machine {
    this.#machines += 1;
    const number = this.#machines.toString(16);
    const own = link(`link-${number}`, 2, `2001:db8:${number}::1`, `fe80::${number}`);
    const host = this.net.host({ interfaces: [LOOPBACK, ...(interfaces.length === 0 ? [own] : interfaces)] });
    return this.process(host);
  }

  /** One more process of a machine; another home than the others' unless they share the host's disk. */
  process(host: VirtualHost, readings: Readonly<Record<string, string>> = {}): Machine {
    const platform = createPlatform({ backend: 'fallback', host, readings });
    this.#platforms.push(platform);
    return { host, platform, pnrp: platform.pnrp };
  }

  async close(): Promise<void> {
    await Promise.all(this.#platforms.map((platform) => platform.close({ abrupt: true })));
  }
}

export async function ports(asking: Machine, peerName: string, cloud = 'Global_'): Promise<(number | undefined)[]> {
  const { endpoints } = await asking.pnrp.resolve(peerName, { cloud, max: 5 });
  return endpoints.map((it) => it.addresses[0]?.port);
}

export async function states(machine: Machine): Promise<Record<string, CloudState | undefined>> {
  return Object.fromEntries((await machine.pnrp.clouds()).map(({ name, state }) => [name, state]));
}

/** What `stats()` says of SSDP. */
export async function ssdpOf({ platform }: Machine) {
  const stats = (await platform.stats()) as unknown as {
    readonly pnrp: { readonly ssdp: Readonly<Record<'sent' | 'received' | 'held', Readonly<Record<string, number>>>> };
  };
  return stats.pnrp.ssdp;
}
