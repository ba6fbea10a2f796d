import { ByteReader } from '../../wire/byte-reader.js';
import { ByteWriter } from '../../wire/byte-writer.js';
import { type Codec, decode, encode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';
import { HEADER_LENGTH, Limit, MessageType } from './constants.js';
import { messageHeader } from './header.js';
import type { Headed, MessageBody } from './message-parts.js';
import {
  type GetBlkList,
  type GetBlks,
  type GetSegList,
  getBlkList,
  getBlks,
  getSegList,
  type NegoReq,
  negoReq,
} from './requests.js';
import {
  type Blk,
  type BlkList,
  blk,
  blkHeadLength,
  blkList,
  blkTailLength,
  type NegoResp,
  negoResp,
  type SegList,
  segList,
  writeBlkHead,
  writeBlkTail,
} from './responses.js';

export type RetrievalRequest = NegoReq | GetBlkList | GetBlks | GetSegList;
export type RetrievalResponse = NegoResp | BlkList | Blk | SegList;
export type RetrievalMessage = RetrievalRequest | RetrievalResponse;

const BODIES: { readonly [T in RetrievalMessage['type']]: MessageBody<Extract<RetrievalMessage, { type: T }>> } = {
  MSG_NEGO_REQ: negoReq,
  MSG_NEGO_RESP: negoResp,
  MSG_GETBLKLIST: getBlkList,
  MSG_GETBLKS: getBlks,
  MSG_BLKLIST: blkList,
  MSG_BLK: blk,
  MSG_GETSEGLIST: getSegList,
  MSG_SEGLIST: segList,
};

const BY_CODE: ReadonlyMap<number, MessageBody<RetrievalMessage>> = new Map(
  Object.values(BODIES).map((body) => [MessageType[body.type], body as MessageBody<RetrievalMessage>]),
);

/** TRANSPORT_RESPONSE_HEADER, before a message that goes back to a client. [MS-PCCRR] 2.2.2 */
const RESPONSE_HEADER_LENGTH = 4;

/**
 * A message of [MS-PCCRR] 2.2 with its header. It is as long as MsgSize says, with nothing behind its last field. Byte
 * arrays are views.
 */
export const retrievalMessage: Codec<RetrievalMessage> = {
  name: 'retrieval message',
  length: (m) => HEADER_LENGTH + bodyOf(m).length(m),
  write(writer, m) {
    writeHeader(writer, m);
    bodyOf(m).write(writer, m);
  },
  read(reader) {
    const { version, type, size, cryptoAlgoId } = messageHeader.read(reader);
    const body = BY_CODE.get(type) ?? reader.fail('MsgType', `is ${type}`);
    if (size < HEADER_LENGTH || size > (body.response ? Limit.RESPONSE : Limit.REQUEST)) {
      reader.fail('MsgSize', `is ${size}`);
    }
    const fields = reader.sub(size - HEADER_LENGTH, 'MESSAGE_BODY');
    const message = body.read(fields, { version, cryptoAlgoId });
    if (fields.remaining > 0) fields.fail('MsgSize', `${fields.remaining} bytes behind the last field`);
    return message;
  },
};

/** Only a client sends it. */
export function isRequest(message: RetrievalMessage): message is RetrievalRequest {
  return !BODIES[message.type].response;
}

/** How the header of a message begins that a server has for its client. */
export function headedAs(type: RetrievalMessage['type'], cryptoAlgoId = 0): Headed {
  return { version: versionOf(type), cryptoAlgoId };
}

/** ProtVer of a type. [MS-PCCRR] 2.2.3 */
export function versionOf(type: RetrievalMessage['type']): Headed['version'] {
  return { major: type === 'MSG_GETSEGLIST' || type === 'MSG_SEGLIST' ? 2 : 1, minor: 0 };
}

/** What goes back over HTTP: the parts follow each other, and a block is one of them as it is. */
export function encodeResponse(message: RetrievalResponse): readonly Uint8Array[] {
  const size = retrievalMessage.length(message);
  const length = message.type === 'MSG_BLK' ? HEADER_LENGTH + blkHeadLength(message) : size;
  const writer = new ByteWriter(RESPONSE_HEADER_LENGTH + length);
  writer.u32be(size);
  if (message.type !== 'MSG_BLK') {
    retrievalMessage.write(writer, message);
    return [writer.finish(message.type)];
  }
  writeHeader(writer, message);
  writeBlkHead(writer, message);
  const tail = new ByteWriter(blkTailLength(message));
  writeBlkTail(tail, message);
  return [writer.finish('MSG_BLK'), message.block, tail.finish('MSG_BLK')];
}

export function decodeResponse(bytes: Uint8Array): RetrievalResponse {
  const size = new ByteReader(bytes).u32be('Size');
  if (size !== bytes.length - RESPONSE_HEADER_LENGTH) throw new DecodeError('Size', 0, `is ${size}`);
  const message = decode(retrievalMessage, bytes.subarray(RESPONSE_HEADER_LENGTH));
  if (isRequest(message)) throw new DecodeError('MsgType', RESPONSE_HEADER_LENGTH, `is ${message.type}`);
  return message;
}

export function encodeRequest(message: RetrievalRequest): Uint8Array {
  return encode(retrievalMessage, message);
}

function writeHeader(writer: ByteWriter, message: RetrievalMessage): void {
  const { type, version, cryptoAlgoId } = message;
  messageHeader.write(writer, {
    version,
    type: MessageType[type],
    size: retrievalMessage.length(message),
    cryptoAlgoId,
  });
}

/** The table pairs each type of message with its body; an index by a union loses which with which. */
function bodyOf(m: RetrievalMessage): MessageBody<RetrievalMessage> {
  return BODIES[m.type] as MessageBody<RetrievalMessage>;
}
