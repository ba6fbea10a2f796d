import { expect } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import type { Registration } from 'winpeer/pnrp';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { type ByteString, byteStringFromHex } from '#fallback/wire/byte-string';
import type { SocketAddress } from '#lib/backend/contract/host';
import { CLOUD, type CloudStats, statsOf } from './cloud.js';
import { ScriptedPublisher } from './scripted-publisher.js';

/** A node with one name and one neighbour, and a peer that means it no good. */
export class Siege {
  readonly net: VirtualNetwork;
  readonly random: SeededRandom;
  readonly node: Platform;
  readonly friend: Platform;
  readonly at: SocketAddress;
  readonly nodeId: ByteString;
  readonly friendId: ByteString;
  readonly peer: ScriptedPublisher;
  readonly before: CloudStats;

  static async lay(seed: number): Promise<Siege> {
    const net = new VirtualNetwork({ seed });
    const node = createPlatform({ backend: 'fallback', host: net.host() });
    const friend = createPlatform({ backend: 'fallback', host: net.host() });
    const at = (await node.pnrp.open(CLOUD)).addresses[0] as SocketAddress;
    const nodeId = idOf(await node.pnrp.register('0.node', { ...CLOUD, port: 1 }));
    await (await friend.pnrp.open({ ...CLOUD, seeds: [at] })).joined();
    const friendId = idOf(await friend.pnrp.register('0.friend', { ...CLOUD, port: 2 }));
    const peer = await ScriptedPublisher.on(net, '0.peer');
    await net.time.advance(100);
    const before = await statsOf(node);
    expect(before).toMatchObject({ names: 1, cached: 1 });
    return new Siege({ net, node, friend, at, nodeId, friendId, peer, before }, seed);
  }

  private constructor(
    parts: Pick<Siege, 'net' | 'node' | 'friend' | 'at' | 'nodeId' | 'friendId' | 'peer' | 'before'>,
    seed: number,
  ) {
    this.net = parts.net;
    this.node = parts.node;
    this.friend = parts.friend;
    this.at = parts.at;
    this.nodeId = parts.nodeId;
    this.friendId = parts.friendId;
    this.peer = parts.peer;
    this.before = parts.before;
    this.random = new SeededRandom(`siege ${seed}`);
  }

  async lift(): Promise<void> {
    await Promise.all([this.node.close({ abrupt: true }), this.friend.close({ abrupt: true })]);
  }

  /** How often each thing was dropped since the start. */
  async drops(): Promise<Record<string, number>> {
    const { dropped } = await statsOf(this.node);
    const changes = Object.entries(dropped).map(([why, n]) => [why, n - (this.before.dropped[why] ?? 0)] as const);
    return Object.fromEntries(changes.filter(([, count]) => count > 0));
  }

  /** The most of everything that the node held within `ms`. */
  async mostHeld(ms: number): Promise<Record<string, number>> {
    const most: Record<string, number> = {};
    for (let n = 0; n < ms; n++) {
      await this.net.time.advance(1);
      for (const [what, count] of Object.entries((await statsOf(this.node)).held)) {
        most[what] = Math.max(most[what] ?? 0, count);
      }
    }
    return most;
  }

  /** The node knows what it knew, and both names are found, where they are. */
  async expectUnharmed(): Promise<void> {
    expect(await statsOf(this.node)).toMatchObject({ names: 1, cached: 1 });
    const there = await this.node.pnrp.resolve('0.friend', CLOUD);
    const back = await this.friend.pnrp.resolve('0.node', CLOUD);
    expect([there, back].map(({ endpoints }) => endpoints.map((it) => it.addresses[0]?.port))).toEqual([[2], [1]]);
  }

  stranger(): string {
    return `2001:db8:0:1::${(1 + this.random.below(0xfffe)).toString(16)}`;
  }

  anyId(): ByteString {
    return Buffer.from(this.random.bytes(32)).toString('latin1');
  }
}

function idOf({ clouds }: Registration): ByteString {
  return byteStringFromHex(clouds[0]?.pnrpId as string);
}
