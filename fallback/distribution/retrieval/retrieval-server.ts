import type { CachedSegment, CacheStore } from '../../../lib/backend/contract/cache-store.js';
import type { Host, SocketAddress } from '../../../lib/backend/contract/host.js';
import type { HttpAnswer, HttpRequest } from '../../../lib/backend/contract/http.js';
import { ByteReader } from '../../wire/byte-reader.js';
import { decode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';
import type { Readings } from '../../wire/readings.js';
import { isPath } from '../http-path.js';
import { AES_BLOCK, cipherOf, cryptoAlgoId, sealBlock } from './block-cipher.js';
import { type BlockRange, intersection, rangesOf, selected } from './block-ranges.js';
import { IV_LENGTH, Limit, MAX_MAJOR, MessageType, MIN_MAJOR, PATH } from './constants.js';
import { encodeAges } from './extensible-blob.js';
import { messageHeader, type Version } from './header.js';
import { Log } from './log.js';
import {
  encodeResponse,
  headedAs,
  isRequest,
  type RetrievalRequest,
  type RetrievalResponse,
  retrievalMessage,
  versionOf,
} from './messages.js';
import type { GetBlkList, GetBlks, GetSegList, NegoReq } from './requests.js';
import type { Blk, BlkList, NegoResp, SegList } from './responses.js';

interface RetrievalServerOptions {
  readonly host: Pick<Host, 'clock' | 'random' | 'trace'>;
  readonly readings: Readings;
  /** Whose blocks are right, or were taken over as they came. */
  readonly store: CacheStore;
  /** Requests that are worked on at once; 64 unless given. 3.2.1 */
  readonly maxClients?: number | undefined;
}

type StoreRequest = Exclude<RetrievalRequest, NegoReq>;

/**
 * The server of [MS-PCCRR] 3.2: gives the blocks of a cache to whoever asks, encrypted. It stands behind an HTTP listener,
 * whose limits on time and size it counts on: `RETRIEVAL_LIMITS`.
 */
export class RetrievalServer {
  readonly #host: Pick<Host, 'clock' | 'random' | 'trace'>;
  readonly #readings: Readings;
  readonly #store: CacheStore;
  readonly #maxClients: number;
  readonly #log: Log;
  /** Active Client Count. 3.2.1 */
  #clients = 0;
  #bytes = 0;
  /** For what is sealed: the longest is a segment of version 2. */
  readonly #room = new Uint8Array(Limit.BLOCK + AES_BLOCK);

  constructor({ host, readings, store, maxClients = Limit.CLIENTS }: RetrievalServerOptions) {
    this.#host = host;
    this.#readings = readings;
    this.#store = store;
    this.#maxClients = maxClients;
    this.#log = new Log(host.trace);
  }

  /** What is discarded silently has no message in its answer, yet HTTP must have one. */
  async handle({ method, path, body, remote, ended }: HttpRequest): Promise<HttpAnswer> {
    if (!isPath(path, PATH)) return { status: 404 };
    if (method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const request = this.#read(body, remote);
    if (request === undefined) return { status: 400 };
    const response = request.type === 'MSG_NEGO_RESP' ? request : await this.#respond(request, remote, ended);
    this.#log.sent(response, remote);
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: encodeResponse(response) };
  }

  stats(): object {
    return { ...this.#log.snapshot(), bytes: this.#bytes, held: { clients: this.#clients } };
  }

  /** The request; or already the answer to it, where that is about versions; nothing for what is dropped. 3.2.5 */
  #read(body: Uint8Array, from: SocketAddress): RetrievalRequest | NegoResp | undefined {
    try {
      const { version, type, size } = messageHeader.read(new ByteReader(body));
      if (size !== body.length) throw new DecodeError('MsgSize', 8, `is ${size} of ${body.length} bytes`);
      if (version.major < MIN_MAJOR || version.major > MAX_MAJOR) return this.#refuseVersion(version, type, from);
      const request = decode(retrievalMessage, body);
      if (!isRequest(request)) return this.#drop('response', from, request.type);
      // UNCONFIRMED: distribution.type-version
      const strict = this.#readings.get('distribution.type-version') === 'dropped';
      if (strict && version.major !== versionOf(request.type).major) return this.#drop('version', from, request.type);
      // UNCONFIRMED: distribution.unknown-cipher
      const known = cipherOf(request.cryptoAlgoId) !== undefined;
      if (!known && this.#readings.get('distribution.unknown-cipher') === 'dropped') {
        return this.#drop('unknown cipher', from, String(request.cryptoAlgoId));
      }
      this.#log.received(request, from);
      return request;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#drop('syntax', from, error.message);
    }
  }

  #refuseVersion({ major, minor }: Version, type: number, from: SocketAddress): NegoResp | undefined {
    this.#drop('version', from, `${major}.${minor}`);
    // UNCONFIRMED: distribution.negotiation-version
    const silent = this.#readings.get('distribution.negotiation-version') === 'dropped';
    return silent && type === MessageType.MSG_NEGO_REQ ? undefined : negotiation();
  }

  async #respond(request: RetrievalRequest, from: SocketAddress, ended: Promise<void>): Promise<RetrievalResponse> {
    if (request.type === 'MSG_NEGO_REQ') return negotiation();
    if (this.#clients >= this.#maxClients) {
      this.#drop('clients', from);
      return nothing(request);
    }
    this.#clients += 1;
    void ended.then(() => {
      this.#clients -= 1;
    });
    try {
      return await this.#serve(request);
    } catch (error) {
      this.#log.failed(error);
      return nothing(request);
    }
  }

  async #serve(request: StoreRequest): Promise<RetrievalResponse> {
    if (request.type === 'MSG_GETSEGLIST') return this.#listSegments(request);
    const segment = await this.#store.segment(request.segmentId);
    if (segment === undefined) return nothing(request);
    return request.type === 'MSG_GETBLKLIST' ? this.#listBlocks(request, segment) : this.#block(request, segment);
  }

  /** 3.2.5.2 */
  #listBlocks(request: GetBlkList, { blocks }: CachedSegment): BlkList {
    const wanted = selected(request.ranges, Limit.BLOCKS);
    const reported = intersection(blocks, wanted);
    // UNCONFIRMED: distribution.next-block
    const last = this.#readings.get('distribution.next-block') === 'after-reported' ? reported.at(-1) : wanted.at(-1);
    const nextBlockIndex = last === undefined ? 0 : nextBlock(blocks, last);
    return { ...emptyList(request), ranges: rangesOf(reported), nextBlockIndex };
  }

  /** 3.2.5.3 */
  async #block(request: GetBlks, { id, blocks, keys }: CachedSegment): Promise<Blk> {
    const empty = emptyBlock(request);
    const answer = { ...empty, nextBlockIndex: nextBlock(blocks, empty.blockIndex) };
    if (!request.ranges.some(({ count }) => count > 0)) return answer;
    const found = await this.#store.block(id, empty.blockIndex);
    if (found === undefined) return answer;
    // What is here without its keys goes out as it came in.
    const sealed =
      found.cipher === 'none' && keys !== undefined ? this.#seal(request, found.bytes, keys.secret) : found;
    this.#bytes += sealed.bytes.length;
    return { ...answer, cryptoAlgoId: cryptoAlgoId(sealed.cipher), block: sealed.bytes, iv: sealed.iv };
  }

  /** Never plain; and the key is that of all blocks, so that each needs an IV of its own. 5.1 */
  #seal({ cryptoAlgoId: preferred }: GetBlks, bytes: Uint8Array, secret: Uint8Array) {
    const cipher = cipherOf(preferred) ?? 'none';
    const iv = this.#host.random.bytes(IV_LENGTH);
    return sealBlock(bytes, secret, cipher === 'none' ? 'aes-128' : cipher, iv, this.#readings, this.#room);
  }

  /** 3.2.5.4 */
  async #listSegments(request: GetSegList): Promise<SegList> {
    const segments = await Promise.all(request.segmentIds.map((id) => this.#store.segment(id)));
    const held = segments.flatMap((segment, index) =>
      segment !== undefined && segment.blocks.length > 0 ? [{ index, created: segment.created }] : [],
    );
    const ranges = rangesOf(held.map(({ index }) => index));
    return { ...noSegments(request), ranges, blob: encodeAges(held, this.#host.clock.filetime()) };
  }

  #drop(reason: string, from: SocketAddress, detail?: string): undefined {
    this.#log.dropped(reason, from, detail);
  }
}

function nextBlock(rising: readonly number[], after: number): number {
  return rising.find((index) => index > after) ?? 0;
}

/** 3.2.5.1 */
function negotiation(): NegoResp {
  const [min, max] = [MIN_MAJOR, MAX_MAJOR].map((major) => ({ major, minor: 0 })) as [Version, Version];
  return { type: 'MSG_NEGO_RESP', ...headedAs('MSG_NEGO_RESP'), min, max };
}

/** What is told when nothing is there, and when too many ask. */
function nothing(request: StoreRequest): RetrievalResponse {
  switch (request.type) {
    case 'MSG_GETBLKLIST':
      return emptyList(request);
    case 'MSG_GETBLKS':
      return emptyBlock(request);
    case 'MSG_GETSEGLIST':
      return noSegments(request);
  }
}

function emptyList({ segmentId }: GetBlkList): BlkList {
  return { type: 'MSG_BLKLIST', ...headedAs('MSG_BLKLIST'), segmentId, ranges: [], nextBlockIndex: 0 };
}

function emptyBlock({ segmentId, ranges }: GetBlks): Blk {
  const none = new Uint8Array();
  const fields = { blockIndex: smallest(ranges), nextBlockIndex: 0, block: none, vrfBlock: none, iv: none };
  return { type: 'MSG_BLK', ...headedAs('MSG_BLK'), segmentId, ...fields };
}

/** Of the blocks asked for; where none are, the smallest that is named. */
function smallest(ranges: readonly BlockRange[]): number {
  const some = ranges.filter(({ count }) => count > 0);
  const named = some.length > 0 ? some : ranges;
  return named.reduce((least, { index }) => Math.min(least, index), named[0]?.index ?? 0);
}

function noSegments({ requestId }: GetSegList): SegList {
  return { type: 'MSG_SEGLIST', ...headedAs('MSG_SEGLIST'), requestId, ranges: [], blob: encodeAges([], 0n) };
}
