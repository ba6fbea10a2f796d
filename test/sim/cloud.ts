import type { Platform } from 'winpeer';
import type { OpenCloud, PnrpAddress, Registration } from 'winpeer/pnrp';
import { type Network, type NetworkOptions, type NetworkPlatformOptions, network } from 'winpeer/testing';

export const CLOUD = { cloud: 'Global_' } as const;

export interface Member {
  readonly platform: Platform;
  readonly open: OpenCloud;
  /** Name that it registers, with its number as port. */
  readonly peerName: string;
  registration: Registration | undefined;
}

/** What `stats()` says of one cloud. */
export interface CloudStats {
  readonly state: string;
  readonly dormant: boolean;
  readonly names: number;
  readonly cached: number;
  readonly levels: readonly number[];
  readonly leafSets: readonly { readonly lower: number; readonly higher: number }[];
  /** The estimate of 3.2.6.2.1.1. */
  readonly cloudSize?: { readonly ids: number; readonly nodes: number };
  readonly maintenance: Readonly<Record<string, number>>;
  readonly held: Readonly<Record<string, number>>;
  readonly sent: Readonly<Record<string, number>>;
  readonly received: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export async function statsOf(platform: Platform): Promise<CloudStats> {
  const stats = (await platform.stats()) as unknown as { readonly pnrp: { readonly clouds: readonly CloudStats[] } };
  return stats.pnrp.clouds[0] as CloudStats;
}

/** Nodes of one cloud on one network, each on a link of its own, all of which know the first. */
export class Gathering {
  readonly net: Network;
  readonly members: Member[] = [];
  #joining = 0;

  constructor(options: NetworkOptions) {
    this.net = network(options);
  }

  /** Three users' identities sign for all: making a key takes longer than all else that a node does. */
  async join(options: NetworkPlatformOptions = {}): Promise<Member> {
    const number = this.#joining++;
    const platform = this.net.platform({ disk: `user-${number % 3}`, link: `link-${number}`, ...options });
    const seeds: PnrpAddress[] = [...(this.members[0]?.open.addresses ?? [])];
    const open = await platform.pnrp.open({ ...CLOUD, seeds });
    const member: Member = { platform, open, peerName: `0.member-${this.members.length}`, registration: undefined };
    this.members.push(member);
    await open.joined();
    return member;
  }

  async joinAndRegister(options: NetworkPlatformOptions = {}): Promise<Member> {
    const member = await this.join(options);
    await this.register(member);
    return member;
  }

  async register(member: Member): Promise<void> {
    member.registration = await member.platform.pnrp.register(member.peerName, {
      ...CLOUD,
      port: this.members.indexOf(member) + 1,
    });
  }

  async grow(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.joinAndRegister();
  }

  /** Grows to `count` in batches that double the cloud: as many as there are already join at once. */
  async gather(count: number): Promise<void> {
    while (this.members.length < count) {
      const batch = Math.min(Math.max(1, this.members.length), count - this.members.length);
      await Promise.all(Array.from({ length: batch }, () => this.joinAndRegister()));
    }
  }

  /** The ports under the name of `wanted` that `asking` finds. */
  async find(asking: Member, wanted: Member): Promise<(number | undefined)[]> {
    const { endpoints } = await asking.platform.pnrp.resolve(wanted.peerName, CLOUD);
    return endpoints.map((it) => it.addresses[0]?.port);
  }

  /** `1 -> 7` for each member that did not find exactly the registration of another; `stride` members apart. */
  async misses(asking: readonly Member[], wanted: readonly Member[]): Promise<string[]> {
    const number = (member: Member): number => this.members.indexOf(member);
    const pairs = asking.flatMap((from) => wanted.filter((to) => to !== from).map((to) => [from, to] as const));
    const found = await Promise.all(pairs.map(([from, to]) => this.find(from, to)));
    return pairs.flatMap(([from, to], index) =>
      found[index]?.length === 1 && found[index]?.[0] === number(to) + 1 ? [] : [`${number(from)} -> ${number(to)}`],
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ platform }) => platform.close({ abrupt: true })));
  }
}
