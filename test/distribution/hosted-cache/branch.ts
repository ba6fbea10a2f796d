import { readFileSync } from 'node:fs';
import {
  BLOCK_LENGTH,
  type ContentInformation1,
  describe as describeContent,
  hashForm,
  type Segment1,
  segmentHash,
  segmentId,
  segmentInformation,
} from '#fallback/distribution/content-information/index';
import type { FetchedSegment } from '#fallback/distribution/hosted-cache/client';
import {
  type BatchedOffer,
  type InitialOffer,
  type OfferMessage,
  type OfferResponse,
  offerMessage,
  offerResponse,
  PATHS,
  type SegmentInfo,
  SHA_256,
} from '#fallback/distribution/hosted-cache/messages';
import { HostedCacheServer } from '#fallback/distribution/hosted-cache/server';
import { openBlock } from '#fallback/distribution/retrieval/block-cipher';
import { RETRIEVAL_LIMITS } from '#fallback/distribution/retrieval/constants';
import { RetrievalClient } from '#fallback/distribution/retrieval/retrieval-client';
import { RetrievalServer } from '#fallback/distribution/retrieval/retrieval-server';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import type { CachedBlock, CacheStore, SegmentHash } from '#lib/backend/contract/cache-store';
import type { HostedCacheOptions } from '#lib/backend/contract/distribution-services';
import type { Host, SocketAddress } from '#lib/backend/contract/host';
import type { HttpAnswer, HttpReply, HttpRequest } from '#lib/backend/contract/http';
import { SECRET_KEY } from '../content-information/samples.ts';

export const READINGS = new Readings();
export const TAG = Buffer.from('WebIO'.padEnd(16, '\0'));

const pem = (name: string): string => readFileSync(new URL(`../../runtime/tls/${name}.pem`, import.meta.url), 'utf8');
/** Of a hosted cache that is called `cache.example`. */
export const CERTIFICATE = { certificate: pem('server'), privateKey: pem('server-key') };
export const TRUST = { roots: pem('root'), serverName: 'cache.example' };

/** Distinct bytes, which follow from a number. */
function contentOf(length: number, number = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (number * 131 + at * 7 + (at >> 8) * 13) & 0xff);
}

/** One segment of a content, with what its content information says of it. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly blocks: readonly Uint8Array[];
  readonly id: string;
  readonly algorithm: SegmentHash;
  readonly blockSize: number;
  readonly hashOfData: Uint8Array;
  readonly secret: Uint8Array;
  readonly blockHashes: readonly Uint8Array[];
  readonly fetched: FetchedSegment;
}

/** A content of one segment in blocks of 64 KB. */
export function sample1(length: number, number = 1, algorithm: Exclude<SegmentHash, 'sha512-256'> = 'sha256'): Sample {
  const bytes = contentOf(length, number);
  const count = Math.ceil(length / BLOCK_LENGTH);
  const blocks = Array.from({ length: count }, (_, n) => bytes.subarray(n * BLOCK_LENGTH, (n + 1) * BLOCK_LENGTH));
  const blockHashes = blocks.map((it) => segmentHash(algorithm, it));
  const list = Buffer.concat(blockHashes);
  const hashed = { offset: 0n, length, hashOfData: segmentHash(algorithm, list), blockHashes: new Uint8Array(list) };
  const information = describeContent(
    { algorithm, length: BigInt(length), segments: [hashed] },
    SECRET_KEY,
    READINGS,
  ) as ContentInformation1;
  const segment = information.segments[0] as Segment1;
  const id = segmentId(information, segment);
  const about = { id, contentTag: TAG, algorithm, length, blockSize: BLOCK_LENGTH };
  return {
    ...{ bytes, blocks, algorithm, blockHashes, blockSize: BLOCK_LENGTH },
    ...{ id: hexOf(id), hashOfData: segment.hashOfData, secret: segment.secret },
    fetched: { ...about, information: { algorithm, rangeOffset: 0, segment } },
  };
}

