import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { Codec } from '../../wire/codec.js';
import type { Readings } from '../../wire/readings.js';

/** The paths of both versions; compared in any case, and sent with a slash at the end. [MS-PCHC] 2.1 */
export const PATHS = {
  1: '/C574AC30-5794-4AEE-B1BB-6651C5315029/',
  2: '/0131501b-d67f-491b-9a40-c4bf27bcb4d4/',
} as const;

/** [MS-PCHC] 2.2.1.5 */
export const SEGMENTS_PER_OFFER = 128;

/** HashAlgorithm of segments of version 1; those of version 2 have the number that content information has. 2.2.1.5 */
export const SHA_256 = 1;

const TYPES = { INITIAL_OFFER: 1, SEGMENT_INFO: 2, BATCHED_OFFER: 3 } as const;
/** A message is of the version that brought it; nothing is negotiated. [MS-PCHC] 1.7 */
const VERSIONS = { INITIAL_OFFER: 1, SEGMENT_INFO: 1, BATCHED_OFFER: 2 } as const;
const HEADER_LENGTH = 16;
const TAG_LENGTH = 16;
const DESCRIPTOR_LENGTH = 59;
/** Of a batched offer. */
const ID_LENGTH = 32;
/** Of SHA-256, SHA-384 and SHA-512. */
const ID_LENGTHS: readonly number[] = [32, 48, 64];

/** A segment is here: is it wanted? [MS-PCHC] 2.2.1.3 */
export interface InitialOffer {
  readonly type: 'INITIAL_OFFER';
  /** Where the sender's retrieval server listens. */
  readonly port: number;
  /** HoHoDk. */
  readonly segmentId: Uint8Array;
}

/** How a segment is read and checked. [MS-PCHC] 2.2.1.4 */
export interface SegmentInfo {
  readonly type: 'SEGMENT_INFO';
  readonly port: number;
  /** 16 bytes. */
  readonly contentTag: Uint8Array;
  /** Content information 1.0 of one segment, as it came. */
  readonly contentInformation: Uint8Array;
}

/** Segments are here. [MS-PCHC] 2.2.1.5 */
export interface BatchedOffer {
  readonly type: 'BATCHED_OFFER';
  readonly port: number;
  /** 1 to 128. */
  readonly segments: readonly OfferedSegment[];
}

export interface OfferedSegment {
  readonly blockSize: number;
  readonly segmentSize: number;
  /** 16 bytes. */
  readonly contentTag: Uint8Array;
  /** 1: SHA-256, 4: SHA-512 cut to 256 bits. */
  readonly hashAlgorithm: number;
  /** 32 bytes. */
  readonly segmentId: Uint8Array;
}

export type OfferMessage = InitialOffer | SegmentInfo | BatchedOffer;

export type OfferResponse = 'OK' | 'INTERESTED';
const RESPONSES: readonly OfferResponse[] = ['OK', 'INTERESTED'];

/** What a client says to a hosted cache. [MS-PCHC] 2.2.1 */
export function offerMessage(readings: Readings): Codec<OfferMessage> {
  const order = byteOrder(readings);
  return {
    name: 'hosted cache request',
    length: (message) => HEADER_LENGTH + bodyLength(message),
    write(writer, message) {
      writer.u8(0);
      writer.u8(VERSIONS[message.type]);
      order.writeU16(writer, TYPES[message.type]);
      writer.zeros(4);
      order.writeU16(writer, message.port);
      writer.zeros(6);
      writeBody(writer, message, order);
    },
    read(reader) {
      const minor = reader.u8('MinorVersion');
      const major = reader.u8('MajorVersion');
      const number = order.readU16(reader, 'Type');
      const type = (Object.keys(TYPES) as OfferMessage['type'][]).find((it) => TYPES[it] === number);
      if (type === undefined) return reader.fail('Type', `is ${number}`);
      if (major !== VERSIONS[type] || minor !== 0) reader.fail('MajorVersion', `is ${major}.${minor} for ${type}`);
      reader.skip(4, 'Padding');
      const port = order.readU16(reader, 'Port');
      reader.skip(6, 'Padding');
      return readBody(reader, type, port, order);
    },
  };
}

