import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bound } from '#fallback/pnrp/bounds';
import { message } from '#fallback/pnrp/messages';
import type { RouteEntry } from '#fallback/pnrp/route-entry';
import { decode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import { mutate } from '../wire/mutations.mjs';
import { bytes as fromHex, MESSAGES } from '../wire/pnrp-samples.js';
import { CLOUD, statsOf } from './cloud.js';
import type { ScriptedPublisher } from './scripted-publisher.js';
import { Siege } from './siege.js';

describe('hostile messages (seed 32)', () => {
  let siege: Siege;
  let peer: ScriptedPublisher;

  beforeEach(async () => {
    siege = await Siege.lay(32);
    peer = siege.peer;
  });
  afterEach(() => siege.lift());

  describe('a route entry with', () => {
    const address = (n: number): string => packAddress(`2001:db8::${n.toString(16)}`);
    const UNUSABLE: readonly (readonly [string, Partial<RouteEntry>])[] = [
      ['port 0', { port: 0 }],
      ['port 80', { port: 80 }],
      ['port 1024', { port: 1024 }],
      ['loopback', { addresses: [packAddress('::1')] }],
      ['a multicast group', { addresses: [packAddress('ff02::c')] }],
      ['no address in particular', { addresses: [packAddress('::')] }],
      ['a mapped address', { addresses: [packAddress('::ffff:10.0.0.1')] }],
      ['a translated address', { addresses: [packAddress('::10.0.0.1')] }],
      ['a link-local address', { addresses: [address(9), packAddress('fe80::9')] }],
      ['a site-local address', { addresses: [packAddress('fec0::9')] }],
      [
        'one wrong address among twenty',
        { addresses: [...Array.from({ length: 19 }, (_, n) => address(n)), packAddress('::')] },
      ],
    ];
    const IMPOSSIBLE: readonly (readonly [string, Partial<RouteEntry>])[] = [
      ['no address', { addresses: [] }],
      ['21 addresses', { addresses: Array.from({ length: 21 }, (_, n) => address(n)) }],
      ['255 addresses', { addresses: Array.from({ length: 255 }, (_, n) => address(n)) }],
    ];

    /** In each message that brings one unasked. */
    function sendAll(wrong: Partial<RouteEntry>): void {
      const routeEntry = { ...peer.entry, ...wrong };
      peer.flood(siege.at, { routeEntry });
      peer.lookup(siege.at, { routeEntry });
      peer.send({ type: 'SOLICIT', messageId: 1, hashedNonce: siege.random.bytes(20), routeEntry }, siege.at);
    }

    test.each(UNUSABLE)('%s is never asked for', async (_, wrong) => {
      sendAll(wrong);
      await siege.net.time.advance(500);
      expect(await siege.drops()).toEqual({ 'route entry with an address or port that no node of this cloud has': 3 });
      expect((await statsOf(siege.node)).sent.INQUIRE).toBe(siege.before.sent.INQUIRE);
      await siege.expectUnharmed();
    });

    test.each(IMPOSSIBLE)('%s makes its message none', async (_, wrong) => {
      sendAll(wrong);
      await siege.net.time.advance(500);
      expect(await siege.drops()).toEqual({ 'malformed message': 3 });
      await siege.expectUnharmed();
    });

    test.each([
      ...UNUSABLE.map(
        ([what, wrong]) =>
          [what, wrong, 'referral to an address or port that no node of this cloud has, or to this node'] as const,
      ),
      ...IMPOSSIBLE.map(([what, wrong]) => [what, wrong, 'malformed AUTHORITY_BUFFER'] as const),
    ])('%s leads no search anywhere', async (_, wrong, why) => {
      peer.flood(siege.at);
      await siege.net.time.advance(500);
      peer.referral = { ...peer.entry, pnrpId: siege.anyId(), ...wrong };
      expect((await siege.node.pnrp.resolve('0.nobody', CLOUD)).endpoints).toEqual([]);
      expect(Object.keys(await siege.drops())).toEqual([why]);
      // Who answers what nobody understands has not answered, but lives: it proved that when it was asked for itself.
      expect(await statsOf(siege.node)).toMatchObject({ cached: 2 });
      expect((await siege.node.pnrp.resolve('0.friend', CLOUD)).endpoints).toHaveLength(1);
    });
  });

  test('answers to nothing, and of the wrong kind, change nothing', async () => {
    const hashedNonce = siege.random.bytes(20);
    peer.onInquire = async ({ messageId }) => {
      const wrong = { messageId: 9, ackedMessageId: messageId };
      peer.send({ type: 'ACK', ...wrong, notFound: true }, siege.at);
      peer.send({ type: 'ADVERTISE', ...wrong, pnrpIds: [siege.anyId()], hashedNonce }, siege.at);
      return undefined;
    };
    peer.flood(siege.at);
    for (let n = 0; n < 50; n++) {
      const acked = { messageId: peer.messageId(), ackedMessageId: peer.messageId() };
      peer.send({ type: 'ACK', ...acked, notFound: true }, siege.at);
      peer.send({ type: 'ADVERTISE', ...acked, pnrpIds: [siege.anyId()], hashedNonce }, siege.at);
      peer.answer(siege.at, acked.ackedMessageId, { leafSet: true, busy: true, notFound: true });
    }
    await siege.net.time.advance(3000);
    // The INQUIRE is sent twice, so that the two wrong answers come twice.
    expect(await siege.drops()).toEqual({ 'answer to nothing': 154 });
    await siege.expectUnharmed();
  });

  describe('fragments that are', () => {
    type Part = readonly [messageId: number, size: number, offset: number, length: number];
    const FULL = 1188;

    /** Answers each INQUIRE with these fragments. */
    async function answerWith(parts: readonly Part[]): Promise<Record<string, number>> {
      peer.onInquire = async ({ messageId: ackedMessageId }) => {
        for (const [at, [messageId, size, offset, length]] of parts.entries()) {
          const fragment = new Uint8Array(length);
          // One after the other, whatever the network makes of it.
          peer.host.clock.after(50 * at, () =>
            peer.send({ type: 'AUTHORITY', messageId, ackedMessageId, size, offset, fragment }, siege.at),
          );
        }
        return undefined;
      };
      peer.flood(siege.at);
      await siege.net.time.advance(4000);
      expect((await statsOf(siege.node)).held).toMatchObject({ reassemblies: 0, reassemblyBytes: 0, routeEntries: 0 });
      await siege.expectUnharmed();
      return siege.drops();
    }

    test.each<[string, string, readonly Part[]]>([
      ['behind their end', 'impossible fragment', [[1, 100, FULL, 50]]],
      ['longer than their buffer', 'impossible fragment', [[1, 100, 0, 200]]],
      ['empty', 'impossible fragment', [[1, 3000, 0, 0]]],
      ['at an offset that is none', 'malformed message', [[1, 3000, 600, 600]]],
      ['of a buffer that is too large', 'malformed message', [[1, 0x91e5, 0, FULL]]],
      [
        'overlapping',
        'fragment contradicts those before',
        [
          [1, 3000, 0, 1900],
          [1, 3000, FULL, 600],
        ],
      ],
      [
        'shorter the second time',
        'fragment contradicts those before',
        [
          [1, 3000, 0, FULL],
          [1, 3000, 0, 600],
        ],
      ],
      [
        'of another size',
        'fragment contradicts those before',
        [
          [1, 3000, 0, FULL],
          [1, 4000, FULL, FULL],
        ],
      ],
      [
        'nonsense together',
        'malformed AUTHORITY_BUFFER',
        [
          [1, 1300, 0, FULL],
          [1, 1300, FULL, 112],
        ],
      ],
    ])('%s are dropped', async (_, why, parts) => {
      // The INQUIRE is sent twice, so its answer comes twice.
      expect(await answerWith(parts)).toEqual({ [why]: 2 });
    });

    test('without end are given up with what they answer', async () => {
      const endless = Array.from({ length: 25 }, (_, n): Part => [1, 0x91e4, FULL * n, FULL]);
      // What is still on its way then answers nothing any more.
      expect(Object.keys(await answerWith(endless))).toEqual(['answer to nothing']);
    });

    test('of ever new buffers hold two for what they answer, and leave room for what others answer', async () => {
      const many = 10 * Bound.REASSEMBLIES_PER_REQUEST;
      peer.onInquire = async ({ messageId: ackedMessageId }) => {
        for (let n = 0; n < many; n++) {
          const part = { messageId: n, ackedMessageId, size: 0x91e4, offset: 0, fragment: new Uint8Array(FULL) };
          peer.send({ type: 'AUTHORITY', ...part }, siege.at);
        }
        return undefined;
      };
      await siege.friend.pnrp.register('0.large', { ...CLOUD, port: 3, payload: new Uint8Array(4096) });
      await siege.net.time.advance(100);
      peer.flood(siege.at);
      const finding = siege.node.pnrp.resolve('0.large', CLOUD);
      expect((await siege.mostHeld(200)).reassemblies).toBeLessThanOrEqual(Bound.REASSEMBLIES_PER_REQUEST + 1);
      expect((await finding).endpoints[0]?.payload).toHaveLength(4096);
      expect((await siege.drops())['reassembly list full']).toBe(many - Bound.REASSEMBLIES_PER_REQUEST);
      await siege.net.time.advance(4000);
    });
  });

  test('random bytes, and valid messages with faults', async () => {
    peer.onInquire = async () => undefined;
    for (let n = 0; n < 1000; n++) peer.sendBytes(siege.random.bytes(siege.random.below(200)), siege.at);
    await siege.net.time.advance(30);
    expect(await siege.drops()).toEqual({ 'malformed message': 1000 });
    const samples = MESSAGES.map(([, hex]) => fromHex(hex));
    mutate(31, samples, 3000, (mutated) => {
      peer.sendBytes(mutated, siege.at);
      return decode(message, mutated);
    });
    await siege.net.time.advance(5000);
    await siege.expectUnharmed();
  });

  test('no unauthenticated datagram gets more than the specification demands', async () => {
    const zeros = new Uint8Array(20);
    const zeroId = '\0'.repeat(32);
    const { at, nodeId, friendId } = siege;
    const solicit = (): void => peer.send({ type: 'SOLICIT', messageId: 1, hashedNonce: zeros }, at);
    const request = { type: 'REQUEST', messageId: 1, nonce: zeros.slice(4), pnrpIds: [nodeId] } as const;
    const acknowledge = { routeEntry: undefined, doNotAck: false };
    const cases: [string, () => void, [type: string, length: number][]][] = [
      ['SOLICIT', solicit, [['ADVERTISE', 120]]],
      ['SOLICIT again', solicit, [['ADVERTISE', 120]]],
      ['SOLICIT again and again', solicit, []],
      ['REQUEST', () => peer.send(request, at), []],
      ['FLOOD', () => peer.flood(at, { routeEntry: undefined }), []],
      ['FLOOD to acknowledge', () => peer.flood(at, acknowledge), [['ACK', 20]]],
      ['FLOOD for another', () => peer.flood(at, { ...acknowledge, validatePnrpId: friendId }), [['ACK', 26]]],
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
      await siege.net.time.advance(50);
      expect([name, peer.received.map((it) => [it.message.type, it.length])]).toEqual([name, answers]);
    }
  });
});
