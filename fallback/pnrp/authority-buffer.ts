import { utf16Bytes, utf16Text } from '../wire/byte-order.js';
import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteWriter } from '../wire/byte-writer.js';
import type { Codec } from '../wire/codec.js';
import type { Readings } from '../wire/readings.js';
import { AuthorityFlag, FieldId, Limit } from './constants.js';
import {
  type ArrayLayout,
  arrayLength,
  ELEMENT_HEADER_LENGTH,
  padded,
  readArrayHeader,
  readElement,
  readPadding,
  writeArrayHeader,
  writeElement,
  writePadding,
} from './elements.js';
import { FLAGS_LENGTH, readFlags, writeFlags } from './message-parts.js';
import type { Authority } from './resolve-messages.js';
import { type RouteEntry, readOptionalRoutingEntry, routeEntry, writeRoutingEntry } from './route-entry.js';

/** What the AUTHORITY messages that answer a LOOKUP or INQUIRE carry together. [MS-PNRP] 2.2.2.6.1. */
export interface AuthorityBuffer {
  /** L: the target is not known here, although it would be in this node's leaf set. */
  readonly leafSet: boolean;
  /** B: too busy for a LOOKUP. */
  readonly busy: boolean;
  /** N: the Validate PNRP ID is not registered here. */
  readonly notFound: boolean;
  /** PKCS#7 SignedData. 2.2.3.5. */
  readonly certChain?: Uint8Array | undefined;
  /** Of the peer name; see `matchingClassifier`. */
  readonly classifier?: string | undefined;
  /** EXTENDED_PAYLOAD as it arrived: its signature is over these bytes. `extendedPayloadCodec` reads them. */
  readonly extendedPayload?: Uint8Array | undefined;
  /** Of the node closest to the target of the LOOKUP; of the ID that was asked for (D-09). */
  readonly routeEntry?: RouteEntry | undefined;
  /** Encoded CPA as it arrived: its signature is over these bytes. `cpaCodec` reads them; a wrong one fails validation. */
  readonly validateCpa?: Uint8Array | undefined;
}

const CLASSIFIER: ArrayLayout = {
  id: FieldId.CLASSIFIER,
  elementFieldType: FieldId.WCHAR,
  entryLength: 2,
  minimum: 0,
  maximum: Limit.ARRAY_ENTRIES,
};

/** AUTHORITY_BUFFER. Byte arrays are views of the buffer. [MS-PNRP] 2.2.2.6.1. */
export function authorityBufferCodec(readings: Readings): Codec<AuthorityBuffer> {
  // UNCONFIRMED: pnrp.classifier-element
  const characterOrder = readings.get('pnrp.classifier-element');
  // UNCONFIRMED: pnrp.authority-padding
  const lastPadded = readings.get('pnrp.authority-padding') === 'padded';
  return {
    name: 'AUTHORITY_BUFFER',
    length(value) {
      const { certChain, classifier, extendedPayload, routeEntry: entry, validateCpa } = value;
      let end = FLAGS_LENGTH;
      if (certChain !== undefined) end = padded(end) + ELEMENT_HEADER_LENGTH + certChain.length;
      if (classifier !== undefined) end = padded(end) + arrayLength(CLASSIFIER, classifier.length);
      if (extendedPayload !== undefined) end = padded(end) + ELEMENT_HEADER_LENGTH + extendedPayload.length;
      if (entry !== undefined) end = padded(end) + ELEMENT_HEADER_LENGTH + routeEntry.length(entry);
      if (validateCpa !== undefined) return padded(end) + ELEMENT_HEADER_LENGTH + validateCpa.length; // never padded
      return lastPadded ? padded(end) : end;
    },
    write(writer, value) {
      const start = writer.offset;
      const { L, B, N } = AuthorityFlag;
      writeFlags(writer, (value.leafSet ? L : 0) | (value.busy ? B : 0) | (value.notFound ? N : 0));
      writeBytes(writer, start, FieldId.CERT_CHAIN, value.certChain);
      if (value.classifier !== undefined) {
        writePadding(writer, start);
        writeArrayHeader(writer, CLASSIFIER, value.classifier.length);
        writer.bytes(utf16Bytes(value.classifier, characterOrder));
      }
      writeBytes(writer, start, FieldId.EXTENDED_PAYLOAD, value.extendedPayload);
      if (value.routeEntry !== undefined) {
        writePadding(writer, start);
        writeRoutingEntry(writer, value.routeEntry);
      }
      writeBytes(writer, start, FieldId.VALIDATE_CPA, value.validateCpa);
      if (value.validateCpa === undefined && lastPadded) writePadding(writer, start);
    },
    read(reader) {
      const start = reader.offset;
      const flags = readFlags(reader);
      readPadding(reader, start);
      const certChain = readBytes(reader, start, FieldId.CERT_CHAIN);
      let classifier: string | undefined;
      if (reader.peekU16be() === FieldId.CLASSIFIER) {
        const count = readArrayHeader(reader, CLASSIFIER);
        classifier = utf16Text(reader.bytes(2 * count, 'Classifier'), characterOrder);
        readPadding(reader, start);
      }
      return {
        leafSet: (flags & AuthorityFlag.L) !== 0,
        busy: (flags & AuthorityFlag.B) !== 0,
        notFound: (flags & AuthorityFlag.N) !== 0,
        certChain,
        classifier,
        extendedPayload: readBytes(reader, start, FieldId.EXTENDED_PAYLOAD),
        routeEntry: readOptionalRoutingEntry(reader, start),
        validateCpa: readBytes(reader, start, FieldId.VALIDATE_CPA),
      };
    },
  };
}

/**
 * The classifier that is meant: `read` or, if its characters came in the other byte order, the one behind it.
 * `isRight` compares its hash with the ClassifierHash of the CPA (D-03). Undefined when neither is.
 */
export function matchingClassifier(read: string, isRight: (classifier: string) => boolean): string | undefined {
  if (isRight(read)) return read;
  const swapped = utf16Text(utf16Bytes(read, 'little-endian'), 'big-endian');
  return isRight(swapped) ? swapped : undefined;
}

/** The AUTHORITY messages that bring `buffer`; all have one header. [MS-PNRP] 3.2.5.10. */
export function splitAuthority(buffer: Uint8Array, messageId: number, ackedMessageId: number): Authority[] {
  const size = buffer.length;
  if (size > Limit.AUTHORITY_BUFFER) throw new RangeError(`an AUTHORITY_BUFFER of ${size} bytes`);
  const messages: Authority[] = [];
  for (let offset = 0; offset < size; offset += Limit.AUTHORITY_FRAGMENT) {
    const fragment = buffer.subarray(offset, offset + Limit.AUTHORITY_FRAGMENT);
    messages.push({ type: 'AUTHORITY', messageId, ackedMessageId, size, offset, fragment });
  }
  return messages;
}

function writeBytes(writer: ByteWriter, start: number, id: FieldId, body: Uint8Array | undefined): void {
  if (body === undefined) return;
  writePadding(writer, start);
  writeElement(writer, id, body.length);
  writer.bytes(body);
}

function readBytes(reader: ByteReader, start: number, id: FieldId): Uint8Array | undefined {
  if (reader.peekU16be() !== id) return undefined;
  const body = reader.bytes(readElement(reader, id), 'body');
  readPadding(reader, start);
  return body;
}
