import { createHash } from 'node:crypto';
import { PATH } from '#fallback/distribution/retrieval/constants';
import {
  decodeResponse,
  encodeRequest,
  headedAs,
  type RetrievalRequest,
  type RetrievalResponse,
} from '#fallback/distribution/retrieval/messages';
import { RetrievalServer } from '#fallback/distribution/retrieval/retrieval-server';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { Readings } from '#fallback/wire/readings';
import type { CacheStore, SegmentKeys } from '#lib/backend/contract/cache-store';
import type { HttpAnswer, HttpRequest } from '#lib/backend/contract/http';
import { bytes, hex } from './samples.ts';

export const BLOCK = 65_536;
const NONE = new Uint8Array();

/** A block of its own for each index. */
export function blockOf(index: number, length = BLOCK): Uint8Array {
  return new Uint8Array(length).fill(index + 1);
}

function sha256(value: Uint8Array): Uint8Array {
  return createHash('sha256').update(value).digest();
}

export const ID = hex(sha256(Buffer.from('segment')));
export const SECRET = sha256(Buffer.from('secret'));
const KEYS: SegmentKeys = { algorithm: 'sha256', hashOfData: sha256(NONE), secret: SECRET, blockHashes: [] };

/** A server over a cache in memory, asked without a network. */
export class ServerScene {
  readonly host: VirtualHost;
  readonly store: CacheStore;
  readonly server: RetrievalServer;

  private constructor(host: VirtualHost, store: CacheStore, readings: Record<string, string>, maxClients?: number) {
    this.host = host;
    this.store = store;
    this.server = new RetrievalServer({ host, readings: new Readings(readings), store, maxClients });
  }

  static async open(
    options: { readings?: Record<string, string>; maxClients?: number; store?: CacheStore } = {},
  ): Promise<ServerScene> {
    const host = new VirtualNetwork({ seed: 7 }).host();
    const store = options.store ?? (await host.awaited(host.caches.open()));
    return new ServerScene(host, store, options.readings ?? {}, options.maxClients);
  }

  /** A segment with these blocks; without keys where its blocks are as they came. */
  async hold(id: string, indexes: readonly number[], more: { keys?: false; length?: number } = {}): Promise<void> {
    const { length = 512 * BLOCK } = more;
    const keys = more.keys === false ? {} : { keys: KEYS };
    const blockSize = length > 2 * BLOCK ? BLOCK : length;
    await this.host.awaited(this.store.addSegment({ id, length, blockSize, tags: [], ...keys }));
    if (more.keys === false) return;
    for (const index of indexes) {
      await this.host.awaited(
        this.store.addBlock(id, index, { cipher: 'none', iv: NONE, bytes: blockOf(index, Math.min(blockSize, BLOCK)) }),
      );
    }
  }

  async post(body: Uint8Array, more: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
    const here = { address: '::1', port: 80 };
    const request = {
      method: 'POST',
      path: PATH,
      headers: {},
      body,
      local: here,
      remote: here,
      ended: Promise.resolve(),
    };
    return this.host.awaited(this.server.handle({ ...request, ...more }));
  }

  async ask(request: RetrievalRequest, more: Partial<HttpRequest> = {}): Promise<RetrievalResponse> {
    const { body = [] } = await this.post(encodeRequest(request), more);
    return decodeResponse(Buffer.concat(body));
  }
}

export function getBlkList(ranges: readonly (readonly [index: number, count: number])[], segmentId = ID) {
  const type = 'MSG_GETBLKLIST';
  return { type, ...headedAs(type, 1), segmentId, ranges: pairs(ranges) } as const;
}

export function getBlks(
  ranges: readonly (readonly [index: number, count: number])[],
  { segmentId = ID, cryptoAlgoId = 1 } = {},
) {
  const type = 'MSG_GETBLKS';
  return { type, ...headedAs(type, cryptoAlgoId), segmentId, ranges: pairs(ranges), vrfData: NONE } as const;
}

export function getSegList(segmentIds: readonly string[]) {
  const type = 'MSG_GETSEGLIST';
  return { type, ...headedAs(type, 1), requestId: 'ab'.repeat(16), segmentIds, blob: bytes('') } as const;
}

export function pairs(ranges: readonly (readonly [index: number, count: number])[]) {
  return ranges.map(([index, count]) => ({ index, count }));
}
