import type { CachedBlock, CachedSegment, CacheStore, NewSegment } from '../../../lib/backend/contract/cache-store.js';
import type { Clock } from '../../../lib/backend/contract/host.js';
import type { HttpRemote } from '../../../lib/backend/contract/http.js';
import type { Readings } from '../../wire/readings.js';
import { segmentHash } from '../content-information/index.js';
import { openBlock } from '../retrieval/block-cipher.js';
import { rangesOf } from '../retrieval/block-ranges.js';
import type { RetrievalClient } from '../retrieval/retrieval-client.js';
import { Limit, Time } from './bounds.js';
import {
  blockCount,
  blockLength,
  contradicts,
  expectedHash,
  isSettled,
  isWhole,
  withoutBlocks,
} from './offered-segment.js';

export interface PullPorts {
  readonly clock: Clock;
  readonly retrieval: Pick<RetrievalClient, 'blockList' | 'block'>;
  readonly store: CacheStore;
  readonly readings: Readings;
}

export interface PullResult {
  /** Of all that was missing, where something was; what came was not right, or not kept; or the offerer failed. */
  readonly outcome: 'here already' | 'complete' | 'partial' | 'wrong block' | 'not kept' | 'failed';
  readonly blocks: number;
  readonly bytes: number;
  readonly error?: unknown;
}

/** Fewer in a row are asked for at once. [MS-PCCRR] 3.1.4.3, note 10 */
const LISTED_FROM = 4;

/**
 * Fetches what is missing of a segment from who has offered it. What can be checked is; what a batched offer named is
 * kept as it came, encrypted under a key that only those know who may read it. [MS-PCHC] 3.1.5
 */
export class SegmentPull {
  readonly #ports: PullPorts;
  readonly #server: HttpRemote;
  readonly #offered: NewSegment;
  readonly #abort: AbortController;
  #blocks = 0;
  #bytes = 0;
  #stopped: 'wrong block' | 'not kept' | undefined;

  /** `abort`: ends it, from outside too. */
  constructor(ports: PullPorts, server: HttpRemote, offered: NewSegment, abort: AbortController) {
    this.#ports = ports;
    this.#server = server;
    this.#offered = offered;
    this.#abort = abort;
  }

  /** Never rejects. */
  async run(): Promise<PullResult> {
    const timer = this.#ports.clock.after(Time.PULL_MS, () => this.#abort.abort(new Error('it takes too long')));
    try {
      const segment = await this.#admit();
      const missing = missingBlocks(segment);
      if (missing.length === 0) return this.#result('here already');
      const there = await this.#list(segment, missing);
      await this.#fetch(segment, there);
      return this.#result(this.#stopped ?? (this.#blocks === missing.length ? 'complete' : 'partial'));
    } catch (error) {
      return { ...this.#result('failed'), error };
    } finally {
      timer.cancel();
    }
  }

  #result(outcome: PullResult['outcome']): PullResult {
    return { outcome, blocks: this.#blocks, bytes: this.#bytes };
  }

  /** What is known of the segment, along with what the offer adds; nothing is written of one that has no block yet. */
  async #admit(): Promise<CachedSegment> {
    const { store, clock } = this.#ports;
    const offered = this.#offered;
    const fresh: CachedSegment = { ...offered, created: clock.filetime(), blocks: [] };
    const known = await store.segment(offered.id);
    if (known === undefined) return fresh;
    const { keys, tags } = offered;
    if (keys !== undefined && contradicts(known, offered)) {
      // Whoever lied first must not keep others from telling the truth; nor may a lie cost what has proved right.
      if (isSettled(known) || !isWhole(offered)) {
        await store.addSegment({ ...withoutBlocks(known), tags });
        return known;
      }
      await store.removeSegment(offered.id);
      return fresh;
    }
    if (known.keys === undefined && keys !== undefined) await this.#check(known);
    await store.addSegment(keys === undefined ? { ...withoutBlocks(known), tags } : offered);
    return (await store.segment(offered.id)) ?? fresh;
  }

  /** What came unchecked, now that it can be. */
  async #check({ id, blocks }: CachedSegment): Promise<void> {
    const { store } = this.#ports;
    for (const index of blocks) {
      const block = await store.block(id, index);
      if (block !== undefined && this.#checked(this.#offered, index, block) === undefined) {
        await store.removeBlock(id, index);
      }
    }
  }

  async #list({ id }: NewSegment, missing: readonly number[]): Promise<readonly number[]> {
    if (missing.length < LISTED_FROM) return missing;
    const { retrieval } = this.#ports;
    const ranges = await retrieval.blockList(this.#server, bytesOf(id), rangesOf(missing), this.#abort.signal);
    return missing.filter((it) => ranges.some(({ index, count }) => it >= index && it < index + count));
  }

  async #fetch(segment: CachedSegment, indexes: readonly number[]): Promise<void> {
    const left = indexes.values();
    const fetchAll = async (): Promise<void> => {
      for (const index of left) {
        if (this.#stopped !== undefined) return;
        await this.#fetchBlock(segment, index);
      }
    };
    try {
      await Promise.all(Array.from({ length: Limit.BLOCKS }, fetchAll));
    } catch (error) {
      // So that the others end too.
      this.#abort.abort(error);
      throw error;
    }
  }

  async #fetchBlock(segment: CachedSegment, index: number): Promise<void> {
    const { retrieval, store } = this.#ports;
    const received = await retrieval.block(this.#server, bytesOf(segment.id), index, this.#abort.signal);
    if (received === undefined || this.#stopped !== undefined) return;
    const block = this.#checked(segment, index, received);
    if (block === undefined) {
      this.#stopped = 'wrong block';
      return;
    }
    if (this.#blocks === 0) await store.addSegment(withoutBlocks(segment));
    if (!(await store.addBlock(segment.id, index, block))) {
      this.#stopped = 'not kept';
      return;
    }
    this.#blocks += 1;
    this.#bytes += received.bytes.length;
  }

  /** The block as it is kept; undefined for one that is not right. */
  #checked(segment: NewSegment, index: number, received: CachedBlock): CachedBlock | undefined {
    const { keys } = segment;
    const length = blockLength(segment, index);
    // UNCONFIRMED: distribution.hosted-cache-data
    const isKept = keys === undefined || this.#ports.readings.get('distribution.hosted-cache-data') === 'verbatim';
    if (isKept) return hasLength(received, length) ? received : undefined;
    const bytes = openBlock(received, keys.secret, length);
    const expected = expectedHash(segment, index);
    if (bytes === undefined || expected === undefined) return undefined;
    if (Buffer.compare(segmentHash(keys.algorithm, bytes), expected) !== 0) return undefined;
    return { cipher: 'none', iv: new Uint8Array(), bytes };
  }
}

/** Without those whose hash is not known yet. */
function missingBlocks(segment: CachedSegment): number[] {
  return Array.from({ length: blockCount(segment) }, (_, index) => index).filter(
    (index) =>
      !segment.blocks.includes(index) && (segment.keys === undefined || expectedHash(segment, index) !== undefined),
  );
}

/** What the cipher makes of a block of that length: all that can be told without its key. */
function hasLength({ cipher, bytes }: CachedBlock, length: number): boolean {
  if (cipher === 'none') return bytes.length === length;
  return bytes.length % 16 === 0 && bytes.length >= length && bytes.length <= length + 16;
}

function bytesOf(id: string): Uint8Array {
  return Buffer.from(id, 'hex');
}
