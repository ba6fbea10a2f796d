import { afterEach, describe, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import type { ResolveCriteria } from 'winpeer/pnrp';
import { distance, ringIdFromHex } from '#fallback/routing/ring';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { packAddress } from '#fallback/wire/ipv6';
import type { SocketAddress } from '#lib/backend/contract/host';
import { CLOUD, statsOf } from './cloud.js';
import { ScriptedPublisher } from './scripted-publisher.js';

/** Each candidate of a reading by what a scripted peer sees of it. */
describe('readings of PNRP', () => {
  let net: VirtualNetwork;
  const platforms: Platform[] = [];
  afterEach(() => Promise.all(platforms.splice(0).map((platform) => platform.close({ abrupt: true }))));

  async function open(readings: Record<string, string>, seeds: SocketAddress[] = []) {
    const platform = createPlatform({ backend: 'fallback', host: net.host(), readings });
    platforms.push(platform);
    const cloud = await platform.pnrp.open({ ...CLOUD, seeds });
    await cloud.joined();
    return { platform, at: cloud.addresses[0] as SocketAddress };
  }

  /** A node of the reading, with a name or without, that knows each of the peers. */
  async function meet(readings: Record<string, string>, peerNames: string[], name?: string) {
    net = new VirtualNetwork({ seed: 41 });
    const node = await open(readings);
    if (name !== undefined) await node.platform.pnrp.register(name, { ...CLOUD, port: 1 });
    const peers: ScriptedPublisher[] = [];
    for (const peerName of peerNames) {
      const peer = await ScriptedPublisher.on(net, peerName);
      peer.flood(node.at);
      await net.time.advance(200);
      peers.push(peer);
    }
    return { ...node, peers: peers as [ScriptedPublisher, ...ScriptedPublisher[]] };
  }

  async function flagsAsked(reading: string): Promise<number[]> {
    const { peers } = await meet({ 'pnrp.inquire-flags': reading }, ['0.peer'], '0.node');
    return peers[0].of('INQUIRE').map((it) => it.lowBits);
  }
  test('reading pnrp.inquire-flags = a-x-c', async () => expect(await flagsAsked('a-x-c')).toEqual([0]));
  test('reading pnrp.inquire-flags = low-bits', async () => expect(await flagsAsked('low-bits')).toEqual([3]));

  /** How many are cached of a peer that certifies one address more than its route entry has, and of one that does not. */
  async function cachedOf(reading: string): Promise<number[]> {
    const { platform, peers, at } = await meet({ 'pnrp.address-match': reading }, ['0.equal'], '0.node');
    const first = (await statsOf(platform)).cached;
    const more = await ScriptedPublisher.on(net, '0.more');
    more.onInquire = (inquire) =>
      more.proof(inquire, (cpa) => ({
        ...cpa,
        serviceAddresses: [{ address: packAddress('2001:db8::77'), port: 3540 }, ...cpa.serviceAddresses],
      }));
    more.flood(at);
    await net.time.advance(200);
    expect(peers).toHaveLength(1);
    return [first, (await statsOf(platform)).cached];
  }
  test('reading pnrp.address-match = subset', async () => expect(await cachedOf('subset')).toEqual([1, 2]));
  test('reading pnrp.address-match = equal', async () => expect(await cachedOf('equal')).toEqual([1, 1]));

  async function criteriaAsked(reading: string, criteria: ResolveCriteria): Promise<number> {
    const { platform, peers } = await meet({ 'pnrp.resolve-criteria': reading }, ['0.peer']);
    await platform.pnrp.resolve('0.other', { ...CLOUD, criteria });
    return peers[0].of('LOOKUP')[0]?.criteria as number;
  }
  test('reading pnrp.resolve-criteria = nearest64', async () =>
    expect(await criteriaAsked('nearest64', 'nearest-peer-name')).toBe(0x04));
  test('reading pnrp.resolve-criteria = nearest', async () =>
    expect(await criteriaAsked('nearest', 'nearest-peer-name')).toBe(0x02));

  /** Whether the nearer of two publishers is found by way of the farther one, which matches in all of the peer name. */
  async function portFound(reading: string): Promise<boolean> {
    const { platform, at } = await meet({ 'pnrp.nearest': reading, 'pnrp.resolve-criteria': 'nearest' }, []);
    const both = [await ScriptedPublisher.on(net, '0.two'), await ScriptedPublisher.on(net, '0.two')];
    const target = ringIdFromHex(`${both[0]?.name.pnrpId.slice(0, 48)}8000000000000000`);
    const reach = (peer: ScriptedPublisher): bigint => distance(peer.name.entry.id, target);
    const [near, far] = both.sort((a, b) => (reach(a) < reach(b) ? -1 : 1)) as [ScriptedPublisher, ScriptedPublisher];
    far.flood(at);
    far.referral = near.entry;
    await net.time.advance(200);
    await platform.pnrp.resolve('0.two', { ...CLOUD, criteria: 'nearest-peer-name' });
    return near.of('INQUIRE').some((it) => it.extendedPayload);
  }
  test('reading pnrp.nearest = closest', async () => expect(await portFound('closest')).toBe(true));
  test('reading pnrp.nearest = p2p-id', async () => expect(await portFound('p2p-id')).toBe(false));

  /** Which of four combinations of publisher and resolver find a secure name without classifier. */
  async function foundWith(reading: string): Promise<number[]> {
    net = new VirtualNetwork({ seed: 42 });
    const { platform, at } = await open({ 'names.missing-classifier': reading });
    const { peerName } = await platform.identity.create();
    await platform.pnrp.register(peerName, { ...CLOUD, port: 1 });
    const found: number[] = [];
    for (const other of ['empty-text', 'zeros']) {
      const asking = await open({ 'names.missing-classifier': other }, [at]);
      const { endpoints } = await asking.platform.pnrp.resolve(peerName, CLOUD);
      found.push(endpoints.length);
    }
    return found;
  }
  test('reading names.missing-classifier = empty-text', async () =>
    expect(await foundWith('empty-text')).toEqual([1, 0]));
  test('reading names.missing-classifier = zeros', async () => expect(await foundWith('zeros')).toEqual([0, 1]));

  /** The list that goes on with the entry of a newcomer whose list was full already: what stands first, and how many. */
  async function listAfter(reading: string): Promise<[number, number]> {
    const { peers, at } = await meet({ 'pnrp.flooded-list': reading }, ['0.one'], '0.node');
    const newcomer = await ScriptedPublisher.on(net, '0.new');
    const alreadyFloodedList = Array.from({ length: 22 }, (_, n) => ({
      address: packAddress('2001:db8:7::1'),
      port: 2000 + n,
    }));
    newcomer.flood(at, { alreadyFloodedList });
    await net.time.advance(200);
    const list = peers[0].of('FLOOD').find((it) => it.routeEntry?.pnrpId === newcomer.entry.pnrpId)?.alreadyFloodedList;
    return [(list?.[0]?.port as number) - 2000, list?.length as number];
  }
  // The node itself and the peer that is told come in.
  test('reading pnrp.flooded-list = oldest', async () => expect(await listAfter('oldest')).toEqual([2, 22]));
  test('reading pnrp.flooded-list = newest', async () => expect(await listAfter('newest')).toEqual([0, 22]));

  /** Whether a LOOKUP whose path has another node of the same address is referred to the peer. */
  async function isReferred(reading: string): Promise<boolean> {
    const { peers, at } = await meet({ 'pnrp.path-membership': reading }, ['0.known'], '0.node');
    const asking = await ScriptedPublisher.on(net, '0.asking');
    const [known] = peers;
    const flaggedPath = [{ address: known.entry.addresses[0] as string, port: 4000 }];
    asking.referral = undefined;
    asking.lookup(at, { targetPnrpId: known.entry.pnrpId, flaggedPath });
    let answer = '';
    asking.onAuthority = (entry) => {
      answer = entry?.pnrpId ?? '';
    };
    await net.time.advance(200);
    return answer === known.entry.pnrpId;
  }
  test('reading pnrp.path-membership = endpoint', async () => expect(await isReferred('endpoint')).toBe(true));
  test('reading pnrp.path-membership = address', async () => expect(await isReferred('address')).toBe(false));

  test('reading pnrp.next-results = flagged-path', async () => {
    const { platform, peers } = await meet({ 'pnrp.next-results': 'flagged-path' }, ['0.two', '0.two', '0.two']);
    const { endpoints } = await platform.pnrp.resolve('0.two', { ...CLOUD, max: 3 });
    expect(endpoints).toHaveLength(3);
    const foundInOrder = peers
      .flatMap((peer) =>
        peer.received
          .filter((it) => it.message.type === 'INQUIRE' && it.message.extendedPayload)
          .map((it) => ({ at: it.at, peer })),
      )
      .sort((a, b) => a.at - b.at)
      .map(({ peer }) => peer);
    const last = foundInOrder[2]?.of('LOOKUP').at(-1);
    const path = last?.flaggedPath.map(({ address }) => address);
    for (const peer of foundInOrder.slice(0, 2)) expect(path).toContain(peer.entry.addresses[0]);
  });
});
