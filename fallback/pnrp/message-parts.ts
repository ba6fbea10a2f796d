import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteString } from '../wire/byte-string.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import { FieldId, HASH_LENGTH, type MessageType, NONCE_LENGTH, PNRP_ID_LENGTH } from './constants.js';
import { ELEMENT_HEADER_LENGTH, readFixedElement, writeElement } from './elements.js';

/** What is between the PNRP header and the end of one type of message. */
export interface MessageBody<M extends { readonly type: keyof typeof MessageType }> {
  readonly type: M['type'];
  length(message: M): number;
  write(writer: ByteWriter, message: M): void;
  read(reader: ByteReader, messageId: number): M;
}

/** Lengths of the elements that several messages share; none needs padding. */
export const ACKED_LENGTH = ELEMENT_HEADER_LENGTH + 4;
export const PNRP_ID_ELEMENT_LENGTH = ELEMENT_HEADER_LENGTH + PNRP_ID_LENGTH;
export const NONCE_ELEMENT_LENGTH = ELEMENT_HEADER_LENGTH + NONCE_LENGTH;
export const HASHED_NONCE_LENGTH = ELEMENT_HEADER_LENGTH + HASH_LENGTH;
/** FLAGS_FIELD without padding. */
export const FLAGS_LENGTH = ELEMENT_HEADER_LENGTH + 2;

export function writeAcked(writer: ByteWriter, messageId: number): void {
  writeElement(writer, FieldId.PNRP_HEADER_ACKED, 4);
  writer.u32be(messageId);
}

export function readAcked(reader: ByteReader): number {
  readFixedElement(reader, FieldId.PNRP_HEADER_ACKED, 4);
  return reader.u32be('Acked Message ID');
}

export function writePnrpId(writer: ByteWriter, id: FieldId, pnrpId: ByteString): void {
  writeElement(writer, id, PNRP_ID_LENGTH);
  writer.byteString(pnrpId, PNRP_ID_LENGTH);
}

export function readPnrpId(reader: ByteReader, id: FieldId): ByteString {
  readFixedElement(reader, id, PNRP_ID_LENGTH);
  return reader.byteString(PNRP_ID_LENGTH, 'PNRP ID');
}

export function writeNonce(writer: ByteWriter, nonce: Uint8Array): void {
  writeElement(writer, FieldId.NONCE, NONCE_LENGTH);
  writer.bytes(nonce);
}

export function readNonce(reader: ByteReader): Uint8Array {
  readFixedElement(reader, FieldId.NONCE, NONCE_LENGTH);
  return reader.bytes(NONCE_LENGTH, 'Nonce');
}

export function writeHashedNonce(writer: ByteWriter, hash: Uint8Array): void {
  writeElement(writer, FieldId.HASHED_NONCE, HASH_LENGTH);
  writer.bytes(hash);
}

export function readHashedNonce(reader: ByteReader): Uint8Array {
  readFixedElement(reader, FieldId.HASHED_NONCE, HASH_LENGTH);
  return reader.bytes(HASH_LENGTH, 'Hashed Nonce');
}

export function writeFlags(writer: ByteWriter, flags: number): void {
  writeElement(writer, FieldId.FLAGS_FIELD, 2);
  writer.u16be(flags);
}

export function readFlags(reader: ByteReader): number {
  readFixedElement(reader, FieldId.FLAGS_FIELD, 2);
  return reader.u16be('Flags');
}
