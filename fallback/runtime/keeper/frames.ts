import { deserialize, serialize } from 'node:v8';

/*
 * What processes tell each other: the length of the rest (u32, big-endian), then a value as node:v8 serializes it.
 */
const HEADER_LENGTH = 4;
/** Far above any message of an area; what claims to be longer is none of ours. */
const FRAME_MAX = 16 * 1024 * 1024;

export function encodeFrame(message: unknown): Uint8Array[] {
  const body = serialize(message);
  if (body.length > FRAME_MAX) throw new RangeError(`a message of ${body.length} bytes is too long for the keeper`);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32BE(body.length);
  return [header, body];
}

/** Cuts a stream of bytes into messages; throws where it is no such stream. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes of the message that is coming in, once its header is here. */
  #wanted: number | undefined;

  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: unknown[] = [];
    for (;;) {
      if (this.#wanted === undefined) {
        const header = this.#take(HEADER_LENGTH);
        if (header === undefined) return messages;
        this.#wanted = header.readUInt32BE();
        if (this.#wanted > FRAME_MAX) throw new RangeError(`a message of ${this.#wanted} bytes is too long`);
      }
      const body = this.#take(this.#wanted);
      if (body === undefined) return messages;
      this.#wanted = undefined;
      messages.push(deserialize(body));
    }
  }

  #take(length: number): Buffer | undefined {
    if (this.#length < length) return undefined;
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = all.length === length ? [] : [all.subarray(length)];
    this.#length -= length;
    return all.subarray(0, length);
  }
}
