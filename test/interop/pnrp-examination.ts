import { type AuthorityBuffer, authorityBufferCodec } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { decode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import type { SentDatagram } from './pcap.js';
import { type Dissection, dissect } from './tshark.js';

export const HEADER_LENGTH = 12;
export const SPLIT_CONTROLS = 0x0098;
/** The dissector takes nothing shorter. */
const SHORTEST = 20;

/** One element of a message or of an AUTHORITY_BUFFER, as the dissector sees it right behind the message's header. */
export interface Piece {
  readonly id: number;
  /** What its Length says. */
  readonly length: number;
  /** With its padding. */
  readonly bytes: Uint8Array;
  readonly seen: Dissection;
}

export interface SentMessage {
  readonly message: PnrpMessage;
  /** What the datagram as it was is taken for. */
  readonly seen: Dissection;
  readonly pieces: readonly Piece[];
}

export interface SentBuffer {
  readonly buffer: AuthorityBuffer;
  readonly cpa: Cpa | undefined;
  readonly pieces: readonly Piece[];
}

export interface Examination {
  readonly messages: readonly SentMessage[];
  readonly buffers: readonly SentBuffer[];
  /** Of both. */
  readonly pieces: readonly Piece[];
}

/** Shows the dissector all that was sent, the datagrams as they were and each element by itself. */
export function examine(sent: readonly SentDatagram[]): Examination {
  const datagrams = withoutRepetitions(sent);
  const messages = datagrams.map(({ bytes }) => decode(message, bytes));
  const buffers = wholeBuffers(messages);
  const packets = [
    ...datagrams.flatMap(({ bytes }, of) => cut(of, false, bytes.subarray(HEADER_LENGTH))),
    ...buffers.flatMap(({ of, bytes }) => cut(of, true, bytes)),
  ];
  const datagramOf = ({ of, bytes }: (typeof packets)[number]): SentDatagram => {
    const datagram = datagrams[of] as SentDatagram;
    const zeros = new Uint8Array(HEADER_LENGTH + bytes.length < SHORTEST ? 4 : 0);
    return { ...datagram, bytes: Buffer.concat([datagram.bytes.subarray(0, HEADER_LENGTH), bytes, zeros]) };
  };
  const wholes = dissect(datagrams);
  const parts = dissect(packets.map(datagramOf));
  const pieces = packets.map((it, index) => ({ ...it, seen: parts[index] as Dissection }));
  const readings = new Readings();
  return {
    pieces,
    messages: messages.map((it, index) => ({
      message: it,
      seen: wholes[index] as Dissection,
      pieces: pieces.filter(({ of, ofBuffer }) => of === index && !ofBuffer),
    })),
    buffers: buffers.map(({ of: index, bytes }) => {
      const buffer = decode(authorityBufferCodec(readings), bytes);
      return {
        buffer,
        cpa: buffer.validateCpa && decode(cpaCodec(readings), buffer.validateCpa),
        pieces: pieces.filter(({ of, ofBuffer }) => of === index && ofBuffer),
      };
    }),
  };
}

function withoutRepetitions(sent: readonly SentDatagram[]): SentDatagram[] {
  const text = ({ from, to, bytes }: SentDatagram) => `${from.port} ${to.port} ${Buffer.from(bytes).toString('hex')}`;
  return [...new Map(sent.map((datagram) => [text(datagram), datagram])).values()];
}

/** The framing of [MS-PNRP] 2.2, blind to what is in an element. */
function cut(of: number, ofBuffer: boolean, bytes: Uint8Array) {
  const elements: (Omit<Piece, 'seen'> & { readonly of: number; readonly ofBuffer: boolean })[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0; start < bytes.length; ) {
    const id = view.getUint16(start);
    const length = view.getUint16(start + 2);
    // What follows SPLIT_CONTROLS is a fragment.
    const end = id === SPLIT_CONTROLS ? bytes.length : start + ((length + 3) & ~3);
    elements.push({ of, ofBuffer, id, length, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return elements;
}

/** The AUTHORITY_BUFFERs, each with the number of the message that brought its first fragment. */
function wholeBuffers(messages: readonly PnrpMessage[]): { readonly of: number; readonly bytes: Uint8Array }[] {
  const fragments = messages.filter((it) => it.type === 'AUTHORITY');
  return messages.flatMap((first, of) => {
    if (first.type !== 'AUTHORITY' || first.offset !== 0) return [];
    const own = fragments.filter((it) => it.messageId === first.messageId);
    return [{ of, bytes: Buffer.concat(own.map((it) => it.fragment)) }];
  });
}
