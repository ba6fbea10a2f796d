import { DefaultDeserializer, DefaultSerializer } from 'node:v8';

/*
 * What processes tell each other, a frame a message: the length of the rest, the length of the value (u32, big-endian), the
 * value as node:v8 serializes it, and the bytes of the Uint8Arrays in it, of which the value has the lengths only: these
 * are most of it, and a serializer takes ten times as long to copy them as a socket to send them.
 */
const HEADER_LENGTH = 8;
/** Far above any message of an area; what claims to be longer is none of ours. */
const FRAME_MAX = 16 * 1024 * 1024;

/** The parts of a frame, in order. */
export function encodeFrame(message: unknown): Uint8Array[] {
  const writer = new ValueWriter();
  writer.writeHeader();
  writer.writeValue(message);
  const value = writer.releaseBuffer();
  const length = writer.arrays.reduce((sum, it) => sum + it.length, value.length);
  if (length > FRAME_MAX) throw new RangeError(`a message of ${length} bytes is too long for the keeper`);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32BE(length);
  header.writeUInt32BE(value.length, 4);
  return [header, value, ...writer.arrays];
}

/** Cuts a stream of bytes into messages; throws where it is no such stream. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;
  /** Of the message that is coming in, once its header is here. */
  #header: { readonly length: number; readonly valueLength: number } | undefined;

  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: unknown[] = [];
    for (;;) {
      this.#header ??= readHeader(this.#take(HEADER_LENGTH));
      const body = this.#header && this.#take(this.#header.length);
      if (this.#header === undefined || body === undefined) return messages;
      const { valueLength } = this.#header;
      this.#header = undefined;
      const reader = new ValueReader(body.subarray(0, valueLength), body.subarray(valueLength));
      reader.readHeader();
      messages.push(reader.readValue());
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

function readHeader(header: Buffer | undefined) {
  if (header === undefined) return undefined;
  const [length, valueLength] = [header.readUInt32BE(), header.readUInt32BE(4)];
  if (length > FRAME_MAX || valueLength > length) throw new RangeError(`a message of ${length} bytes is none`);
  return { length, valueLength };
}

/** `_writeHostObject` is what node:v8 calls for a view of bytes. */
class ValueWriter extends DefaultSerializer {
  readonly arrays: Uint8Array[] = [];

  _writeHostObject(view: unknown): void {
    if (!(view instanceof Uint8Array)) throw new TypeError('of views, messages have Uint8Arrays alone');
    this.writeUint32(view.length);
    this.arrays.push(view);
  }
}

class ValueReader extends DefaultDeserializer {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(value: Buffer, bytes: Uint8Array) {
    super(value);
    this.#bytes = bytes;
  }

  _readHostObject(): Uint8Array {
    const start = this.#offset;
    this.#offset += this.readUint32();
    if (this.#offset > this.#bytes.length) throw new RangeError('a message ends before its bytes');
    const { buffer, byteOffset } = this.#bytes;
    return new Uint8Array(buffer, byteOffset + start, this.#offset - start);
  }
}