/** What the hosted cache answers. [MS-PCHC] 2.2.2 */
export function offerResponse(readings: Readings): Codec<OfferResponse> {
  const order = byteOrder(readings);
  return {
    name: 'hosted cache response',
    length: () => 5,
    write(writer, response) {
      order.writeU32(writer, 1);
      writer.u8(RESPONSES.indexOf(response));
    },
    read(reader) {
      const size = order.readU32(reader, 'Size');
      if (size !== 1) reader.fail('Size', `is ${size}`);
      const code = reader.u8('ResponseCode');
      return RESPONSES[code] ?? reader.fail('ResponseCode', `is ${code}`);
    },
  };
}

function bodyLength(message: OfferMessage): number {
  switch (message.type) {
    case 'INITIAL_OFFER':
      return message.segmentId.length;
    case 'SEGMENT_INFO':
      return TAG_LENGTH + message.contentInformation.length;
    case 'BATCHED_OFFER':
      return DESCRIPTOR_LENGTH * message.segments.length;
  }
}

function writeBody(writer: ByteWriter, message: OfferMessage, order: ByteOrder): void {
  switch (message.type) {
    case 'INITIAL_OFFER':
      writer.bytes(message.segmentId);
      return;
    case 'SEGMENT_INFO':
      writer.bytes(message.contentTag);
      writer.bytes(message.contentInformation);
      return;
    case 'BATCHED_OFFER':
      for (const it of message.segments) {
        order.writeU32(writer, it.blockSize);
        order.writeU32(writer, it.segmentSize);
        order.writeU16(writer, TAG_LENGTH);
        writer.bytes(it.contentTag);
        writer.u8(it.hashAlgorithm);
        writer.bytes(it.segmentId);
      }
  }
}

function readBody(reader: ByteReader, type: OfferMessage['type'], port: number, order: ByteOrder): OfferMessage {
  const rest = reader.remaining;
  switch (type) {
    case 'INITIAL_OFFER':
      if (!ID_LENGTHS.includes(rest)) reader.fail('HoHoDk', `has ${rest} bytes`);
      return { type, port, segmentId: reader.bytes(rest, 'HoHoDk') };
    case 'SEGMENT_INFO': {
      const contentTag = reader.bytes(TAG_LENGTH, 'ContentTag');
      return { type, port, contentTag, contentInformation: reader.bytes(reader.remaining, 'SegmentInformation') };
    }
    case 'BATCHED_OFFER': {
      const count = Math.ceil(rest / DESCRIPTOR_LENGTH);
      if (count < 1 || count > SEGMENTS_PER_OFFER) reader.fail('SegmentDescriptors', `are ${count}`);
      return { type, port, segments: Array.from({ length: count }, () => readDescriptor(reader, order)) };
    }
  }
}

/** One behind the other, without padding. */
function readDescriptor(reader: ByteReader, order: ByteOrder): OfferedSegment {
  const blockSize = order.readU32(reader, 'BlockSize');
  const segmentSize = order.readU32(reader, 'SegmentSize');
  const tagLength = order.readU16(reader, 'SizeOfContentTag');
  if (tagLength !== TAG_LENGTH) reader.fail('SizeOfContentTag', `is ${tagLength}`);
  return {
    blockSize,
    segmentSize,
    contentTag: reader.bytes(TAG_LENGTH, 'ContentTag'),
    hashAlgorithm: reader.u8('HashAlgorithm'),
    segmentId: reader.bytes(ID_LENGTH, 'SegmentHoHoDk'),
  };
}

interface ByteOrder {
  writeU16(writer: ByteWriter, value: number): void;
  writeU32(writer: ByteWriter, value: number): void;
  readU16(reader: ByteReader, field: string): number;
  readU32(reader: ByteReader, field: string): number;
}

const BIG_ENDIAN: ByteOrder = {
  writeU16: (writer, value) => writer.u16be(value),
  writeU32: (writer, value) => writer.u32be(value),
  readU16: (reader, field) => reader.u16be(field),
  readU32: (reader, field) => reader.u32be(field),
};
const LITTLE_ENDIAN: ByteOrder = {
  writeU16: (writer, value) => writer.u16le(value),
  writeU32: (writer, value) => writer.u32le(value),
  readU16: (reader, field) => reader.u16le(field),
  readU32: (reader, field) => reader.u32le(field),
};

/** The text leaves it open. */
function byteOrder(readings: Readings): ByteOrder {
  // UNCONFIRMED: distribution.offer-integers
  return readings.get('distribution.offer-integers') === 'big-endian' ? BIG_ENDIAN : LITTLE_ENDIAN;
}
