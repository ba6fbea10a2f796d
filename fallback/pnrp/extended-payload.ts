import { reversedHex } from '../wire/byte-order.js';
import type { ByteReader } from '../wire/byte-reader.js';
import type { Codec } from '../wire/codec.js';
import type { Readings } from '../wire/readings.js';
import {
  CPA_VERSION_MAJOR,
  CPA_VERSION_MINOR,
  Limit,
  NONCE_LENGTH,
  PAYLOAD_TYPE_BINARY,
  PAYLOAD_TYPE_STRING,
  PNRP_ID_LENGTH,
  STRING_TYPE_UNICODE,
  STRING_TYPE_UTF8,
} from './constants.js';
import { SIGNATURE_LENGTH, signatureCodec } from './signature.js';
import { type EncodedText, readText, textLength, writeText } from './text.js';

/** What else a publisher says of a name; signed with the key of its CPA. [MS-PNRP] 2.2.3.3. */
export interface ExtendedPayload {
  /** FILETIME ticks. */
  readonly notAfter: bigint;
  readonly pnrpId: string;
  /** Of the INQUIRE. */
  readonly nonce: Uint8Array;
  /** 1 to 4096 bytes, or a text of 6 to 4098 bytes with its String Type and terminator. */
  readonly payload: Uint8Array | EncodedText;
  /** 128 bytes; what is signed is `toBeSigned` of the encoding. */
  readonly signature: Uint8Array;
}

/** Up to Payload Length. */
const FIXED_LENGTH = 74;
const STRING_TYPE_LENGTH = 2;
/** Number of Payloads, Total Payload Bytes, Payload Type, Payload Length. */
const PAYLOAD_HEADER_LENGTH = 10;

/** EXTENDED_PAYLOAD. [MS-PNRP] 2.2.3.3. */
export function extendedPayloadCodec(readings: Readings): Codec<ExtendedPayload> {
  // UNCONFIRMED: pnrp.friendly-name
  const textOrder = readings.get('pnrp.friendly-name');
  const signature = signatureCodec(readings);

  function readString(reader: ByteReader, length: number): EncodedText {
    if (length < Limit.EXTENDED_STRING_MINIMUM || length > Limit.EXTENDED_STRING_MAXIMUM) {
      reader.fail('Payload Length', `is ${length}`);
    }
    const type = reader.u16le('String Type');
    if (type !== STRING_TYPE_UNICODE && type !== STRING_TYPE_UTF8) reader.fail('String Type', `is ${type}`);
    const encoding = type === STRING_TYPE_UTF8 ? 'utf-8' : 'utf-16';
    const value = readText(reader, length - STRING_TYPE_LENGTH, encoding, textOrder, 'Payload');
    if (!value.text.endsWith('\0')) reader.fail('Payload', 'has no terminator');
    return { encoding, text: value.text.slice(0, -1) };
  }

  function readBinary(reader: ByteReader, length: number): Uint8Array {
    if (length < 1 || length > Limit.EXTENDED_PAYLOAD) reader.fail('Payload Length', `is ${length}`);
    return reader.bytes(length, 'Payload');
  }

  const codec: Codec<ExtendedPayload> = {
    name: 'EXTENDED_PAYLOAD',
    length: (value) => FIXED_LENGTH + payloadLength(value.payload) + SIGNATURE_LENGTH,
    write(writer, { notAfter, pnrpId, nonce, payload, signature: data }) {
      const length = payloadLength(payload);
      writer.u16le(FIXED_LENGTH + length + SIGNATURE_LENGTH);
      writer.u8(CPA_VERSION_MINOR);
      writer.u8(CPA_VERSION_MAJOR);
      writer.u16le(0); // Reserved
      writer.u16le(FIXED_LENGTH + length); // Signature Offset
      writer.u64le(notAfter);
      writer.hex(reversedHex(pnrpId), PNRP_ID_LENGTH);
      writer.bytes(nonce);
      writer.u16le(1); // Number of Payloads
      writer.u16le(PAYLOAD_HEADER_LENGTH + length); // Total Payload Bytes
      writer.u32le(payload instanceof Uint8Array ? PAYLOAD_TYPE_BINARY : PAYLOAD_TYPE_STRING);
      writer.u16le(length);
      if (payload instanceof Uint8Array) {
        writer.bytes(payload);
      } else {
        writer.u16le(payload.encoding === 'utf-8' ? STRING_TYPE_UTF8 : STRING_TYPE_UNICODE);
        writeText(writer, terminated(payload), textOrder);
      }
      signature.write(writer, data);
    },
    read(outer) {
      const length = outer.u16le('Length');
      if (length < FIXED_LENGTH + SIGNATURE_LENGTH) outer.fail('Length', `is ${length}`);
      const reader = outer.sub(length - 2, 'EXTENDED_PAYLOAD');
      const version = reader.u16le('Version');
      if (version !== ((CPA_VERSION_MAJOR << 8) | CPA_VERSION_MINOR)) {
        reader.fail('Version', `is ${version >> 8}.${version & 0xff}`);
      }
      reader.skip(2, 'Reserved');
      const signatureOffset = reader.u16le('Signature Offset');
      if (signatureOffset !== length - SIGNATURE_LENGTH) reader.fail('Signature Offset', `is ${signatureOffset}`);
      const notAfter = reader.u64le('Not After');
      const pnrpId = reversedHex(reader.hex(PNRP_ID_LENGTH, 'PNRP ID'));
      const nonce = reader.bytes(NONCE_LENGTH, 'Nonce');
      const count = reader.u16le('Number of Payloads');
      if (count !== 1) reader.fail('Number of Payloads', `is ${count}`);
      const total = reader.u16le('Total Payload Bytes');
      const type = reader.u32le('Payload Type');
      if (type !== PAYLOAD_TYPE_STRING && type !== PAYLOAD_TYPE_BINARY) reader.fail('Payload Type', `is ${type}`);
      const payloadBytes = reader.u16le('Payload Length');
      if (payloadBytes !== signatureOffset - FIXED_LENGTH) reader.fail('Payload Length', `is ${payloadBytes}`);
      if (total !== PAYLOAD_HEADER_LENGTH + payloadBytes) reader.fail('Total Payload Bytes', `is ${total}`);
      const payload =
        type === PAYLOAD_TYPE_STRING ? readString(reader, payloadBytes) : readBinary(reader, payloadBytes);
      return { notAfter, pnrpId, nonce, payload, signature: signature.read(reader) };
    },
  };
  return codec;
}

/** Payload Length: of String Type, if there is one, and Payload. */
function payloadLength(payload: Uint8Array | EncodedText): number {
  return payload instanceof Uint8Array ? payload.length : STRING_TYPE_LENGTH + textLength(terminated(payload));
}

function terminated(payload: EncodedText): EncodedText {
  return { encoding: payload.encoding, text: `${payload.text}\0` };
}
