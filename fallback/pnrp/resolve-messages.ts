import type { ByteReader } from '../wire/byte-reader.js';
import type { ByteString } from '../wire/byte-string.js';
import { FieldId, InquireFlag, Limit, LOOKUP_A, ResolveCriteria } from './constants.js';
import { readFixedElement, readPadding, writeElement, writePadding } from './elements.js';
import {
  ACKED_LENGTH,
  type MessageBody,
  NONCE_ELEMENT_LENGTH,
  PNRP_ID_ELEMENT_LENGTH,
  readAcked,
  readFlags,
  readNonce,
  readPnrpId,
  writeAcked,
  writeFlags,
  writeNonce,
  writePnrpId,
} from './message-parts.js';
import {
  endpointArray,
  type Ipv6Endpoint,
  type RouteEntry,
  readOptionalRoutingEntry,
  routingEntryLength,
  writeOptionalRoutingEntry,
} from './route-entry.js';

/** Asks whether a node has an ID, and for what belongs to it. [MS-PNRP] 2.2.2.5. */
export interface Inquire {
  readonly type: 'INQUIRE';
  readonly messageId: number;
  /** A: asks for the CPA. */
  readonly cpa: boolean;
  /** X: asks for the extended payload. */
  readonly extendedPayload: boolean;
  /** C: asks for the certificate chain. */
  readonly certChain: boolean;
  /** The low two bits, which the specification reserves; they may ask for the classifier (D-08). */
  // UNCONFIRMED: pnrp.inquire-flags
  readonly lowBits: number;
  readonly validatePnrpId: ByteString;
  /** To be copied into the CPA before it is signed. */
  readonly nonce?: Uint8Array | undefined;
}

/** FLAGS_FIELD with its padding. */
const INQUIRE_FLAGS_LENGTH = 8;

export const inquire: MessageBody<Inquire> = {
  type: 'INQUIRE',
  length: (m) => INQUIRE_FLAGS_LENGTH + PNRP_ID_ELEMENT_LENGTH + (m.nonce === undefined ? 0 : NONCE_ELEMENT_LENGTH),
  write(writer, m) {
    const start = writer.offset;
    const { A, X, C, LOW_BITS } = InquireFlag;
    writeFlags(writer, (m.cpa ? A : 0) | (m.extendedPayload ? X : 0) | (m.certChain ? C : 0) | (m.lowBits & LOW_BITS));
    writePadding(writer, start);
    writePnrpId(writer, FieldId.VALIDATE_PNRP_ID, m.validatePnrpId);
    if (m.nonce !== undefined) writeNonce(writer, m.nonce);
  },
  read(reader, messageId) {
    const start = reader.offset;
    const flags = readFlags(reader);
    readPadding(reader, start);
    return {
      type: 'INQUIRE',
      messageId,
      cpa: (flags & InquireFlag.A) !== 0,
      extendedPayload: (flags & InquireFlag.X) !== 0,
      certChain: (flags & InquireFlag.C) !== 0,
      lowBits: flags & InquireFlag.LOW_BITS,
      validatePnrpId: readPnrpId(reader, FieldId.VALIDATE_PNRP_ID),
      nonce: reader.peekU16be() === FieldId.NONCE ? readNonce(reader) : undefined,
    };
  },
};

/** One fragment of an AUTHORITY_BUFFER, the answer to LOOKUP and INQUIRE. [MS-PNRP] 2.2.2.6. */
export interface Authority {
  readonly type: 'AUTHORITY';
  readonly messageId: number;
  /** Message ID of the LOOKUP or INQUIRE. */
  readonly ackedMessageId: number;
  /** Of the whole AUTHORITY_BUFFER. */
  readonly size: number;
  /** Of this fragment in the buffer, a multiple of 1188. That it ends within `size` is for the reassembly to see. */
  readonly offset: number;
  /** Buffer: what is left of the datagram. */
  readonly fragment: Uint8Array;
}

/** SPLIT_CONTROLS without the fragment. */
const SPLIT_CONTROLS_LENGTH = 8;

