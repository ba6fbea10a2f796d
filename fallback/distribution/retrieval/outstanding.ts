import type { Host } from '../../../lib/backend/contract/host.js';
import type { HttpRemote } from '../../../lib/backend/contract/http.js';
import { DecodeError } from '../../wire/decode-error.js';
import { Limit, PATH } from './constants.js';
import type { Log } from './log.js';
import { decodeResponse, encodeRequest, type RetrievalRequest, type RetrievalResponse } from './messages.js';
import { RetrievalError } from './retrieval-error.js';

/** Of Size, before the message. */
const MAX_BODY = 4 + Limit.RESPONSE;

/** The Outstanding Request List: requests that are under way, each with its Request Timer. [MS-PCCRR] 3.1.1, 3.1.2 */
export class Outstanding {
  readonly #host: Pick<Host, 'clock' | 'http'>;
  readonly #log: Log;
  readonly #requestMs: number;
  readonly #exchanges = new Map<AbortController, string>();

  constructor(host: Pick<Host, 'clock' | 'http'>, log: Log, requestMs: number) {
    this.#host = host;
    this.#log = log;
    this.#requestMs = requestMs;
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /** The message that comes back; rejects with a `RetrievalError` or the signal's reason. */
  async send(
    server: HttpRemote,
    request: RetrievalRequest,
    signal: AbortSignal | undefined,
  ): Promise<RetrievalResponse> {
    signal?.throwIfAborted();
    const exchange = new AbortController();
    const abort = () => exchange.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    const timer = this.#host.clock.after(this.#requestMs, () => {
      exchange.abort(new RetrievalError('timeout', `no answer within ${this.#requestMs} ms`));
    });
    this.#exchanges.set(exchange, key(server));
    try {
      this.#log.sent(request, server);
      const { status, body } = await this.#host.http.exchange(server, {
        method: 'POST',
        path: PATH,
        body: encodeRequest(request),
        maxBody: MAX_BODY,
        signal: exchange.signal,
      });
      if (status !== 200) throw new RetrievalError('malformed', `the answer has status ${status}`);
      const response = decodeResponse(body);
      this.#log.received(response, server);
      return response;
    } catch (error) {
      throw exchange.signal.aborted ? exchange.signal.reason : faultOf(error);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      this.#exchanges.delete(exchange);
    }
  }

  /** All exchanges with this server. */
  abort(server: HttpRemote, reason: RetrievalError): void {
    for (const [exchange, name] of this.#exchanges) if (name === key(server)) exchange.abort(reason);
  }
}

function key({ address, port, scope = '' }: HttpRemote): string {
  return `${address} ${port} ${scope}`;
}

function faultOf(error: unknown): unknown {
  if (error instanceof RetrievalError) return error;
  if (error instanceof DecodeError) return new RetrievalError('malformed', error.message, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const reason = code === 'EPROTO' || code === 'EMSGSIZE' ? 'malformed' : 'unreachable';
  return new RetrievalError(reason, message, { cause: error });
}
