import type { Host } from '../../../lib/backend/contract/host.js';
import type { HttpRemote, HttpSignal } from '../../../lib/backend/contract/http.js';
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
  readonly #ends = new Set<End>();

  constructor(host: Pick<Host, 'clock' | 'http'>, log: Log, requestMs: number) {
    this.#host = host;
    this.#log = log;
    this.#requestMs = requestMs;
  }

  get size(): number {
    return this.#ends.size;
  }

  /** The message that comes back; rejects with a `RetrievalError` or the signal's reason. */
  async send(
    server: HttpRemote,
    request: RetrievalRequest,
    signal: AbortSignal | undefined,
  ): Promise<RetrievalResponse> {
    signal?.throwIfAborted();
    const end = new End(server);
    const abort = () => end.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    const timer = this.#host.clock.after(this.#requestMs, () => {
      end.abort(new RetrievalError('timeout', `no answer within ${this.#requestMs} ms`));
    });
    this.#ends.add(end);
    try {
      this.#log.sent(request, server);
      const { status, body } = await this.#host.http.exchange(server, {
        method: 'POST',
        path: PATH,
        body: encodeRequest(request),
        maxBody: MAX_BODY,
        signal: end,
      });
      if (status !== 200) throw new RetrievalError('malformed', `the answer has status ${status}`);
      const response = decodeResponse(body);
      this.#log.received(response, server);
      return response;
    } catch (error) {
      throw end.aborted ? end.reason : faultOf(error);
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      this.#ends.delete(end);
    }
  }

  /** All exchanges with this server. */
  abort({ address, port, scope }: HttpRemote, reason: RetrievalError): void {
    for (const end of this.#ends) {
      const { server } = end;
      if (server.address === address && server.port === port && server.scope === scope) end.abort(reason);
    }
  }
}

/** What ends one exchange before its time. */
class End implements HttpSignal {
  readonly server: HttpRemote;
  readonly #listeners = new Set<() => void>();
  aborted = false;
  reason: unknown;

  constructor(server: HttpRemote) {
    this.server = server;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }
}

function faultOf(error: unknown): unknown {
  if (error instanceof RetrievalError) return error;
  if (error instanceof DecodeError) return new RetrievalError('malformed', error.message, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const reason = code === 'EPROTO' || code === 'EMSGSIZE' ? 'malformed' : 'unreachable';
  return new RetrievalError(reason, message, { cause: error });
}
