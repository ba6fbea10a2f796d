import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { Host } from '../../../lib/backend/contract/host.js';
import type { HttpRemote } from '../../../lib/backend/contract/http.js';
import type { Readings } from '../../wire/readings.js';
import { cipherOf, cryptoAlgoId } from './block-cipher.js';
import { type BlockRange, intersection, rangesOf, selected } from './block-ranges.js';
import { IV_LENGTH, Limit, MAX_MAJOR, MIN_MAJOR, REQUEST_ID_LENGTH, Time } from './constants.js';
import { decodeAges } from './extensible-blob.js';
import { Log } from './log.js';
import { headedAs, type RetrievalRequest, type RetrievalResponse, versionOf } from './messages.js';
import { Outstanding } from './outstanding.js';
import type { NegoReq } from './requests.js';
import type { NegoResp } from './responses.js';
import { RetrievalError } from './retrieval-error.js';

export type { BlockRange } from './block-ranges.js';

/** As it came over the wire: `openBlock` opens it. */
export type ReceivedBlock = CachedBlock;

export interface SegmentList {
  /** Places in the list of those asked for, of segments that are there wholly or in part. */
  readonly ranges: readonly BlockRange[];
  /** Milliseconds that segments have been in the cache, by place, as far as it is told. */
  readonly ages: ReadonlyMap<number, number>;
}

interface RetrievalClientOptions {
  readonly host: Pick<Host, 'clock' | 'http' | 'random' | 'trace'>;
  readonly readings: Readings;
  /** Milliseconds that a server has for an answer, 1 to 60,000; 2,000 unless given. 3.1.2 */
  readonly requestMs?: number;
}

type Answers = {
  readonly MSG_GETBLKLIST: 'MSG_BLKLIST';
  readonly MSG_GETBLKS: 'MSG_BLK';
  readonly MSG_GETSEGLIST: 'MSG_SEGLIST';
};
type Request = Exclude<RetrievalRequest, NegoReq>;
type AnswerTo<R extends Request> = Extract<RetrievalResponse, { type: Answers[R['type']] }>;

const ANSWERS: Answers = { MSG_GETBLKLIST: 'MSG_BLKLIST', MSG_GETBLKS: 'MSG_BLK', MSG_GETSEGLIST: 'MSG_SEGLIST' };

/** The least cipher, which a server may better. 2.2.3 */
const PREFERRED = cryptoAlgoId('aes-128');

/**
 * The client of [MS-PCCRR] 3.1. Whatever goes wrong with a server is a `RetrievalError`, after which it should be asked
 * nothing more; the caller's signal rejects with its own reason.
 */
export class RetrievalClient {
  readonly #host: RetrievalClientOptions['host'];
  readonly #readings: Readings;
  readonly #log: Log;
  readonly #outstanding: Outstanding;

  constructor({ host, readings, requestMs = Time.REQUEST_MS }: RetrievalClientOptions) {
    this.#host = host;
    this.#readings = readings;
    this.#log = new Log(host.trace);
    this.#outstanding = new Outstanding(host, this.#log, requestMs);
  }

