import { beforeAll, describe, expect, test } from 'vitest';
import type { PnrpMessage } from '#fallback/pnrp/messages';
import { reversedHex } from '#fallback/wire/byte-order';
import { suite } from '../needs.ts';
import { bytes as fromHex, vectors } from '../wire/pnrp-samples.js';
import { type Examination, examine, HEADER_LENGTH, type Piece, SPLIT_CONTROLS } from './pnrp-examination.js';
import { PAYLOAD, play } from './pnrp-scene.js';
import { bufferValues, hex, messageValues, shown } from './pnrp-values.js';
import { type Dissection, dissect } from './tshark.js';
import type { WireTap } from './wire-tap.js';

/** IPv6 and UDP. */
const OUTER_LENGTH = 48;
const EXTENDED_PAYLOAD = 0x005a;
const VALIDATE_CPA = 0x009b;
const REVOKE_CPA = 0x009c;

suite('PNRP as Wireshark sees it', ['tshark'], () => {
  let tap: WireTap;
  let messages: Examination['messages'];
  let buffers: Examination['buffers'];
  let pieces: readonly Piece[];
  /**
   * What the dissector says of a published message that is right, and so may say of any. It should be nothing; but the
   * one of 4.0.17 in Debian 12 stops with an exception behind the first element. So it sees each element by itself.
   */
  let excused: readonly string[];

  beforeAll(async () => {
    const probe = { address: '::1', port: 3540 };
    excused = dissect([{ from: probe, to: probe, bytes: fromHex(vectors['B-8'].ack) }])[0]?.complaints ?? [];
    tap = await play();
    ({ messages, buffers, pieces } = examine(tap.datagrams));
  }, 60_000);

  const every = <T extends PnrpMessage['type']>(type: T) =>
    messages.flatMap(({ message: it }) => (it.type === type ? [it as Extract<PnrpMessage, { type: T }>] : []));

  test('each form of each message is sent', () => {
    const forms = {
      'SOLICIT bare': every('SOLICIT').some((it) => it.routeEntry === undefined && it.solicitType === undefined),
      'SOLICIT with route entry': every('SOLICIT').some((it) => it.routeEntry !== undefined),
      'SOLICIT with controls': every('SOLICIT').some((it) => it.solicitType !== undefined),
      'ADVERTISE of nothing': every('ADVERTISE').some((it) => it.pnrpIds.length === 0),
      'ADVERTISE of IDs': every('ADVERTISE').some((it) => it.pnrpIds.length > 1),
      REQUEST: every('REQUEST').some((it) => it.pnrpIds.length > 1),
      'FLOOD in a conversation': every('FLOOD').some((it) => it.doNotAck && it.routeEntry !== undefined),
      'FLOOD to acknowledge': every('FLOOD').some((it) => !it.doNotAck && it.alreadyFloodedList.length > 0),
      'FLOOD that revokes': every('FLOOD').some((it) => it.revokeCpa !== undefined),
      'INQUIRE without nonce': every('INQUIRE').some((it) => it.nonce === undefined),
      'INQUIRE for all there is': every('INQUIRE').some((it) => it.nonce && it.cpa && it.extendedPayload),
      'AUTHORITY in fragments': every('AUTHORITY').some((it) => it.offset > 1188),
      'AUTHORITY of a route entry': buffers.some((it) => it.buffer.routeEntry && it.cpa === undefined),
      'AUTHORITY of CPA, classifier and route entry': buffers.some(
        ({ buffer, cpa }) => cpa && buffer.classifier && buffer.routeEntry,
      ),
      'AUTHORITY of a secure name': buffers.some((it) => it.cpa?.binaryAuthority !== undefined),
      'AUTHORITY of a payload': buffers.some((it) => (it.buffer.extendedPayload?.length ?? 0) > PAYLOAD.length),
      'ACK bare': every('ACK').some((it) => !it.notFound),
      'ACK of nothing found': every('ACK').some((it) => it.notFound),
      'LOOKUP without route entry': every('LOOKUP').some((it) => it.routeEntry === undefined),
      'LOOKUP with route entry': every('LOOKUP').some((it) => it.routeEntry !== undefined),
    };
    expect(Object.entries(forms).flatMap(([form, was]) => (was ? [] : [form]))).toEqual([]);
  });

  test('every datagram is taken for what it is, as often as the trace says', () => {
    for (const { message: it, seen } of messages) {
      expect(seen.protocols).toEqual(['geninfo', 'frame', 'ipv6', 'udp', 'pnrp']);
      expect(seen.title).toBe(`Peer Name Resolution Protocol, Message Type ${it.type}`);
      expect(shown([seen])).toMatchObject({ 'udp.checksum.status': [1], 'pnrp.header.messageID': [it.messageId] });
    }
    const names = (them: readonly { readonly type: string; readonly messageId: number }[]): string[] =>
      them.map(({ type, messageId }) => `${type} ${messageId}`).sort();
    expect(names(messages.map((it) => it.message))).toEqual(names(tap.traced.filter((it) => !it.repeated)));
  });

  test('every element is walked to its end, padding included, without complaint', () => {
    for (const { id, bytes, seen } of pieces.filter((it) => it.id !== REVOKE_CPA && it.id !== EXTENDED_PAYLOAD)) {
      const complaints = seen.complaints.filter(
        (it) => !excused.includes(it) && !(id === VALIDATE_CPA && it === STRAY),
      );
      expect([id, complaints]).toEqual([id, []]);
      expect([id, shown([seen])]).not.toMatchObject([id, { 'pnrp.segment.data': expect.anything() }]);
      if (id !== SPLIT_CONTROLS) expect([id, walked(seen)]).toEqual([id, OUTER_LENGTH + HEADER_LENGTH + bytes.length]);
    }
  });

  test('every AUTHORITY_BUFFER comes together', () => {
    const lengths = pieces.flatMap(({ seen }) => shown([seen])['pnrp.segment.splitControls.reassembled_length'] ?? []);
    const sizes = every('AUTHORITY').flatMap((it) => (it.offset === 0 ? it.size : []));
    expect(lengths.toSorted()).toEqual(sizes.toSorted());
  });

  test('every message has the values that went into it', () => {
    for (const { message: it, pieces: own } of messages) {
      const seen = own.filter(({ id }) => id !== SPLIT_CONTROLS).map((piece) => piece.seen);
      expect([it.type, shown(seen)]).toMatchObject([it.type, messageValues(it)]);
    }
  });

  test('every answer has the values that went into it', () => {
    for (const { buffer, cpa, pieces: own } of buffers) {
      expect(shown(own.map(({ seen }) => seen))).toMatchObject(bufferValues(buffer, cpa));
    }
  });

  /** Each of these has to happen: what is right in another dissector is to be struck off here. */
  describe('where the dissector is wrong', () => {
    const of = (id: number, isIt: (piece: Piece) => boolean = () => true): Piece[] => {
      const found = pieces.filter((it) => it.id === id && isIt(it));
      expect(found.length).toBeGreaterThan(0);
      return found;
    };

    test('REVOKE_CPA is data, and its padding is not passed over', () => {
      for (const { length, seen } of of(REVOKE_CPA, (it) => it.length % 4 !== 0)) {
        expect(walked(seen)).toBe(OUTER_LENGTH + HEADER_LENGTH + length);
        expect(shown([seen])).toHaveProperty(['pnrp.segment.data']);
      }
    });

    test('EXTENDED_PAYLOAD has neither body nor padding', () => {
      for (const { seen } of of(EXTENDED_PAYLOAD, (it) => it.length % 4 !== 0)) {
        expect(seen.fields.at(-1)?.name).toBe('pnrp.segment.length');
      }
    });

    test('a public key is a text that goes on behind its end', () => {
      for (const { seen } of of(VALIDATE_CPA)) expect(seen.complaints).toContain(STRAY);
    });

    test('CPA Length and Not After are big-endian, application ports little-endian (D-24), names of bytes', () => {
      const cpas = buffers.flatMap(({ cpa, pieces: own }) => (cpa ? [{ cpa, own }] : []));
      expect(cpas.filter(({ cpa }) => cpa.friendlyName !== undefined).length).toBeGreaterThan(0);
      for (const { cpa, own } of cpas) {
        const { seen } = own.find(({ id }) => id === VALIDATE_CPA) as Piece;
        const raw = (name: string) => seen.fields.filter((it) => it.name === name).map((it) => [it.show, it.value]);
        const [[length, lengthBytes] = []] = raw('pnrp.encodedCPA.length');
        expect(length).toBe(String(Number.parseInt(lengthBytes as string, 16)));
        const [[notAfter, ticks] = []] = raw('pnrp.encodedCPA.expirationDate');
        expect([notAfter, ticks]).toEqual([BigInt(`0x${ticks}`).toString(), reversedHex(hex(cpa.notAfter, 16))]);
        const swapped = cpa.applicationEndpoints.map(({ port }) => Number(`0x${reversedHex(hex(port, 4))}`));
        expect(shown([seen])['pnrp.payload.port'] ?? []).toEqual(swapped);
        const [[name] = []] = raw('pnrp.encodedCPA.friendlyName');
        expect(name).not.toBe(cpa.friendlyName?.text ?? '');
      }
    });
  });
});

const STRAY = 'Trailing stray characters';

/** Where what the dissector shows of the first element ends. */
function walked({ fields }: Dissection): number {
  const inside = fields.filter(({ name, pos }) => name.startsWith('pnrp.') && pos >= OUTER_LENGTH);
  return Math.max(...inside.map(({ pos, size }) => pos + size));
}