export const authority: MessageBody<Authority> = {
  type: 'AUTHORITY',
  length: (m) => ACKED_LENGTH + SPLIT_CONTROLS_LENGTH + m.fragment.length,
  write(writer, m) {
    writeAcked(writer, m.ackedMessageId);
    writeElement(writer, FieldId.SPLIT_CONTROLS, 4);
    writer.u16be(m.size);
    writer.u16be(m.offset);
    writer.bytes(m.fragment);
  },
  read(reader, messageId) {
    const ackedMessageId = readAcked(reader);
    readFixedElement(reader, FieldId.SPLIT_CONTROLS, 4);
    const size = reader.u16be('Size');
    if (size > Limit.AUTHORITY_BUFFER) reader.fail('Size', `is ${size}`);
    const offset = reader.u16be('Offset');
    if (offset % Limit.AUTHORITY_FRAGMENT !== 0) reader.fail('Offset', `is ${offset}`);
    return {
      type: 'AUTHORITY',
      messageId,
      ackedMessageId,
      size,
      offset,
      fragment: reader.bytes(reader.remaining, 'Buffer'),
    };
  },
};

/** Asks a node for one that is closer to an ID. [MS-PNRP] 2.2.2.8. */
export interface Lookup {
  readonly type: 'LOOKUP';
  readonly messageId: number;
  /** A: an answer that is not closer to the target than Validate PNRP ID is welcome too. */
  readonly acceptAny: boolean;
  /** How many bits count, for UPPER_BITS; else arbitrary. */
  readonly precision: number;
  readonly criteria: ResolveCriteria;
  /** A ResolveReasonCode; a receiver takes any. */
  readonly reasonCode: number;
  readonly targetPnrpId: ByteString;
  /** ID that the node asked is believed to have; zeros where it is not known. */
  readonly validatePnrpId: ByteString;
  /** The best match so far. */
  readonly routeEntry?: RouteEntry | undefined;
  /** 1 to 22 endpoints that need not be named again. */
  readonly flaggedPath: readonly Ipv6Endpoint[];
}

/** LOOKUP_CONTROLS. */
const LOOKUP_CONTROLS_LENGTH = 12;

const flaggedPath = endpointArray(1, Limit.FLAGGED_PATH);

export const lookup: MessageBody<Lookup> = {
  type: 'LOOKUP',
  length: (m) =>
    LOOKUP_CONTROLS_LENGTH +
    2 * PNRP_ID_ELEMENT_LENGTH +
    routingEntryLength(m.routeEntry) +
    flaggedPath.length(m.flaggedPath),
  write(writer, m) {
    const start = writer.offset;
    writeElement(writer, FieldId.LOOKUP_CONTROLS, 8);
    writer.u16be(m.acceptAny ? LOOKUP_A : 0);
    writer.u16be(m.precision);
    writer.u8(m.criteria);
    writer.u8(m.reasonCode);
    writer.u16be(0); // Reserved2
    writePnrpId(writer, FieldId.TARGET_PNRP_ID, m.targetPnrpId);
    writePnrpId(writer, FieldId.VALIDATE_PNRP_ID, m.validatePnrpId);
    writeOptionalRoutingEntry(writer, m.routeEntry, start);
    flaggedPath.write(writer, m.flaggedPath); // not padded
  },
  read(reader, messageId) {
    const start = reader.offset;
    readFixedElement(reader, FieldId.LOOKUP_CONTROLS, 8);
    const acceptAny = (reader.u16be('Flags') & LOOKUP_A) !== 0;
    const precision = reader.u16be('Precision');
    const criteria = readCriteria(reader);
    const reasonCode = reader.u8('ResolveReasonCode');
    reader.skip(2, 'Reserved2');
    return {
      type: 'LOOKUP',
      messageId,
      acceptAny,
      precision,
      criteria,
      reasonCode,
      targetPnrpId: readPnrpId(reader, FieldId.TARGET_PNRP_ID),
      validatePnrpId: readPnrpId(reader, FieldId.VALIDATE_PNRP_ID),
      routeEntry: readOptionalRoutingEntry(reader, start),
      flaggedPath: flaggedPath.read(reader),
    };
  },
};

/** An enumeration, not a set of bits. */
function readCriteria(reader: ByteReader): ResolveCriteria {
  const value = reader.u8('ResolveCriteria');
  switch (value) {
    case ResolveCriteria.NONE:
    case ResolveCriteria.ANY_PEERNAME:
    case ResolveCriteria.NEAREST_PEERNAME:
    case ResolveCriteria.NEAREST64_PEERNAME:
    case ResolveCriteria.UPPER_BITS:
      return value;
    default:
      return reader.fail('ResolveCriteria', `is ${value}`);
  }
}