  /** Which of the blocks are there. Fewer than 4 in a row are asked for at once, without this. 3.1.4.2, 3.1.5.2 */
  async blockList(
    server: HttpRemote,
    segmentId: Uint8Array,
    wanted: readonly BlockRange[],
    signal?: AbortSignal,
  ): Promise<readonly BlockRange[]> {
    const asked = selected(wanted, Limit.BLOCKS);
    const type = 'MSG_GETBLKLIST';
    const request = { type, ...headedAs(type, PREFERRED), segmentId: hex(segmentId), ranges: rangesOf(asked) } as const;
    return this.#exchange(server, request, signal, (answer) => {
      if (answer.segmentId !== request.segmentId) throw mismatch('another segment');
      for (const range of answer.ranges) {
        if (intersection(asked, selected([range], Limit.BLOCKS)).length === 0) throw mismatch('other blocks');
      }
      return rangesOf(intersection(asked, selected(answer.ranges, Limit.BLOCKS)));
    });
  }

  /** Undefined where it is not there. 3.1.4.3, 3.1.5.3 */
  async block(
    server: HttpRemote,
    segmentId: Uint8Array,
    index: number,
    signal?: AbortSignal,
  ): Promise<ReceivedBlock | undefined> {
    const type = 'MSG_GETBLKS';
    const fields = { segmentId: hex(segmentId), ranges: [{ index, count: 1 }], vrfData: new Uint8Array() };
    const request = { type, ...headedAs(type, PREFERRED), ...fields } as const;
    return this.#exchange(server, request, signal, (answer) => {
      if (answer.segmentId !== request.segmentId) throw mismatch('another segment');
      if (answer.blockIndex !== index) throw mismatch('another block');
      if (answer.block.length === 0) return undefined;
      const cipher = cipherOf(answer.cryptoAlgoId);
      if (cipher === undefined) throw new RetrievalError('malformed', `CryptoAlgoId is ${answer.cryptoAlgoId}`);
      if (cipher === 'none') return { cipher, iv: new Uint8Array(), bytes: answer.block };
      if (answer.iv.length !== IV_LENGTH) throw new RetrievalError('malformed', `SizeOfIVBlock is ${answer.iv.length}`);
      return { cipher, iv: answer.iv, bytes: answer.block };
    });
  }

  /** Of hosted caches alone. At most 2,729 segments; `unsupported` by those of Windows 7. 3.1.4.4, 3.1.5.4 */
  async segmentList(server: HttpRemote, segmentIds: readonly Uint8Array[], signal?: AbortSignal): Promise<SegmentList> {
    const type = 'MSG_GETSEGLIST';
    const requestId = hex(this.#host.random.bytes(REQUEST_ID_LENGTH));
    const fields = { requestId, segmentIds: segmentIds.map(hex), blob: new Uint8Array() };
    const request = { type, ...headedAs(type, PREFERRED), ...fields } as const;
    return this.#exchange(server, request, signal, (answer) => {
      if (answer.requestId !== requestId) throw mismatch('another request');
      const { ranges } = answer;
      if (ranges.some(({ index, count }) => count === 0 || index + count > segmentIds.length)) {
        throw mismatch('other segments');
      }
      const base = ranges[0]?.index ?? 0;
      const ages = decodeAges(answer.blob)
        .map(({ index, ms }) => [base + index, ms] as const)
        .filter(([index]) => index < segmentIds.length);
      return { ranges: rangesOf(selected(ranges, segmentIds.length)), ages: new Map(ages) };
    });
  }

  stats(): object {
    return { ...this.#log.snapshot(), held: { outstanding: this.#outstanding.size } };
  }

  async #exchange<R extends Request, T>(
    server: HttpRemote,
    request: R,
    signal: AbortSignal | undefined,
    accept: (answer: AnswerTo<R>) => T,
  ): Promise<T> {
    try {
      let answer = await this.#ask(server, request, signal);
      if (answer.type === 'MSG_NEGO_RESP') {
        this.#negotiate(server, request, answer);
        answer = await this.#ask(server, request, signal);
      }
      if (answer.type === 'MSG_NEGO_RESP') throw new RetrievalError('unsupported', 'it negotiates without end');
      if (answer.type !== ANSWERS[request.type]) throw mismatch(answer.type);
      return accept(answer as AnswerTo<R>);
    } catch (error) {
      if (error instanceof RetrievalError) this.#log.dropped(error.reason, server, error.message);
      throw error;
    }
  }

  async #ask(server: HttpRemote, request: Request, signal: AbortSignal | undefined): Promise<RetrievalResponse> {
    const answer = await this.#outstanding.send(server, request, signal);
    const { major, minor } = answer.version;
    // UNCONFIRMED: distribution.type-version
    const strict = this.#readings.get('distribution.type-version') === 'dropped';
    const spoken = strict ? major === versionOf(answer.type).major : major >= MIN_MAJOR && major <= MAX_MAJOR;
    if (!spoken) throw new RetrievalError('unsupported', `${answer.type} is of version ${major}.${minor}`);
    return answer;
  }

  /** Whether the request may go out again: a type of message is of one version. 3.1.5.1 */
  #negotiate(server: HttpRemote, { type }: Request, { min, max }: NegoResp): void {
    const common = Math.min(MAX_MAJOR, max.major);
    if (common < Math.max(MIN_MAJOR, min.major)) {
      const error = new RetrievalError('unsupported', `it speaks ${min.major} to ${max.major}`);
      this.#outstanding.abort(server, error);
      throw error;
    }
    if (versionOf(type).major > common) throw new RetrievalError('unsupported', `it has no ${type}`);
  }
}

function mismatch(what: string): RetrievalError {
  return new RetrievalError('mismatch', `the answer is about something else: ${what}`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
