import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPlatform } from 'winpeer';
import { classifierHash } from '#fallback/names/p2p-id';
import type { AuthorityBuffer } from '#fallback/pnrp/authority-buffer';
import type { Cpa } from '#fallback/pnrp/cpa';
import type { ExtendedPayload } from '#fallback/pnrp/extended-payload';
import { type ByteString, hexOf } from '#fallback/wire/byte-string';
import { packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import { CLOUD, statsOf } from './cloud.js';
import type { ScriptedPublisher } from './scripted-publisher.js';
import { Siege } from './siege.js';

/** The parts of a CPA that revokes `id`, for `change` of what would be an honest one. */
const revoking =
  (id: ByteString, classifier: string) =>
  (cpa: Cpa): Cpa => ({
    ...cpa,
    revoke: true,
    serviceAddresses: [],
    applicationEndpoints: [],
    serviceLocation: hexOf(id).slice(32),
    classifierHash: classifierHash(classifier, new Readings()),
  });

describe('forged proofs (seed 31)', () => {
  let siege: Siege;
  let peer: ScriptedPublisher;

  beforeEach(async () => {
    siege = await Siege.lay(31);
    peer = siege.peer;
  });
  afterEach(() => siege.lift());

  /** The peer is known, by an honest proof. */
  async function letIn(): Promise<void> {
    peer.flood(siege.at);
    await siege.net.time.advance(500);
    expect([await statsOf(siege.node), await siege.drops()]).toMatchObject([{ cached: 2 }, {}]);
  }

  test('an honest peer is taken in: what follows fails for its own reason', letIn);

  test('a CPA is good for as long as it says: 3.1.5.7 knows no longest time', async () => {
    peer.onInquire = (inquire) => peer.proof(inquire, (it) => ({ ...it, notAfter: 2n ** 64n - 1n }));
    await letIn();
  });

  const otherPort = (cpa: Cpa): Cpa => ({
    ...cpa,
    serviceAddresses: cpa.serviceAddresses.map((it) => ({ ...it, port: it.port + 1 })),
  });
  const otherKey = (cpa: Cpa): Cpa => ({ ...cpa, publicKey: cpa.publicKey.map((it, at) => (at === 30 ? it ^ 1 : it)) });
  test.each<[string, string, (cpa: Cpa) => Cpa]>([
    ['expired', 'CPA: expired', (it) => ({ ...it, notAfter: 1n })],
    ['of another nonce', 'CPA: nonce of another INQUIRE', (it) => ({ ...it, nonce: new Uint8Array(16) })],
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
    peer.flood(siege.at);
    await siege.net.time.advance(500);
    expect(await siege.drops()).toEqual({ [why]: 1 });
    await siege.expectUnharmed();
  });

  test.each<[string, string, (honest: AuthorityBuffer) => AuthorityBuffer]>([
    ['without CPA', 'CPA: missing or malformed', (it) => ({ ...it, validateCpa: undefined })],
    ['with half a CPA', 'CPA: missing or malformed', (it) => ({ ...it, validateCpa: it.validateCpa?.slice(0, 99) })],
    [
      'for another ID',
      'CPA: route entry of another ID',
      (it) => ({ ...it, routeEntry: { ...peer.entry, pnrpId: siege.friendId } }),
    ],
    [
      'with a chain that is none',
      'certificate chain: malformed',
      (it) => ({ ...it, certChain: Uint8Array.of(0x30, 0x80, 0, 0) }),
    ],
  ])('an answer %s is dropped', async (_, why, change) => {
    peer.onInquire = async (inquire) => change(await peer.proof(inquire));
    peer.flood(siege.at);
    await siege.net.time.advance(500);
    expect(await siege.drops()).toEqual({ [why]: 1 });
    await siege.expectUnharmed();
  });

  test('the proof of one INQUIRE is none for the next', async () => {
    const proofs: AuthorityBuffer[] = [];
    peer.onInquire = async (inquire) => {
      proofs.push(await peer.proof(inquire));
      return proofs[0];
    };
    await letIn();
    expect((await siege.node.pnrp.resolve('0.peer', CLOUD)).endpoints).toEqual([]);
    expect(Object.keys(await siege.drops())).toEqual(['CPA: nonce of another INQUIRE']);
  });

  describe('an extended payload', () => {
    const found = async (payload: (nonce: Uint8Array) => Promise<Uint8Array | undefined>) => {
      await letIn();
      peer.onInquire = async (inquire) => ({
        ...(await peer.proof(inquire, (cpa) => ({ ...cpa, hasExtendedPayload: true }))),
        extendedPayload: await payload(inquire.nonce as Uint8Array),
      });
      return (await siege.node.pnrp.resolve('0.peer', CLOUD)).endpoints.map((it) => it.payload);
    };

    test('is found where it is right', async () => {
      expect(await found((nonce) => peer.payload((it) => it, nonce))).toEqual([Uint8Array.of(1, 2, 3)]);
    });

    test('is not given away: an answer without one that it should have is none', async () => {
      expect(await found(async () => undefined)).toEqual([]);
      expect(Object.keys(await siege.drops())).toEqual(['CPA: extended payload']);
    });

    test('of an earlier INQUIRE is none', async () => {
      const earlier = await peer.payload((it) => it, new Uint8Array(16));
      expect(await found(async () => earlier)).toEqual([]);
      expect(Object.keys(await siege.drops())).toEqual(['CPA: extended payload']);
    });

    test.each<[string, (honest: ExtendedPayload) => ExtendedPayload]>([
      ['expired', (it) => ({ ...it, notAfter: 1n })],
      ['of another ID', (it) => ({ ...it, pnrpId: hexOf(siege.friendId) })],
    ])('%s is none', async (_, change) => {
      expect(await found((nonce) => peer.payload(change, nonce))).toEqual([]);
      expect(Object.keys(await siege.drops())).toEqual(['CPA: extended payload']);
    });

    test.each([
      ['changed on the way', 74],
      ['with a broken signature', 212],
      ['with another length', 0],
    ])('%s is none', async (_, at) => {
      const damaged = async (nonce: Uint8Array) =>
        (await peer.payload((it) => it, nonce)).map((it, n) => (n === at ? it ^ 1 : it));
      expect(await found(damaged)).toEqual([]);
      expect(Object.keys(await siege.drops())).toEqual(['CPA: extended payload']);
    });
  });

  describe('nobody takes a name away', () => {
    test('by saying that it is elsewhere, with a CPA of his own', async () => {
      const { friendId } = siege;
      const disguise = (cpa: Cpa): Cpa => ({ ...revoking(friendId, 'friend')(cpa), ...stillThere(cpa) });
      const stillThere = ({ serviceAddresses }: Cpa): Partial<Cpa> => ({ revoke: false, serviceAddresses });
      peer.onInquire = async (inquire) => ({
        ...(await peer.proof(inquire, disguise)),
        classifier: 'friend',
        routeEntry: { ...peer.entry, pnrpId: friendId },
      });
      peer.flood(siege.at, { routeEntry: { ...peer.entry, pnrpId: friendId } });
      await siege.net.time.advance(500);
      expect(await siege.drops()).toEqual({ 'route entry of an ID that another node has': 1 });
      await siege.expectUnharmed();
    });

    test('by saying at another place that it is gone', async () => {
      peer.onInquire = async () => ({ leafSet: false, busy: false, notFound: true });
      peer.flood(siege.at, { routeEntry: { ...peer.entry, pnrpId: siege.friendId } });
      await siege.net.time.advance(500);
      expect(await siege.drops()).toEqual({});
      await siege.expectUnharmed();
    });

    test('by standing in its way with an entry that nobody answers for', async () => {
      const silent = { ...peer.entry, addresses: [packAddress('2001:db8::9999')] };
      peer.flood(siege.at, { routeEntry: silent });
      await letIn();
    });

    test.each<[string, string, (cpa: Cpa) => Cpa]>([
      ['with another key', 'key is not the registrant’s', (it) => revoking(siege.friendId, 'friend')(it)],
      ['of an ID that nobody has', 'of an ID that is not known', (it) => revoking(siege.anyId(), 'friend')(it)],
      ['that does not revoke', 'malformed', (it) => it],
      ['that is expired', 'expired', (it) => ({ ...revoking(peer.entry.pnrpId, 'peer')(it), notAfter: 1n })],
      [
        'that answers something',
        'nonce not zero',
        (it) => ({ ...revoking(peer.entry.pnrpId, 'peer')(it), nonce: new Uint8Array(16).fill(1) }),
      ],
    ])('by a revoke CPA %s', async (_, why, change) => {
      await letIn();
      peer.flood(siege.at, { routeEntry: undefined, revokeCpa: await peer.cpa(change) });
      await siege.net.time.advance(500);
      expect(await siege.drops()).toEqual({ [`revoke CPA: ${why}`]: 1 });
      expect(await statsOf(siege.node)).toMatchObject({ cached: 2 });
    });

    test('by a revoke CPA with a broken signature, or half of one; the right one does', async () => {
      await letIn();
      const revokeCpa = await peer.cpa(revoking(peer.entry.pnrpId, 'peer'));
      const broken = revokeCpa.map((it, at) => (at === revokeCpa.length - 1 ? it ^ 1 : it));
      for (const forged of [broken, revokeCpa.slice(0, 200), new Uint8Array()]) {
        peer.flood(siege.at, { routeEntry: undefined, revokeCpa: forged });
      }
      await siege.net.time.advance(500);
      expect(await siege.drops()).toEqual({ 'revoke CPA: signature': 1, 'revoke CPA: malformed': 2 });
      expect(await statsOf(siege.node)).toMatchObject({ cached: 2 });
      peer.flood(siege.at, { routeEntry: undefined, revokeCpa });
      await siege.net.time.advance(500);
      await siege.expectUnharmed();
    });

    test('from a node that does not know its key: it asks', async () => {
      const passer = createPlatform({ backend: 'fallback', host: siege.net.host() });
      const open = await passer.pnrp.open({ ...CLOUD, seeds: [siege.at] });
      await open.joined();
      expect(await statsOf(passer)).toMatchObject({ names: 0, cached: 2 });
      const revokeCpa = await peer.cpa(revoking(siege.friendId, 'friend'));
      peer.flood(open.addresses[0] as typeof siege.at, { routeEntry: undefined, revokeCpa });
      await siege.net.time.advance(500);
      expect(await statsOf(passer)).toMatchObject({ cached: 2 });
      await siege.friend.close();
      peer.flood(open.addresses[0] as typeof siege.at, { routeEntry: undefined, revokeCpa });
      await siege.net.time.advance(5000);
      expect(await statsOf(passer)).toMatchObject({ cached: 1 });
      await passer.close({ abrupt: true });
    });
  });
});
