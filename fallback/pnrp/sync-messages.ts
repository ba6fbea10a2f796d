import type { ByteString } from '../wire/byte-string.js';
import { ACK_N, FieldId, FLOOD_D, Limit, SolicitType } from './constants.js';
import {
  ELEMENT_HEADER_LENGTH,
  padded,
  readElement,
  readFixedElement,
  readPadding,
  writeElement,
  writePadding,
} from './elements.js';
import {
  ACKED_LENGTH,
  FLAGS_LENGTH,
  HASHED_NONCE_LENGTH,
  type MessageBody,
  NONCE_ELEMENT_LENGTH,
  PNRP_ID_ELEMENT_LENGTH,
  readAcked,
  readFlags,
  readHashedNonce,
  readNonce,
  readPnrpId,
  writeAcked,
  writeFlags,
  writeHashedNonce,
  writeNonce,
  writePnrpId,
} from './message-parts.js';
import {
  endpointArray,
  type Ipv6Endpoint,
  pnrpIdArray,
  type RouteEntry,
  readOptionalRoutingEntry,
  routingEntryLength,
  writeOptionalRoutingEntry,
} from './route-entry.js';

/** Asks a node which IDs it knows. [MS-PNRP] 2.2.2.1. */
export interface Solicit {
  readonly type: 'SOLICIT';
  readonly messageId: number;
  /** Of the SOLICIT_CONTROLS, which are optional. */
  readonly solicitType?: SolicitType | undefined;
  /** Of one ID that the sender has registered; absent where it has none. */
  readonly routeEntry?: RouteEntry | undefined;
  /** SHA-1 of the nonce that REQUEST reveals. */
  readonly hashedNonce: Uint8Array;
}

/** SOLICIT_CONTROLS with its padding. */
const SOLICIT_CONTROLS_LENGTH = 8;

export const solicit: MessageBody<Solicit> = {
  type: 'SOLICIT',
  length: (m) =>
    (m.solicitType === undefined ? 0 : SOLICIT_CONTROLS_LENGTH) +
    routingEntryLength(m.routeEntry) +
    HASHED_NONCE_LENGTH,
  write(writer, m) {
    const start = writer.offset;
    if (m.solicitType !== undefined) {
      writeElement(writer, FieldId.SOLICIT_CONTROLS, 2);
      writer.u8(0); // Reserved
      writer.u8(m.solicitType);
      writePadding(writer, start);
    }
    writeOptionalRoutingEntry(writer, m.routeEntry, start);
    writeHashedNonce(writer, m.hashedNonce);
  },
  read(reader, messageId) {
    const start = reader.offset;
    let solicitType: SolicitType | undefined;
    if (reader.peekU16be() === FieldId.SOLICIT_CONTROLS) {
      readFixedElement(reader, FieldId.SOLICIT_CONTROLS, 2);
      reader.skip(1, 'Reserved');
      const value = reader.u8('SolicitType');
      const known = value === SolicitType.ANY || value === SolicitType.LOCAL;
      solicitType = known ? value : reader.fail('SolicitType', `is ${value}`);
      readPadding(reader, start);
    }
    const routeEntry = readOptionalRoutingEntry(reader, start);
    return { type: 'SOLICIT', messageId, solicitType, routeEntry, hashedNonce: readHashedNonce(reader) };
  },
};

/** Offers IDs; none when the sender is busy or has nothing to offer. [MS-PNRP] 2.2.2.2. */
export interface Advertise {
  readonly type: 'ADVERTISE';
  readonly messageId: number;
  /** Message ID of the SOLICIT. */
  readonly ackedMessageId: number;
  readonly pnrpIds: readonly ByteString[];
  /** Copied from the SOLICIT. */
  readonly hashedNonce: Uint8Array;
}

export const advertise: MessageBody<Advertise> = {
  type: 'ADVERTISE',
  length: (m) => ACKED_LENGTH + pnrpIdArray.length(m.pnrpIds) + HASHED_NONCE_LENGTH,
  write(writer, m) {
    writeAcked(writer, m.ackedMessageId);
    pnrpIdArray.write(writer, m.pnrpIds);
    writeHashedNonce(writer, m.hashedNonce);
  },
  read(reader, messageId) {
    const ackedMessageId = readAcked(reader);
    const pnrpIds = pnrpIdArray.read(reader);
    return { type: 'ADVERTISE', messageId, ackedMessageId, pnrpIds, hashedNonce: readHashedNonce(reader) };
  },
};

/** Asks for the route entries of offered IDs. [MS-PNRP] 2.2.2.3. */
export interface Request {
  readonly type: 'REQUEST';
  readonly messageId: number;
  /** The conversation's nonce in clear. */
  readonly nonce: Uint8Array;
  readonly pnrpIds: readonly ByteString[];
}

