import type { Codec } from '../wire/codec.js';
import { FieldId, IDENTIFIER, MessageType, VERSION_MAJOR, VERSION_MINOR } from './constants.js';
import { readFixedElement, readPadding, writeElement } from './elements.js';
import type { MessageBody } from './message-parts.js';
import { type Authority, authority, type Inquire, inquire, type Lookup, lookup } from './resolve-messages.js';
import {
  type Ack,
  type Advertise,
  ack,
  advertise,
  type Flood,
  flood,
  type Request,
  request,
  type Solicit,
  solicit,
} from './sync-messages.js';

export type PnrpMessage = Solicit | Advertise | Request | Flood | Inquire | Authority | Ack | Lookup;

const BODIES: { readonly [T in PnrpMessage['type']]: MessageBody<Extract<PnrpMessage, { type: T }>> } = {
  SOLICIT: solicit,
  ADVERTISE: advertise,
  REQUEST: request,
  FLOOD: flood,
  INQUIRE: inquire,
  AUTHORITY: authority,
  ACK: ack,
  LOOKUP: lookup,
};

const BY_CODE: ReadonlyMap<number, MessageBody<PnrpMessage>> = new Map(
  Object.values(BODIES).map((body) => [MessageType[body.type], body as MessageBody<PnrpMessage>]),
);

const HEADER_LENGTH = 12;

/**
 * A message of [MS-PNRP] 2.2.2 with its header (2.2.1). It is as long as its datagram: the elements have to be those
 * of the type, in their order, with nothing behind them but padding. Byte arrays are views of the datagram.
 */
export const message: Codec<PnrpMessage> = {
  name: 'PNRP message',
  length: (m) => HEADER_LENGTH + bodyOf(m).length(m),
  write(writer, m) {
    writeElement(writer, FieldId.PNRP_HEADER, HEADER_LENGTH - 4);
    writer.u8(IDENTIFIER);
    writer.u8(VERSION_MAJOR);
    writer.u8(VERSION_MINOR);
    writer.u8(MessageType[m.type]);
    writer.u32be(m.messageId);
    bodyOf(m).write(writer, m);
  },
  read(reader) {
    const start = reader.offset;
    readFixedElement(reader, FieldId.PNRP_HEADER, HEADER_LENGTH - 4);
    const identifier = reader.u8('Identifier');
    if (identifier !== IDENTIFIER) reader.fail('Identifier', `is ${identifier}`);
    const major = reader.u8('VersionMajor');
    const minor = reader.u8('VersionMinor');
    if (major !== VERSION_MAJOR || minor !== VERSION_MINOR) reader.fail('Version', `is ${major}.${minor}`);
    const code = reader.u8('MessageType');
    const body = BY_CODE.get(code) ?? reader.fail('MessageType', `is ${code}`);
    const value = body.read(reader, reader.u32be('Message ID'));
    readPadding(reader, start);
    return value;
  },
};

/** The table pairs each type of message with its body; an index by a union loses which with which. */
function bodyOf(m: PnrpMessage): MessageBody<PnrpMessage> {
  return BODIES[m.type] as MessageBody<PnrpMessage>;
}
