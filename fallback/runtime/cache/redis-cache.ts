import type {
  BlockCipher,
  CachedBlock,
  CachedSegment,
  CacheStore,
  CacheUsage,
  NewSegment,
} from '../../../lib/backend/contract/cache-store.js';
import { filetimeFromDate } from '../../wire/filetime.js';
import { blockCost, blockCount, isBlock, isSegment, segmentCost } from './bounds.js';
import { decodeRecord, encodeRecord, type KnownSegment, knownSegment } from './index-records.js';
import {
  ADD_BLOCK,
  FLUSH,
  GET_BLOCK,
  GET_SEGMENT,
  PUT_SEGMENT,
  REMOVE_BLOCK,
  REMOVE_OLDEST,
  REMOVE_SEGMENT,
  SET_LIMIT,
  TOTALS,
} from './redis-scripts.js';
import { RedisServer } from './redis-server.js';
import { copySegment, merge } from './segments.js';

/** Segments that go in one step; nobody else is answered meanwhile. */
const REMOVED_TOGETHER = 16;
/** How often others may learn of a segment in between. */
const ATTEMPTS = 16;

const CIPHERS: readonly BlockCipher[] = ['none', 'aes-128', 'aes-192', 'aes-256'];
const IV_LENGTH = 16;

/** What the server has of a segment. */
interface Found {
  readonly known: KnownSegment;
  /** What is known without tags, and these. */
  readonly record: Uint8Array;
  readonly tags: string;
  readonly blocks: readonly number[];
}

/** A cache in a Redis server, which several hosted caches share. Rejects what fails. */
export class RedisCache implements CacheStore {
  readonly #server: RedisServer;

  private constructor(server: RedisServer) {
    this.#server = server;
  }

  static async open(address: string, limit: number | undefined): Promise<RedisCache> {
    const greet = async (server: RedisServer) => limit !== undefined && server.run(SET_LIMIT, limit);
    return new RedisCache(await RedisServer.open(address, greet));
  }

  async segment(id: string): Promise<CachedSegment | undefined> {
    const found = await this.#find(id);
    return found && { ...found.known, blocks: [...found.blocks].sort((a, b) => a - b) };
  }

  async addSegment(added: NewSegment): Promise<void> {
    if (!isSegment(added)) return;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#find(added.id);
      const before = found?.known ?? { ...copySegment(added), created: filetimeFromDate(new Date()), tags: [] };
      const after = merge(before, added);
      const had = [found?.record ?? '', found?.tags ?? ''];
      const now = [encodeRecord(knownSegment(added.id), { ...after, tags: [] }), after.tags.join(',')];
      const [count, cost] = [blockCount(after), segmentCost(after)];
      if (Number(await this.#server.run(PUT_SEGMENT, added.id, ...had, ...now, count, cost)) >= 0) return;
    }
    throw new Error('too many learn of one segment at once');
  }

  async block(id: string, index: number): Promise<CachedBlock | undefined> {
    const value = await this.#server.run(GET_BLOCK, id, index);
    return value instanceof Uint8Array ? readBlock(value) : undefined;
  }

  async addBlock(id: string, index: number, block: CachedBlock): Promise<boolean> {
    if (!isBlock(block) || !Number.isInteger(index) || index < 0) return false;
    const cost = blockCost(block.bytes.length);
    return Number(await this.#server.run(ADD_BLOCK, id, index, writeBlock(block, cost), cost)) === 1;
  }

  async removeBlock(id: string, index: number): Promise<void> {
    await this.#server.run(REMOVE_BLOCK, id, index);
  }

  async removeSegment(id: string): Promise<void> {
    await this.#server.run(REMOVE_SEGMENT, id);
  }

  async flush(tag: string): Promise<number> {
    for (let freed = 0; ; ) {
      const [segments, bytes] = (await this.#server.run(FLUSH, tag, REMOVED_TOGETHER)) as [unknown, unknown];
      if (Number(segments) === 0) return freed;
      freed += Number(bytes);
    }
  }

  /** What was there when it was called; others may add more meanwhile. */
  async clear(): Promise<void> {
    for (let { segments: left } = await this.usage(); left > 0; ) {
      const removed = Number(await this.#server.run(REMOVE_OLDEST, Math.min(left, REMOVED_TOGETHER)));
      left = removed === 0 ? 0 : left - removed;
    }
  }

  async usage(): Promise<CacheUsage> {
    const found = (await this.#server.run(TOTALS)) as readonly unknown[];
    const [segments = 0, blocks = 0, bytes = 0, limit = 0] = found.map(Number);
    return { segments, blocks, bytes, limit };
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #find(id: string): Promise<Found | undefined> {
    const found = await this.#server.run(GET_SEGMENT, id);
    if (!Array.isArray(found)) return undefined;
    const [record, tagged, indexes] = found as [Uint8Array, Uint8Array, readonly Uint8Array[]];
    const tags = text(tagged);
    const known = { ...decodeRecord(knownSegment(id), record), tags: tags === '' ? [] : tags.split(',') };
    return { known, record, tags, blocks: indexes.map((index) => Number(text(index))) };
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Cost (u32, big-endian), cipher, initialization vector, bytes. */
function writeBlock({ cipher, iv, bytes }: CachedBlock, cost: number): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(cost);
  head[4] = CIPHERS.indexOf(cipher);
  return Buffer.concat([head, iv, bytes]);
}

function readBlock(value: Uint8Array): CachedBlock | undefined {
  const cipher = CIPHERS[value[4] ?? -1];
  if (cipher === undefined) return undefined;
  const start = 5 + (cipher === 'none' ? 0 : IV_LENGTH);
  return { cipher, iv: Uint8Array.from(value.subarray(5, start)), bytes: Uint8Array.from(value.subarray(start)) };
}
