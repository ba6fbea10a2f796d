import type { CacheStore, NewSegment } from '../../../lib/backend/contract/cache-store.js';
import type { SocketAddress } from '../../../lib/backend/contract/host.js';
import type { HttpAnswer, HttpRemote, HttpRequest } from '../../../lib/backend/contract/http.js';
import { decode, encode } from '../../wire/codec.js';
import { DecodeError } from '../../wire/decode-error.js';
import type { Readings } from '../../wire/readings.js';
import { isPath } from '../http-path.js';
import { isServicePort } from '../service-port.js';
import type { HostedCacheLog } from './log.js';
import {
  type BatchedOffer,
  type InitialOffer,
  type OfferMessage,
  type OfferResponse,
  offerMessage,
  offerResponse,
  PATHS,
  type SegmentInfo,
} from './messages.js';
import { blockCount, isWhole, segmentOfInfo, segmentOfOffer, withoutBlocks } from './offered-segment.js';
import { type PullPorts, SegmentPull } from './pull.js';
import type { PullQueue } from './pull-queue.js';

interface OffersOptions {
  readonly store: CacheStore;
  readonly readings: Readings;
  readonly ports: PullPorts;
  readonly queue: PullQueue;
  readonly log: HostedCacheLog;
}

/** What a segment information may have wrong and still be answered: [MS-PCHC] 3.1.5.2 asks for no more than to ignore it. */
const IGNORED: readonly string[] = ['Version', 'dwHashAlgo', 'cSegments'];

/** Takes what clients offer, and has it fetched from them. [MS-PCHC] 3.1 */
export class Offers {
  readonly #options: OffersOptions;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  /**
   * A request to the path of a version: the transport decides which messages it may bring, [MS-PCHC] 1.7. What is
   * dropped has no message in its answer, yet HTTP must have one.
   */
  async handle(version: 1 | 2, { method, path, body, remote }: HttpRequest): Promise<HttpAnswer> {
    if (!isPath(path, PATHS[version])) return { status: 404 };
    if (method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    const { readings, log } = this.#options;
    try {
      const message = decode(offerMessage(readings), body);
      if ((message.type === 'BATCHED_OFFER' ? 2 : 1) !== version) {
        throw new DecodeError('Type', 2, `${message.type} has another path`);
      }
      const response = await this.#answer(message, remote);
      log.answered(message, response, remote);
      return { status: 200, body: [encode(offerResponse(readings), response)] };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      log.dropped('syntax', remote, error.message);
      return { status: 400 };
    }
  }

  #answer(message: OfferMessage, from: SocketAddress): Promise<OfferResponse> {
    switch (message.type) {
      case 'INITIAL_OFFER':
        return this.#initialOffer(message, from);
      case 'SEGMENT_INFO':
        return this.#segmentInfo(message, from);
      case 'BATCHED_OFFER':
        return this.#batchedOffer(message, from);
    }
  }

  /** [MS-PCHC] 3.1.5.1 */
  async #initialOffer({ segmentId, port }: InitialOffer, from: SocketAddress): Promise<OfferResponse> {
    const known = await this.#options.store.segment(Buffer.from(segmentId).toString('hex'));
    if (known === undefined || !isWhole(known)) return 'INTERESTED';
    if (known.blocks.length < blockCount(known)) this.#fetch(withoutBlocks(known), from, port);
    return 'OK';
  }

  /** [MS-PCHC] 3.1.5.2 */
  async #segmentInfo(message: SegmentInfo, from: SocketAddress): Promise<OfferResponse> {
    const { readings, log } = this.#options;
    try {
      const segment = segmentOfInfo(message, readings);
      if (segment === undefined) log.dropped('false block list', from);
      else this.#take(segment, from, message.port);
    } catch (error) {
      if (!(error instanceof DecodeError) || !IGNORED.includes(error.field)) throw error;
      log.dropped('segment information', from, error.message);
    }
    return 'OK';
  }

  /** [MS-PCHC] 3.1.5.3 */
  async #batchedOffer({ segments, port }: BatchedOffer, from: SocketAddress): Promise<OfferResponse> {
    for (const offered of segments) {
      const segment = segmentOfOffer(offered);
      if (segment === undefined) this.#options.log.dropped('segment descriptor', from);
      else this.#take(segment, from, port);
    }
    return 'OK';
  }

  #take(segment: NewSegment, from: SocketAddress, port: number): void {
    for (const tag of segment.tags) this.#options.log.tagged(tag);
    this.#fetch(segment, from, port);
  }

  /** From the address that the offer came from, whatever it says, and from no port of another service. 3.1.5 */
  #fetch(segment: NewSegment, from: SocketAddress, port: number): void {
    const { ports, queue, log } = this.#options;
    if (!isServicePort(port)) return log.dropped('port', from, String(port));
    const server: HttpRemote = { ...from, port };
    const refused = queue.add({
      segment: segment.id,
      source: from.address,
      run: async (abort) => log.pulled(segment.id, server, await new SegmentPull(ports, server, segment, abort).run()),
    });
    if (refused !== undefined) log.dropped(refused, from);
  }
}
