import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { Codec } from '../../wire/codec.js';
import { HEADER_LENGTH } from './constants.js';

/** ProtVer: as a number the minor version is in the high word. [MS-PCCRR] 2.2.3 */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** MESSAGE_HEADER, [MS-PCCRR] 2.2.3. */
export interface MessageHeader {
  readonly version: Version;
  /** MsgType. */
  readonly type: number;
  /** MsgSize: of the message with its header. */
  readonly size: number;
  readonly cryptoAlgoId: number;
}

export const messageHeader: Codec<MessageHeader> = {
  name: 'MESSAGE_HEADER',
  length: () => HEADER_LENGTH,
  write(writer, { version, type, size, cryptoAlgoId }) {
    writeVersion(writer, version);
    writer.u32be(type);
    writer.u32be(size);
    writer.u32be(cryptoAlgoId);
  },
  read: (reader) => ({
    version: readVersion(reader, 'ProtVer'),
    type: reader.u32be('MsgType'),
    size: reader.u32be('MsgSize'),
    cryptoAlgoId: reader.u32be('CryptoAlgoId'),
  }),
};

export function writeVersion(writer: ByteWriter, { major, minor }: Version): void {
  writer.u16be(minor);
  writer.u16be(major);
}

export function readVersion(reader: ByteReader, field: string): Version {
  const minor = reader.u16be(field);
  return { major: reader.u16be(field), minor };
}
