import { crc32 } from 'node:zlib';
import type { BlockCipher, NewSegment, SegmentHash, SegmentKeys } from '../../../lib/backend/contract/cache-store.js';
import type { ByteReader } from '../../wire/byte-reader.js';
import type { ByteWriter } from '../../wire/byte-writer.js';
import { type Codec, decode, encode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';

/*
 * The values of the index, format 1. Each begins with the CRC-32 of the rest (u32): a bit that changed on the disk must
 * not become another key or initialization vector. Numbers are big-endian.
 */

/** What is known of a segment. */
export type KnownSegment = NewSegment & { readonly created: bigint };

/** What is here of a segment, and when it was used, counted in uses of all. */
export interface HeldBlocks {
  readonly used: number;
  readonly blocks: ReadonlyMap<number, HeldBlock>;
}

/** A block without its bytes, which are a file. */
export interface HeldBlock {
  readonly cipher: BlockCipher;
  readonly iv: Uint8Array;
  readonly length: number;
  /** CRC-32 of the bytes. */
  readonly checksum: number;
}

export interface Totals {
  readonly segments: number;
  readonly blocks: number;
  readonly bytes: number;
}

const CHECKSUM_LENGTH = 4;
const IV_LENGTH = 16;
const TAG_LENGTH = 16;
const CIPHERS: readonly BlockCipher[] = ['none', 'aes-128', 'aes-192', 'aes-256'];
/** By their number; 0 says that no keys are known. */
const ALGORITHMS: readonly SegmentHash[] = ['sha256', 'sha384', 'sha512', 'sha512-256'];

export function encodeRecord<T>(codec: Codec<T>, value: T): Uint8Array {
  const bytes = encode(codec, value);
  const record = Buffer.alloc(CHECKSUM_LENGTH + bytes.length);
  record.writeUInt32BE(crc32(bytes));
  record.set(bytes, CHECKSUM_LENGTH);
  return record;
}

/** Throws a `DecodeError` for a record that is damaged. */
export function decodeRecord<T>(codec: Codec<T>, record: Uint8Array): T {
  const bytes = record.subarray(CHECKSUM_LENGTH);
  const view = Buffer.from(record.buffer, record.byteOffset, record.length);
  if (record.length < CHECKSUM_LENGTH || view.readUInt32BE() !== crc32(bytes)) {
    throw new DecodeError(codec.name, 0, 'its checksum is wrong');
  }
  return decode(codec, bytes);
}

/** By its identifier, which is in the key. */
export function knownSegment(id: string): Codec<KnownSegment> {
  return {
    name: 'segment',
    length: ({ tags, keys }) => 18 + TAG_LENGTH * tags.length + (keys === undefined ? 0 : keysLength(keys)),
    write: (writer, { length, blockSize, created, tags, keys }) => {
      writer.u32be(length);
      writer.u32be(blockSize);
      writer.u64be(created);
      writer.u8(tags.length);
      for (const tag of tags) writer.hex(tag, TAG_LENGTH);
      writer.u8(keys === undefined ? 0 : 1 + ALGORITHMS.indexOf(keys.algorithm));
      if (keys !== undefined) writeKeys(writer, keys);
    },
    read: (reader) => {
      const [length, blockSize] = [reader.u32be('length'), reader.u32be('blockSize')];
      const created = reader.u64be('created');
      const tags = Array.from({ length: reader.u8('tags') }, () => reader.hex(TAG_LENGTH, 'tag'));
      const algorithm = reader.u8('algorithm');
      const segment = { id, length, blockSize, created, tags };
      return algorithm === 0 ? segment : { ...segment, keys: readKeys(reader, algorithm) };
    },
  };
}

function keysLength({ hashOfData, secret, blockHashes }: SegmentKeys): number {
  return 4 + hashOfData.length + secret.length + blockHashes.reduce((sum, it) => sum + 1 + (it?.length ?? 0), 0);
}

function writeKeys(writer: ByteWriter, { hashOfData, secret, blockHashes }: SegmentKeys): void {
  writeBytes(writer, hashOfData);
  writeBytes(writer, secret);
  writer.u16be(blockHashes.length);
  for (const hash of blockHashes) writeBytes(writer, hash ?? new Uint8Array());
}

function readKeys(reader: ByteReader, number: number): SegmentKeys {
  const algorithm = ALGORITHMS[number - 1] ?? reader.fail('algorithm', `${number} is none`);
  const [hashOfData, secret] = [readBytes(reader, 'hashOfData'), readBytes(reader, 'secret')];
  const blockHashes = Array.from({ length: reader.u16be('blockHashes') }, () => {
    const hash = readBytes(reader, 'blockHash');
    return hash.length === 0 ? undefined : hash;
  });
  return { algorithm, hashOfData, secret, blockHashes };
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u8(bytes.length);
  writer.bytes(bytes);
}

function readBytes(reader: ByteReader, field: string): Uint8Array {
  return Uint8Array.from(reader.bytes(reader.u8(field), field));
}

export const heldBlocks: Codec<HeldBlocks> = {
  name: 'held blocks',
  length: ({ blocks }) => [...blocks.values()].reduce((sum, { iv }) => sum + 11 + iv.length, 10),
  write: (writer, { used, blocks }) => {
    writer.u64be(BigInt(used));
    writer.u16be(blocks.size);
    for (const [index, { cipher, iv, length, checksum }] of blocks) {
      writer.u16be(index);
      writer.u8(CIPHERS.indexOf(cipher));
      writer.u32be(length);
      writer.u32be(checksum);
      writer.bytes(iv);
    }
  },
  read: (reader) => {
    const used = Number(reader.u64be('used'));
    const blocks = new Map<number, HeldBlock>();
    for (let left = reader.u16be('blocks'); left > 0; left--) {
      const index = reader.u16be('index');
      const number = reader.u8('cipher');
      const cipher = CIPHERS[number] ?? reader.fail('cipher', `${number} is none`);
      const [length, checksum] = [reader.u32be('length'), reader.u32be('checksum')];
      const iv = Uint8Array.from(reader.bytes(cipher === 'none' ? 0 : IV_LENGTH, 'iv'));
      blocks.set(index, { cipher, iv, length, checksum });
    }
    return { used, blocks };
  },
};

export const totals: Codec<Totals> = {
  name: 'totals',
  length: () => 24,
  write: (writer, { segments, blocks, bytes }) => {
    for (const count of [segments, blocks, bytes]) writer.u64be(BigInt(count));
  },
  read: (reader) => {
    const count = (field: string): number => Number(reader.u64be(field));
    return { segments: count('segments'), blocks: count('blocks'), bytes: count('bytes') };
  },
};
