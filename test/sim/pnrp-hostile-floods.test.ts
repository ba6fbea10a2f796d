import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bound } from '#fallback/pnrp/bounds';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { encode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import type { SocketAddress } from '#lib/backend/contract/host';
import { CLOUD, statsOf } from './cloud.js';
import { ScriptedPublisher } from './scripted-publisher.js';
import { Siege } from './siege.js';

const TYPES = ['SOLICIT', 'ADVERTISE', 'REQUEST', 'FLOOD', 'INQUIRE', 'AUTHORITY', 'ACK', 'LOOKUP'] as const;

describe('floods (seed 34)', () => {
  let siege: Siege;
  let peer: ScriptedPublisher;

  beforeEach(async () => {
    siege = await Siege.lay(34);
    peer = siege.peer;
  });
  afterEach(() => siege.lift());

  const entry = (address: string) => ({ pnrpId: siege.anyId(), port: 3540, addresses: [packAddress(address)] });

  /** A message of the type as an attacker would send it, each unlike the others. */
  function messageOf(type: PnrpMessage['type'], n: number): PnrpMessage {
    const { nodeId, random } = siege;
    const messageId = peer.messageId();
    const routeEntry = n % 2 === 0 ? entry(siege.stranger()) : undefined;
    const path = [{ address: packAddress(siege.stranger()), port: 3540 }];
    const ids = [siege.anyId(), nodeId];
    switch (type) {
      case 'SOLICIT':
        return { type, messageId, hashedNonce: random.bytes(20), routeEntry };
      case 'ADVERTISE':
        return { type, messageId, ackedMessageId: peer.messageId(), pnrpIds: ids, hashedNonce: random.bytes(20) };
      case 'REQUEST':
        return { type, messageId, nonce: random.bytes(16), pnrpIds: ids };
      case 'FLOOD': {
        const revokeCpa = n % 3 === 0 ? random.bytes(381) : undefined;
        return {
          type,
          messageId,
          doNotAck: n % 5 > 0,
          validatePnrpId: nodeId,
          revokeCpa,
          routeEntry,
          alreadyFloodedList: path,
        };
      }
      case 'INQUIRE': {
        const wanted = { cpa: n % 4 === 0, extendedPayload: true, certChain: true, lowBits: 3 };
        return { type, messageId, validatePnrpId: ids[n % 2] as string, nonce: random.bytes(16), ...wanted };
      }
      case 'AUTHORITY':
        return {
          type,
          messageId,
          ackedMessageId: peer.messageId(),
          size: 3000,
          offset: 0,
          fragment: random.bytes(1188),
        };
      case 'ACK':
        return { type, messageId, ackedMessageId: peer.messageId(), notFound: true };
      case 'LOOKUP': {
        const asked = { acceptAny: true, precision: 0, criteria: 0, reasonCode: 0 } as const;
        const [targetPnrpId, validatePnrpId] = ids as [string, string];
        return { type, messageId, ...asked, targetPnrpId, validatePnrpId, routeEntry, flaggedPath: path };
      }
    }
  }

  test.each(TYPES)('of %s, from one source and from many, leave nothing behind', async (type) => {
    const others = await Promise.all(
      Array.from({ length: 9 }, (_, n) => ScriptedPublisher.on(siege.net, `0.other-${n}`)),
    );
    for (let n = 0; n < 640; n++) {
      const from = n < 320 ? peer : (others[n % others.length] as ScriptedPublisher);
      from.send(messageOf(type, n), siege.at);
    }
    const held = await siege.mostHeld(30);
    expect(held.pending).toBeLessThanOrEqual(Bound.UNASKED_ROUTE_ENTRIES + Bound.RESOLVES);
    expect(held.routeEntries).toBeLessThanOrEqual(Bound.UNASKED_ROUTE_ENTRIES);
    expect(held.conversations).toBeLessThanOrEqual(Bound.CONVERSATIONS);
    expect(held.reassemblies).toBe(0);
    expect((await statsOf(siege.node)).received[type]).toBeGreaterThanOrEqual(640);
    await siege.net.time.advance(20_000);
    const { pending, ...rest } = (await statsOf(siege.node)).held;
    expect(Object.values(rest).reduce((sum, count) => sum + count)).toBe(0);
    await siege.expectUnharmed();
  });

  test('of silent entries from one source leave room for an honest one, and for what the node asks for', async () => {
    const honest = await ScriptedPublisher.on(siege.net, '0.honest');
    const attack = (): void => {
      for (let n = 0; n < 640; n++) peer.flood(siege.at, { routeEntry: entry(siege.stranger()) });
    };
    attack();
    await siege.net.time.advance(100);
    expect((await statsOf(siege.node)).held.routeEntries).toBe(Bound.UNASKED_PER_ADDRESS);
    attack();
    honest.flood(siege.at);
    await siege.net.time.advance(200);
    expect(await statsOf(siege.node)).toMatchObject({ cached: 2 });
    const endpoints = async (name: string) => (await siege.node.pnrp.resolve(name, CLOUD)).endpoints.length;
    expect([await endpoints('0.friend'), await endpoints('0.honest')]).toEqual([1, 1]);
  });

  /** Bytes that a third party gets for the bytes that its enemy sends. */
  describe('a third party is not flooded by others’ hands', () => {
    /** The longest INQUIRE, twice, for the shortest message that brings a route entry: a SOLICIT. */
    const RATIO = (2 * 76) / 96;
    const SECONDS = 10;

    async function reflect(victim: ScriptedPublisher, send: (n: number) => Uint8Array) {
      let bytesIn = 0;
      for (let n = 0; n < 100 * SECONDS; n++) {
        const bytes = send(n);
        bytesIn += bytes.length;
        peer.sendBytes(bytes, siege.at);
        await siege.net.time.advance(10);
      }
      await siege.net.time.advance(3000);
      const bytesOut = victim.received.reduce((sum, { length }) => sum + length, 0);
      return { ratio: bytesOut / bytesIn, count: victim.received.length };
    }

    test.each(['SOLICIT', 'FLOOD', 'LOOKUP'] as const)(
      'a silent one that is in the route entry of each %s',
      async (type) => {
        const victim = await ScriptedPublisher.on(siege.net, '0.victim');
        victim.onInquire = async () => undefined;
        const { ratio, count } = await reflect(victim, (n) =>
          encode(message, { ...messageOf(type, n), routeEntry: entry(victim.endpoint.address) } as PnrpMessage),
        );
        expect(ratio).toBeLessThanOrEqual(RATIO);
        expect(count).toBeGreaterThan(100);
        expect(count).toBeLessThanOrEqual(Bound.UNASKED_PER_ADDRESS * (SECONDS + 3));
      },
    );

    test('one that answers that it has no such ID', async () => {
      const victim = await ScriptedPublisher.on(siege.net, '0.victim');
      victim.onInquire = async () => ({ leafSet: false, busy: false, notFound: true });
      const { ratio } = await reflect(victim, (n) =>
        encode(message, { ...messageOf('FLOOD', n), routeEntry: entry(victim.endpoint.address) } as PnrpMessage),
      );
      expect(ratio).toBeLessThanOrEqual(RATIO / 2);
    });

    test('one whose address is on each of the messages: a repeated SOLICIT is answered twice', async () => {
      const solicit = encode(message, messageOf('SOLICIT', 1));
      peer.received.length = 0;
      for (let n = 0; n < 100; n++) peer.sendBytes(solicit, siege.at as SocketAddress);
      await siege.net.time.advance(1000);
      const bytesOut = peer.received.reduce((sum, { length }) => sum + length, 0);
      expect(bytesOut).toBeLessThanOrEqual(2 * (56 + 5 * 32));
      expect((await siege.drops())['SOLICIT answered already']).toBe(98);
    });
  });
});