export const request: MessageBody<Request> = {
  type: 'REQUEST',
  length: (m) => NONCE_ELEMENT_LENGTH + pnrpIdArray.length(m.pnrpIds),
  write(writer, m) {
    writeNonce(writer, m.nonce);
    pnrpIdArray.write(writer, m.pnrpIds);
  },
  read: (reader, messageId) => ({
    type: 'REQUEST',
    messageId,
    nonce: readNonce(reader),
    pnrpIds: pnrpIdArray.read(reader),
  }),
};

/** Brings a route entry, or revokes a CPA. [MS-PNRP] 2.2.2.4. */
export interface Flood {
  readonly type: 'FLOOD';
  readonly messageId: number;
  /** D: the receiver must not acknowledge. */
  readonly doNotAck: boolean;
  /** ID of the node that this goes to; zeros where it is not known. */
  readonly validatePnrpId: ByteString;
  /** An Encoded CPA with the R flag, as bytes: a wrong one is ignored, the rest of the message counts (3.1.5.5). */
  readonly revokeCpa?: Uint8Array | undefined;
  readonly routeEntry?: RouteEntry | undefined;
  /** Up to 22 nodes that have seen it. */
  readonly alreadyFloodedList: readonly Ipv6Endpoint[];
}

/** FLOOD_CONTROLS with its padding. */
const FLOOD_CONTROLS_LENGTH = 8;

const alreadyFloodedList = endpointArray(0, Limit.ALREADY_FLOODED_LIST);

export const flood: MessageBody<Flood> = {
  type: 'FLOOD',
  length: (m) =>
    FLOOD_CONTROLS_LENGTH +
    PNRP_ID_ELEMENT_LENGTH +
    (m.revokeCpa === undefined ? 0 : padded(ELEMENT_HEADER_LENGTH + m.revokeCpa.length)) +
    routingEntryLength(m.routeEntry) +
    alreadyFloodedList.length(m.alreadyFloodedList),
  write(writer, m) {
    const start = writer.offset;
    writeElement(writer, FieldId.FLOOD_CONTROLS, 3);
    writer.u16be(m.doNotAck ? FLOOD_D : 0);
    writer.u8(0); // Reserved2
    writePadding(writer, start);
    writePnrpId(writer, FieldId.VALIDATE_PNRP_ID, m.validatePnrpId);
    if (m.revokeCpa !== undefined) {
      writeElement(writer, FieldId.REVOKE_CPA, m.revokeCpa.length);
      writer.bytes(m.revokeCpa);
      writePadding(writer, start);
    }
    writeOptionalRoutingEntry(writer, m.routeEntry, start);
    alreadyFloodedList.write(writer, m.alreadyFloodedList); // not padded
  },
  read(reader, messageId) {
    const start = reader.offset;
    readFixedElement(reader, FieldId.FLOOD_CONTROLS, 3);
    const doNotAck = (reader.u16be('Flags') & FLOOD_D) !== 0;
    reader.skip(1, 'Reserved2');
    readPadding(reader, start);
    const validatePnrpId = readPnrpId(reader, FieldId.VALIDATE_PNRP_ID);
    let revokeCpa: Uint8Array | undefined;
    if (reader.peekU16be() === FieldId.REVOKE_CPA) {
      revokeCpa = reader.bytes(readElement(reader, FieldId.REVOKE_CPA), 'Revoke CPA');
      readPadding(reader, start);
    }
    return {
      type: 'FLOOD',
      messageId,
      doNotAck,
      validatePnrpId,
      revokeCpa,
      routeEntry: readOptionalRoutingEntry(reader, start),
      alreadyFloodedList: alreadyFloodedList.read(reader),
    };
  },
};

/** Acknowledges a REQUEST or a FLOOD. [MS-PNRP] 2.2.2.7. */
export interface Ack {
  readonly type: 'ACK';
  readonly messageId: number;
  readonly ackedMessageId: number;
  /** N: the Validate PNRP ID of the FLOOD is not registered here. */
  readonly notFound: boolean;
}

export const ack: MessageBody<Ack> = {
  type: 'ACK',
  length: (m) => ACKED_LENGTH + (m.notFound ? FLAGS_LENGTH : 0),
  write(writer, m) {
    writeAcked(writer, m.ackedMessageId);
    if (m.notFound) writeFlags(writer, ACK_N); // not padded
  },
  read(reader, messageId) {
    const ackedMessageId = readAcked(reader);
    // The flags may also be there with N clear.
    const flags = reader.peekU16be() === FieldId.FLAGS_FIELD ? readFlags(reader) : 0;
    return { type: 'ACK', messageId, ackedMessageId, notFound: (flags & ACK_N) !== 0 };
  },
};