/** A segment of version 2. */
export function sample2(length: number, number = 1): Sample {
  const bytes = contentOf(length, number);
  const algorithm = 'sha512-256';
  const hashed = { offset: 0n, length, hashOfData: segmentHash(algorithm, bytes), blockHashes: new Uint8Array() };
  const information = describeContent({ algorithm, length: BigInt(length), segments: [hashed] }, SECRET_KEY, READINGS);
  const { hashOfData, secret } = information.segments[0] as Segment1;
  const id = segmentId(information, { hashOfData, secret });
  return {
    ...{ bytes, blocks: [bytes], algorithm, blockHashes: [], blockSize: length, id: hexOf(id), hashOfData, secret },
    fetched: { id, contentTag: TAG, algorithm, length, blockSize: length },
  };
}

/** Puts a segment, or some of its blocks, into a cache, as one that has checked it. */
export async function hold(store: CacheStore, sample: Sample, indexes = sample.blocks.keys()): Promise<void> {
  const { algorithm, hashOfData, secret, blockHashes, id, blockSize } = sample;
  const keys = { algorithm, hashOfData, secret, blockHashes };
  await store.addSegment({ id, length: sample.bytes.length, blockSize, tags: [], keys });
  for (const index of indexes) {
    const bytes = sample.blocks[index] as Uint8Array;
    await store.addBlock(id, index, { cipher: 'none', iv: new Uint8Array(), bytes });
  }
}

/** A client of the branch: its cache, and its retrieval server. */
export class Client {
  readonly host: Host;
  readonly store: CacheStore;
  readonly port: number;
  /** What is asked of its retrieval server. */
  readonly asked: HttpRequest[];
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer>;

  static async on(
    host: Host,
    options: { readonly port?: number; readonly answer?: Client['answer'] } = {},
  ): Promise<Client> {
    const store = await host.caches.open({ folder: 'client' });
    const retrieval = new RetrievalServer({ host, readings: READINGS, store });
    const asked: HttpRequest[] = [];
    const answer = options.answer ?? ((request: HttpRequest) => retrieval.handle(request));
    const ports = await Promise.all(
      ['0.0.0.0', '::'].map(async (address) => {
        const local = { address, port: options.port ?? 8080 };
        const limits = { ...RETRIEVAL_LIMITS, maxConnections: 64 };
        const listener = await host.http.serve(local, limits, async (request) => {
          asked.push(request);
          return answer(request);
        });
        return listener.local.port;
      }),
    );
    return new Client(host, store, ports[0] as number, asked, answer);
  }

  private constructor(host: Host, store: CacheStore, port: number, asked: HttpRequest[], answer: Client['answer']) {
    this.answer = answer;
    this.host = host;
    this.store = store;
    this.port = port;
    this.asked = asked;
  }
}

/** A hosted cache for HTTP and HTTPS. */
export class Branch {
  readonly host: VirtualHost;
  readonly cache: HostedCacheServer;
  readonly store: CacheStore;
  readonly address: string;

  static async open(
    host: VirtualHost,
    options: Partial<HostedCacheOptions> & { readonly readings?: Readings; readonly limit?: number } = {},
  ): Promise<Branch> {
    const { readings = READINGS, limit, ...more } = options;
    const store = await host.caches.open({ folder: 'hosted', ...(limit === undefined ? {} : { limit }) });
    const https = { listen: [{ address: '0.0.0.0', port: 443 }], ...CERTIFICATE };
    const cache = await HostedCacheServer.start({ host, readings }, store, { https, ...more });
    return new Branch(host, cache, store);
  }

  private constructor(host: VirtualHost, cache: HostedCacheServer, store: CacheStore) {
    this.host = host;
    this.cache = cache;
    this.store = store;
    this.address = host.interfaces.list()[1]?.addresses[2] as string;
  }

