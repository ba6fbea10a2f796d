import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { OfferOutcome } from '../../../lib/backend/contract/distribution-trace.js';
import type { Host, Timer } from '../../../lib/backend/contract/host.js';
import type { HttpRemote, HttpReply } from '../../../lib/backend/contract/http.js';
import { decode, encode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';
import type { Readings } from '../../wire/readings.js';
import { hashForm, type SegmentInformation, segmentInformation } from '../content-information/index.js';
import { ClientLimit, ClientTime } from './bounds.js';
import { OfferClientLog } from './client-log.js';
import {
  type OfferedSegment,
  type OfferMessage,
  type OfferResponse,
  offerMessage,
  offerResponse,
  PATHS,
  SEGMENTS_PER_OFFER,
  SHA_256,
} from './messages.js';
import { TickTimer } from './tick-timer.js';

export interface HostedCacheClientOptions {
  readonly host: Pick<Host, 'clock' | 'http' | 'trace'>;
  readonly readings: Readings;
  /** With TLS it is offered segments in version 1, plainly in version 2. [MS-PCHC] 2.1 */
  readonly server: HttpRemote;
  /** Where this node's retrieval server listens: the hosted cache fetches from there. */
  readonly port: number;
}

/** A segment with blocks from the content server. */
export interface FetchedSegment {
  /** HoHoDk. */
  readonly id: Uint8Array;
  /** 16 bytes. */
  readonly contentTag: Uint8Array;
  readonly algorithm: SegmentHash;
  readonly length: number;
  readonly blockSize: number;
  /** What the content information says of it, where that is of version 1. */
  readonly information?: SegmentInformation;
}

/** A length of the answers that no hosted cache has. */
const MAX_REPLY = 1024;
/** [MS-PCHC] 3.2.4, note 9: segments are offered each time that a further fifth of their blocks is new. */
const SHARES = 5;

/** Offers a hosted cache what came from content servers. [MS-PCHC] 3.2 */
export class HostedCacheClient {
  readonly #options: HostedCacheClientOptions;
  readonly #version: 1 | 2;
  readonly #log: OfferClientLog;
  readonly #ticks: TickTimer;
  /** Blocks that came from content servers, of segments that lack some; the least recently used first. */
  readonly #fetched = new Map<string, number>();
  /** Of version 2, for the next offer. */
  #batch: OfferedSegment[] = [];
  #batchTimer: Timer | undefined;
  #closed = false;

  constructor(options: HostedCacheClientOptions) {
    this.#options = options;
    this.#version = options.server.tls === undefined ? 2 : 1;
    this.#log = new OfferClientLog(options.host.trace, options.server);
    this.#ticks = new TickTimer(options.host.clock);
  }

  /** So many more blocks of a segment are here, which came from the content server, and can be fetched from this node. */
  fetched(segment: FetchedSegment, blocks: number): void {
    if (this.#closed) return;
    const name = Buffer.from(segment.id).toString('hex');
    const all = Math.ceil(segment.length / segment.blockSize);
    const before = this.#fetched.get(name) ?? 0;
    const now = Math.min(all, before + blocks);
    this.#fetched.delete(name);
    if (now < all) this.#fetched.set(name, now);
    for (const oldest of this.#fetched.keys()) {
      if (this.#fetched.size <= ClientLimit.SEGMENTS) break;
      this.#fetched.delete(oldest);
    }
    if (Math.floor((SHARES * now) / all) > Math.floor((SHARES * before) / all)) this.#offer(segment);
  }

  /** Whether nothing waits to be offered or answered. */
  get isIdle(): boolean {
    return this.#batch.length === 0 && this.#ticks.pending === 0;
  }

  stats(): object {
    return { ...this.#log.snapshot(), held: { requests: this.#ticks.pending, segments: this.#fetched.size } };
  }

  /** Nothing is offered any more. */
  close(): void {
    this.#closed = true;
    this.#batchTimer?.cancel();
    this.#batch = [];
    this.#ticks.close();
  }

  /** What a version has no form for is not offered. */
  #offer(segment: FetchedSegment): void {
    const { version, id } = hashForm(segment.algorithm);
    if (this.#version === 1) {
      if (segment.information !== undefined) void this.#offerOne(segment, segment.information);
      return;
    }
    if (version === 1 && segment.algorithm !== 'sha256') return;
    const { length: segmentSize, blockSize, contentTag, id: segmentId } = segment;
    this.#batch.push({ blockSize, segmentSize, contentTag, hashAlgorithm: version === 1 ? SHA_256 : id, segmentId });
    if (this.#batch.length >= SEGMENTS_PER_OFFER) return this.#offerBatch();
    this.#batchTimer ??= this.#options.host.clock.after(ClientTime.BATCH_MS, () => this.#offerBatch());
  }

  #offerBatch(): void {
    this.#batchTimer?.cancel();
    this.#batchTimer = undefined;
    const segments = this.#batch;
    this.#batch = [];
    void this.#send({ type: 'BATCHED_OFFER', port: this.#options.port, segments });
  }

  /** [MS-PCHC] 3.2.5.1 */
  async #offerOne({ id, contentTag }: FetchedSegment, information: SegmentInformation): Promise<void> {
    const { port, readings } = this.#options;
    const answer = await this.#send({ type: 'INITIAL_OFFER', port, segmentId: id });
    if (answer !== 'INTERESTED') return;
    const contentInformation = encode(segmentInformation(readings), information);
    await this.#send({ type: 'SEGMENT_INFO', port, contentTag, contentInformation });
  }

  /** The answer, where a proper one came in time. Never rejects. */
  async #send(message: OfferMessage): Promise<OfferResponse | undefined> {
    const { host, readings, server } = this.#options;
    if (this.#closed) return undefined;
    const body = encode(offerMessage(readings), message);
    this.#log.sent(message);
    try {
      const reply = await this.#ticks.within((signal) =>
        host.http.exchange(server, { method: 'POST', path: PATHS[this.#version], body, maxBody: MAX_REPLY, signal }),
      );
      return this.#read(message, reply);
    } catch (error) {
      return this.#closed ? undefined : this.#log.ended(message, 'failed', error);
    }
  }

  #read(message: OfferMessage, reply: HttpReply): OfferResponse | undefined {
    if (reply.status === 401) return this.#log.ended(message, 'refused', needsAuthentication(reply));
    if (reply.status !== 200) return this.#log.ended(message, 'refused', new Error(`HTTP status ${reply.status}`));
    try {
      const response = decode(offerResponse(this.#options.readings), reply.body);
      const fits = response === 'OK' || message.type === 'INITIAL_OFFER';
      const outcome: OfferOutcome = fits ? response : 'refused';
      this.#log.ended(message, outcome, fits ? undefined : new Error(`${response} to ${message.type}`));
      return fits ? response : undefined;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#log.ended(message, 'refused', error);
    }
  }
}

/** [MS-PCHC] 3.2.5.3: it wants the machine's account, which only a member of its domain has. */
function needsAuthentication({ headers }: HttpReply): Error {
  return new Error(
    `the hosted cache asks for authentication (${headers['www-authenticate'] ?? 'of no kind'}), which is not supported: ` +
      'switch it off there (netsh branchcache set service mode=HOSTEDSERVER clientauthentication=NONE)',
  );
}
