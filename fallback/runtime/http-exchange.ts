import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isIPv6 } from 'node:net';
import type { HttpCall, HttpRemote, HttpReply } from '../../lib/backend/contract/http.js';
import { oneLine, readBody } from './http-body.js';

/** One exchange; `open` begins a request, on a connection that is kept from an earlier one where there is one. */
export async function exchange(
  open: (options: RequestOptions) => ClientRequest,
  remote: HttpRemote,
  call: HttpCall,
): Promise<HttpReply> {
  const { method, path, body, signal } = call;
  const host = `${isIPv6(remote.address) ? `[${remote.address}]` : remote.address}:${remote.port}`;
  const length = body === undefined ? {} : { 'content-length': body.length };
  const headers = { host, ...length, ...call.headers };
  for (;;) {
    signal?.throwIfAborted();
    const request = open({ method, path, headers });
    const answer = new Answer(request, signal);
    try {
      request.end(body);
      return await answer.read(call.maxBody);
    } catch (error) {
      // The other side may give up a connection that is kept just when it is used again: a fresh one will tell.
      if (!request.reusedSocket || answer.begun || !isBroken(error)) throw error;
    } finally {
      answer.ignore();
    }
  }
}

class Answer {
  readonly #request: ClientRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #broken: Promise<never>;
  #break: (reason: unknown) => void = () => undefined;
  begun = false;

  constructor(request: ClientRequest, signal: AbortSignal | undefined) {
    this.#request = request;
    this.#signal = signal;
    this.#broken = new Promise((_, reject) => {
      this.#break = reject;
    });
    this.#broken.catch(() => undefined);
    request.on('error', this.#break);
    signal?.addEventListener('abort', this.#abort);
  }

  async read(max: number): Promise<HttpReply> {
    try {
      return await Promise.race([this.#broken, this.#whole(max)]);
    } catch (error) {
      this.#request.destroy();
      throw isSyntax(error) ? coded('EPROTO', `no HTTP: ${error.message}`, error) : error;
    }
  }

  ignore(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  async #whole(max: number): Promise<HttpReply> {
    const response = await new Promise<IncomingMessage>((resolve) => this.#request.once('response', resolve));
    this.begun = true;
    const body = await readBody(response, max);
    if (body === undefined) throw coded('EMSGSIZE', `the answer has more than ${max} bytes`);
    return { status: response.statusCode as number, headers: oneLine(response.headers), body };
  }

  readonly #abort = (): void => {
    this.#break(this.#signal?.reason);
  };
}

function isBroken(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** What Node.js' parser says. */
function isSyntax(error: unknown): error is Error {
  return error instanceof Error && ((error as NodeJS.ErrnoException).code ?? '').startsWith('HPE_');
}

function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
