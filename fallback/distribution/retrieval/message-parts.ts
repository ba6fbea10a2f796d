import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import type { MessageType } from './constants.js';
import type { Version } from './header.js';

/** What every message has beside its body. */
export interface Headed {
  /** Fixed by the type of the message, not by who sends it. */
  readonly version: Version;
  /** In a request what the client prefers, in MSG_BLK what was done; without meaning elsewhere. */
  readonly cryptoAlgoId: number;
}

/** What is behind the header of one type of message; it takes all that the reader has. */
export interface MessageBody<M extends Headed & { readonly type: keyof typeof MessageType }> {
  readonly type: M['type'];
  /** Only a server sends it. */
  readonly response: boolean;
  length(message: M): number;
  write(writer: ByteWriter, message: M): void;
  read(reader: ByteReader, headed: Headed): M;
}