  /** Where a client reaches it: by HTTPS in version 1, by HTTP in version 2. */
  server(version: 1 | 2): SocketAddress & { tls?: typeof TRUST } {
    return version === 1 ? { address: this.address, port: 443, tls: TRUST } : { address: this.address, port: 80 };
  }

  async post(
    from: Host,
    version: 1 | 2,
    body: OfferMessage | Uint8Array,
    more: { readonly path?: string; readonly method?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<HttpReply> {
    const bytes = body instanceof Uint8Array ? body : encode(offerMessage(READINGS), body);
    const call = { method: 'POST', path: PATHS[version], body: bytes, maxBody: 1000, ...more };
    return from.awaited(from.http.exchange(this.server(version), call));
  }

  async offer(from: Host, message: OfferMessage): Promise<OfferResponse> {
    const { status, body } = await this.post(from, message.type === 'BATCHED_OFFER' ? 2 : 1, message);
    if (status !== 200) throw new Error(`HTTP status ${status}`);
    return decode(offerResponse(READINGS), body);
  }

  /** The block as whoever has the content information gets it from the hosted cache; undefined where it is not there. */
  async read(from: Host, sample: Sample, index = 0): Promise<Uint8Array | undefined> {
    const block = await this.readSealed(from, sample, index);
    return block && openBlock(block, sample.secret, (sample.blocks[index] as Uint8Array).length);
  }

  readSealed(from: Host, sample: Sample, index = 0): Promise<CachedBlock | undefined> {
    const client = new RetrievalClient({ host: from, readings: READINGS });
    return from.awaited(client.block(this.server(2), Buffer.from(sample.id, 'hex'), index));
  }

  /** What is counted under a name. */
  counts(name: 'offers' | 'dropped' | 'pulls' | 'tags' | 'held'): Record<string, number> {
    return (this.cache.stats() as Record<string, Record<string, number>>)[name] ?? {};
  }
}

/** As if no more were known of its hashes. */
export function partOf(sample: Sample, blocks: number): Sample {
  const { length } = hashForm(sample.algorithm);
  return withList(sample, Buffer.concat(sample.blockHashes).subarray(0, blocks * length));
}

/** With another list of hashes in its content information. */
export function withList(sample: Sample, blockHashes: Uint8Array): Sample {
  return withSegment(sample, { blockHashes: new Uint8Array(blockHashes) });
}

/** With another length in its content information. */
export function withLength(sample: Sample, length: number): Sample {
  return withSegment(sample, { length });
}

/** The hashes of what it has. */
export function falseList({ algorithm, blocks }: Sample): Uint8Array {
  return Buffer.concat(
    blocks.map((it) =>
      segmentHash(
        algorithm,
        it.map((byte) => byte ^ 0x55),
      ),
    ),
  );
}

function withSegment(sample: Sample, more: Partial<Segment1>): Sample {
  const { information } = sample.fetched;
  if (information === undefined) throw new Error('it is of version 2');
  const segment = { ...information.segment, ...more };
  return { ...sample, fetched: { ...sample.fetched, information: { ...information, segment } } };
}

export function initialOffer({ fetched }: Sample, port: number): InitialOffer {
  return { type: 'INITIAL_OFFER', port, segmentId: fetched.id };
}

export function segmentInfo({ fetched }: Sample, port: number): SegmentInfo {
  if (fetched.information === undefined) throw new Error('it is of version 2');
  const contentInformation = encode(segmentInformation(READINGS), fetched.information);
  return { type: 'SEGMENT_INFO', port, contentTag: TAG, contentInformation };
}

export function batchedOffer(samples: readonly Sample[], port: number): BatchedOffer {
  const segments = samples.map(({ fetched, bytes, algorithm }) => ({
    blockSize: fetched.blockSize,
    segmentSize: bytes.length,
    contentTag: TAG,
    hashAlgorithm: algorithm === 'sha512-256' ? 4 : SHA_256,
    segmentId: fetched.id,
  }));
  return { type: 'BATCHED_OFFER', port, segments };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
