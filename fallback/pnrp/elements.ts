import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import { DecodeError } from '../wire/decode-error.js';
import { FieldId } from './constants.js';

/**
 * Framing of [MS-PNRP] 2.2: a message is a row of elements. Each has a FieldID, a Length that counts itself and the
 * FieldID, and a body; each starts on a multiple of 4 bytes from the start of the message.
 */
export const ELEMENT_HEADER_LENGTH = 4;

/** FieldID, Length, NumEntries, ArrayLength, ElementFieldType, EntryLength. */
const ARRAY_HEADER_LENGTH = 12;

/** `length` with the padding behind it. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

export function writeElement(writer: ByteWriter, id: FieldId, bodyLength: number): void {
  const length = ELEMENT_HEADER_LENGTH + bodyLength;
  if (length > 0xffff) throw new RangeError(`an element of ${length} bytes`);
  writer.u32be(id * 0x1_0000 + length);
}

/** Takes FieldID and Length of the element that has to come next; the length of its body, which is there. */
export function readElement(reader: ByteReader, id: FieldId): number {
  if (reader.remaining < ELEMENT_HEADER_LENGTH) reader.fail(fieldName(id), 'is missing');
  const found = reader.u16be('FieldID');
  const length = reader.u16be('Length');
  if (found !== id) reject(reader, id, `FieldID is ${hex(found)}`);
  if (length < ELEMENT_HEADER_LENGTH || length - ELEMENT_HEADER_LENGTH > reader.remaining) {
    reject(reader, id, `Length is ${length}, ${reader.remaining} bytes of the body are left`);
  }
  return length - ELEMENT_HEADER_LENGTH;
}

/** The same for an element whose Length the specification fixes. */
export function readFixedElement(reader: ByteReader, id: FieldId, bodyLength: number): void {
  // Nearly always right: FieldID and Length in one comparison. Else what is wrong is found one by one.
  const isThere = reader.remaining >= ELEMENT_HEADER_LENGTH + bodyLength;
  if (isThere && reader.acceptU32be(id * 0x1_0000 + ELEMENT_HEADER_LENGTH + bodyLength)) return;
  const found = readElement(reader, id);
  if (found !== bodyLength) reject(reader, id, `the body has ${found} bytes, not ${bodyLength}`);
}

/** Zeros up to the next multiple of 4 from `start`. */
export function writePadding(writer: ByteWriter, start: number): void {
  const gap = (start - writer.offset) & 3;
  if (gap > 0) writer.zeros(gap);
}

/**
 * Passes over padding, whatever is in it. At the end of the buffer it may be missing: the specification pads all
 * elements but three even there, yet nobody needs those bytes (D-07).
 */
export function readPadding(reader: ByteReader, start: number): void {
  const gap = Math.min((start - reader.offset) & 3, reader.remaining);
  if (gap > 0) reader.skip(gap, 'Padding');
}

/** What the specification fixes about an element that holds an array. */
export interface ArrayLayout {
  readonly id: FieldId;
  readonly elementFieldType: FieldId;
  readonly entryLength: number;
  readonly minimum: number;
  readonly maximum: number;
}

export function arrayLength(layout: ArrayLayout, count: number): number {
  return ARRAY_HEADER_LENGTH + count * layout.entryLength;
}

export function writeArrayHeader(writer: ByteWriter, layout: ArrayLayout, count: number): void {
  const length = arrayLength(layout, count);
  writer.u16be(layout.id);
  writer.u16be(length);
  writer.u16be(count);
  writer.u16be(length - ELEMENT_HEADER_LENGTH);
  writer.u16be(layout.elementFieldType);
  writer.u16be(layout.entryLength);
}

/** Takes the header of an array; how many entries follow, all of which are there. */
export function readArrayHeader(reader: ByteReader, layout: ArrayLayout): number {
  const { id } = layout;
  const bodyLength = readElement(reader, id);
  const count = reader.u16be('NumEntries');
  const inner = reader.u16be('ArrayLength');
  const type = reader.u16be('ElementFieldType');
  const entryLength = reader.u16be('EntryLength');
  if (type !== layout.elementFieldType) reject(reader, id, `ElementFieldType is ${hex(type)}`);
  if (entryLength !== layout.entryLength) reject(reader, id, `EntryLength is ${entryLength}`);
  if (count < layout.minimum || count > layout.maximum) reject(reader, id, `NumEntries is ${count}`);
  if (inner !== bodyLength || bodyLength !== arrayLength(layout, count) - ELEMENT_HEADER_LENGTH) {
    reject(reader, id, `NumEntries is ${count}, ArrayLength ${inner}, the body has ${bodyLength} bytes`);
  }
  return count;
}

function reject(reader: ByteReader, id: FieldId, what: string): never {
  throw new DecodeError(fieldName(id), reader.offset, what);
}

const FIELD_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(FieldId).map(([name, id]) => [id, name]),
);

function fieldName(id: FieldId): string {
  return FIELD_NAMES[id] as string;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
