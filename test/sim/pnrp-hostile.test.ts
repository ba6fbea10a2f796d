import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPlatform, type Platform } from 'winpeer';
import { classifierHash } from '#fallback/names/p2p-id';
import type { AuthorityBuffer } from '#fallback/pnrp/authority-buffer';
import { Bound } from '#fallback/pnrp/bounds';
import type { Cpa } from '#fallback/pnrp/cpa';
import { message } from '#fallback/pnrp/messages';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { decode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import type { SocketAddress } from '#lib/backend/contract/host';
import { mutate } from '../wire/mutations.js';
import { bytes as fromHex, MESSAGES } from '../wire/pnrp-samples.js';
import { CLOUD, type CloudStats, statsOf } from './cloud.js';
import { ScriptedPublisher } from './scripted-publisher.js';

/** A node with one name and one neighbour, and a peer that means it no good. */
describe('a PNRP node under attack (seed 31)', () => {
  let net: VirtualNetwork;
  let node: Platform;
  let friend: Platform;
  let at: SocketAddress;
  let nodeId: string;
  let friendId: string;
  let peer: ScriptedPublisher;
  let before: CloudStats;
  const random = new SeededRandom('attack');

  beforeEach(async () => {
    net = new VirtualNetwork({ seed: 31 });
    node = createPlatform({ backend: 'fallback', host: net.host() });
    friend = createPlatform({ backend: 'fallback', host: net.host() });
    const open = await node.pnrp.open(CLOUD);
    at = open.addresses[0] as SocketAddress;
    nodeId = (await node.pnrp.register('0.node', { ...CLOUD, port: 1 })).clouds[0]?.pnrpId as string;
    await (await friend.pnrp.open({ ...CLOUD, seeds: [at] })).joined();
    friendId = (await friend.pnrp.register('0.friend', { ...CLOUD, port: 2 })).clouds[0]?.pnrpId as string;
    peer = await ScriptedPublisher.on(net, '0.peer');
    await net.time.advance(100);
    before = await statsOf(node);
    expect(before).toMatchObject({ names: 1, cached: 1 });
  });
  afterEach(async () => {
    await Promise.all([node.close({ abrupt: true }), friend.close({ abrupt: true })]);
  });

  /** How often each thing was dropped since the start. */
  async function drops(): Promise<Record<string, number>> {
    const { dropped } = await statsOf(node);
    const changes = Object.entries(dropped).map(([why, count]) => [why, count - (before.dropped[why] ?? 0)] as const);
    return Object.fromEntries(changes.filter(([, count]) => count > 0));
  }

  /** The node knows what it knew, and both names are found. */
  async function expectUnharmed(): Promise<void> {
    expect(await statsOf(node)).toMatchObject({ names: 1, cached: 1 });
    const [there, back] = [await node.pnrp.resolve('0.friend', CLOUD), await friend.pnrp.resolve('0.node', CLOUD)];
    expect([there.endpoints.length, back.endpoints.length]).toEqual([1, 1]);
  }

  const stranger = (): string => `2001:db8:0:1::${(1 + random.below(0xfffe)).toString(16)}`;
  const anyId = (): string => Buffer.from(random.bytes(32)).toString('hex');

  test('an honest peer is taken in: what follows fails for its own reason', async () => {
    peer.flood(at);
    await net.time.advance(500);
    expect([await statsOf(node), await drops()]).toMatchObject([{ cached: 2 }, {}]);
  });

  const past = (cpa: Cpa): Cpa => ({ ...cpa, notAfter: 1n });
  const otherPort = (cpa: Cpa): Cpa => ({
    ...cpa,
    serviceAddresses: cpa.serviceAddresses.map((it) => ({ ...it, port: it.port + 1 })),
  });
  const otherKey = (cpa: Cpa): Cpa => ({ ...cpa, publicKey: cpa.publicKey.map((it, at) => (at === 30 ? it ^ 1 : it)) });
  test.each<[string, string, (cpa: Cpa) => Cpa]>([
    ['expired', 'CPA: expired', past],
    [
      'of another nonce, as when replayed',
      'CPA: nonce of another INQUIRE',
      (it) => ({ ...it, nonce: new Uint8Array(16) }),
    ],
    ['of another name', 'CPA: other PNRP ID', (it) => ({ ...it, classifierHash: new Uint8Array(20) })],
    ['of another service location', 'CPA: other PNRP ID', (it) => ({ ...it, serviceLocation: '1'.repeat(32) })],
    [
      'of a secure name with a foreign key',
      'CPA: authority not of its key',
      (it) => ({ ...it, binaryAuthority: '1'.repeat(40) }),
    ],
    ['that revokes', 'CPA: revoked', (it) => ({ ...it, revoke: true })],
    ['with a key that did not sign', 'CPA: signature', otherKey],
    ['of a node elsewhere', 'CPA: other service addresses', otherPort],
  ])('a CPA %s is dropped', async (_, why, change) => {
    peer.onInquire = (inquire) => peer.proof(inquire, change);
    peer.flood(at);
    await net.time.advance(500);
    expect(await drops()).toEqual({ [why]: 1 });
    await expectUnharmed();
  });

  test.each<[string, string, (honest: AuthorityBuffer) => AuthorityBuffer]>([
    ['without CPA', 'CPA: missing or malformed', (it) => ({ ...it, validateCpa: undefined })],
    ['with half a CPA', 'CPA: missing or malformed', (it) => ({ ...it, validateCpa: it.validateCpa?.slice(0, 99) })],
    [
      'for another ID',
      'CPA: route entry of another ID',
      (it) => ({ ...it, routeEntry: { ...peer.entry, pnrpId: friendId } }),
    ],
  ])('an answer %s is dropped', async (_, why, change) => {
    peer.onInquire = async (inquire) => change(await peer.proof(inquire));
    peer.flood(at);
    await net.time.advance(500);
    expect(await drops()).toEqual({ [why]: 1 });
    await expectUnharmed();
  });

  test('nobody takes the place of another’s name, or has it taken away', async () => {
    const [local] = peer.entry.addresses;
    const notFound = { leafSet: false, busy: false, notFound: true };
    peer.onInquire = async (inquire) => (inquire.validatePnrpId === friendId ? notFound : peer.proof(inquire));
    peer.flood(at, { routeEntry: { pnrpId: friendId, port: 3540, addresses: [local as string] } });
    await net.time.advance(500);
    peer.onInquire = (inquire) => peer.proof(inquire);
    peer.flood(at, { routeEntry: { pnrpId: friendId, port: 3540, addresses: [local as string] } });
    const revokeCpa = await peer.cpa((cpa) => ({
      ...cpa,
      revoke: true,
      serviceAddresses: [],
      applicationEndpoints: [],
      serviceLocation: friendId.slice(32),
      classifierHash: classifierHash('friend', new Readings()),
    }));
    peer.flood(at, { routeEntry: undefined, revokeCpa });
    await net.time.advance(500);
    expect(await drops()).toEqual({
      'CPA: route entry of another ID': 1,
      'revoke CPA: key is not the registrant’s': 1,
    });
    await expectUnharmed();
  });

  test.each([
    ['a reserved port', { port: 1024 }],
    ['loopback', { addresses: [packAddress('::1')] }],
    ['a multicast group', { addresses: [packAddress('ff02::c')] }],
    ['no address', { addresses: [packAddress('::')] }],
    ['a mapped address', { addresses: [packAddress('::ffff:10.0.0.1')] }],
    ['another scope', { addresses: [packAddress('2001:db8::9'), packAddress('fe80::9')] }],
  ])('a route entry with %s is never asked for, wherever it comes from', async (_, wrong) => {
    const routeEntry = { ...peer.entry, ...wrong };
    peer.flood(at, { routeEntry });
    peer.lookup(at, { routeEntry });
    peer.send({ type: 'SOLICIT', messageId: 1, hashedNonce: random.bytes(20), routeEntry }, at);
    await net.time.advance(500);
    expect(await drops()).toEqual({ 'route entry with an address or port that no node of this cloud has': 3 });
    expect((await statsOf(node)).sent.INQUIRE).toBe(before.sent.INQUIRE);
    await expectUnharmed();
  });

  test('answers to nothing, and of the wrong kind, change nothing', async () => {
    peer.onInquire = async ({ messageId }) => {
      const wrong = { messageId: 9, ackedMessageId: messageId };
      peer.send({ type: 'ACK', ...wrong, notFound: true }, at);
      peer.send({ type: 'ADVERTISE', ...wrong, pnrpIds: [anyId()], hashedNonce: random.bytes(20) }, at);
      return undefined;
    };
    peer.flood(at);
    for (let n = 0; n < 50; n++) {
      const acked = { messageId: peer.messageId(), ackedMessageId: peer.messageId() };
      peer.send({ type: 'ACK', ...acked, notFound: true }, at);
      peer.send({ type: 'ADVERTISE', ...acked, pnrpIds: [anyId()], hashedNonce: random.bytes(20) }, at);
      peer.answer(at, acked.ackedMessageId, { leafSet: true, busy: true, notFound: true });
    }
    await net.time.advance(3000);
    // The INQUIRE is sent twice, so that the two wrong answers come twice.
    expect(await drops()).toEqual({ 'answer to nothing': 154 });
    await expectUnharmed();
  });

  test('fragments: impossible, contradictory, endless', async () => {
    let most = { reassemblies: 0, reassemblyBytes: 0 };
    peer.onInquire = async ({ messageId: ackedMessageId }) => {
      const part = (messageId: number, size: number, offset: number, length: number): void =>
        peer.send({ type: 'AUTHORITY', messageId, ackedMessageId, size, offset, fragment: new Uint8Array(length) }, at);
      part(1, 100, 1188, 50);
      part(2, 3000, 0, 1188);
      part(2, 3000, 0, 600);
      part(3, 3000, 0, 1188);
      part(3, 4000, 1188, 1188);
      peer.host.clock.after(50, () => {
        for (let n = 0; n < 10 * Bound.REASSEMBLIES_PER_SOURCE; n++) part(10 + n, 0x91e4, 0, 1188);
      });
      return undefined;
    };
    peer.flood(at);
    for (let n = 0; n < 25; n++) {
      await net.time.advance(5);
      const { held } = await statsOf(node);
      most = {
        reassemblies: Math.max(most.reassemblies, held.reassemblies as number),
        reassemblyBytes: Math.max(most.reassemblyBytes, held.reassemblyBytes as number),
      };
    }
    expect(most.reassemblies).toBe(Bound.REASSEMBLIES_PER_SOURCE);
    expect(most.reassemblyBytes).toBeLessThanOrEqual(Bound.REASSEMBLY_BYTES);
    await net.time.advance(3000);
    const dropped = await drops();
    expect(dropped['impossible fragment']).toBeGreaterThanOrEqual(1);
    expect(dropped['fragment contradicts those before']).toBeGreaterThanOrEqual(1);
    expect(dropped['reassembly list full']).toBeGreaterThanOrEqual(9 * Bound.REASSEMBLIES_PER_SOURCE);
    expect((await statsOf(node)).held).toMatchObject({ reassemblies: 0, reassemblyBytes: 0 });
    await expectUnharmed();
  });

  test('ten times more of everything than there is room for', async () => {
    const peers = [peer, await ScriptedPublisher.on(net, '0.second'), await ScriptedPublisher.on(net, '0.third')];
    for (const it of peers) {
      it.onInquire = async () => undefined;
      for (let n = 0; n < (10 * Bound.CONVERSATIONS) / peers.length; n++) {
        it.send({ type: 'SOLICIT', messageId: n, hashedNonce: random.bytes(20) }, at);
        it.flood(at, { routeEntry: { pnrpId: anyId(), port: 3540, addresses: [packAddress(stranger())] } });
        it.inquire(at, nodeId);
        it.lookup(at);
      }
    }
    const most: Record<string, number> = {};
    for (let n = 0; n < 30; n++) {
      await net.time.advance(1);
      const { held } = await statsOf(node);
      for (const [what, count] of Object.entries(held)) most[what] = Math.max(most[what] ?? 0, count);
    }
    expect(most).toMatchObject({ conversations: Bound.CONVERSATIONS, routeEntries: Bound.PENDING_ROUTE_ENTRIES });
    expect(most.pending).toBeLessThanOrEqual(Bound.PENDING);
    expect(most.underWork).toBeLessThanOrEqual(Bound.UNDER_WORK);
    const dropped = await drops();
    expect(dropped['conversation table full']).toBeGreaterThanOrEqual(8 * Bound.CONVERSATIONS);
    expect(dropped['pending route entry list full']).toBeGreaterThanOrEqual(8 * Bound.PENDING_ROUTE_ENTRIES);
    const full = peer.of('ADVERTISE').filter((it) => it.pnrpIds.length === 0);
    expect(full.length).toBeGreaterThan(100);
    await net.time.advance(20_000);
    expect((await statsOf(node)).held).toMatchObject({ conversations: 0, routeEntries: 0, underWork: 0 });
    await expectUnharmed();
  });

  test('random bytes, and valid messages with faults', async () => {
    peer.onInquire = async () => undefined;
    for (let n = 0; n < 1000; n++) peer.sendBytes(random.bytes(random.below(200)), at);
    await net.time.advance(30);
    expect(await drops()).toEqual({ 'malformed message': 1000 });
    const samples = MESSAGES.map(([, hex]) => fromHex(hex));
    mutate(31, samples, 3000, (mutated) => {
      peer.sendBytes(mutated, at);
      return decode(message, mutated);
    });
    await net.time.advance(5000);
    await expectUnharmed();
  });

  test('no unauthenticated datagram gets more than the specification demands', async () => {
    const zeros = new Uint8Array(20);
    const zeroId = '0'.repeat(64);
    const cases: [string, () => void, [type: string, length: number][]][] = [
      ['SOLICIT', () => peer.send({ type: 'SOLICIT', messageId: 1, hashedNonce: zeros }, at), [['ADVERTISE', 120]]],
      ['REQUEST', () => peer.send({ type: 'REQUEST', messageId: 1, nonce: zeros.slice(4), pnrpIds: [nodeId] }, at), []],
      ['FLOOD', () => peer.flood(at, { routeEntry: undefined }), []],
      ['FLOOD to acknowledge', () => peer.flood(at, { routeEntry: undefined, doNotAck: false }), [['ACK', 20]]],
      [
        'FLOOD for another',
        () => peer.flood(at, { routeEntry: undefined, doNotAck: false, validatePnrpId: friendId }),
        [['ACK', 26]],
      ],
      ['LOOKUP', () => peer.lookup(at), [['AUTHORITY', 96]]],
      ['INQUIRE for another', () => peer.inquire(at, friendId), [['AUTHORITY', 36]]],
      ['INQUIRE without flags', () => peer.inquire(at, nodeId, false), [['AUTHORITY', 36]]],
      ['ACK', () => peer.send({ type: 'ACK', messageId: 1, ackedMessageId: 2, notFound: false }, at), []],
      ['bytes', () => peer.sendBytes(zeros, at), []],
      ['zero ID', () => peer.inquire(at, zeroId), [['AUTHORITY', 36]]],
    ];
    for (const [name, send, answers] of cases) {
      peer.received.length = 0;
      send();
      await net.time.advance(50);
      expect([name, peer.received.map((it) => [it.message.type, it.length])]).toEqual([name, answers]);
    }
  });
});
