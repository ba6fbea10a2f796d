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
  const { method, path, body } = call;
  const host = `${isIPv6(remote.address) ? `[${remote.address}]` : remote.address}:${remote.port}`;
  const length = body === undefined ? {} : { 'content-length': body.length };
  const headers = { host, ...length, ...call.headers };
  for (;;) {
    if (call.signal?.aborted) throw call.signal.reason;
    const request = open({ method, path, headers });
    const progress = { begun: false };
    try {
      return await answerTo(request, call, progress);
    } catch (error) {
      // The other side may give up a connection that is kept just when it is used again: a fresh one will tell.
      if (!request.reusedSocket || progress.begun || !isBroken(error)) throw error;
    }
  }
}

function answerTo(request: ClientRequest, { body, maxBody, signal }: HttpCall, progress: { begun: boolean }) {
  return new Promise<HttpReply>((resolve, reject) => {
    const abort = () => fail(signal?.reason);
    const fail = (reason: unknown) => {
      signal?.removeEventListener('abort', abort);
      request.destroy();
      reject(isSyntax(reason) ? coded('EPROTO', `no HTTP: ${reason.message}`, reason) : reason);
    };
    signal?.addEventListener('abort', abort);
    request.on('error', fail);
    request.once('response', (response: IncomingMessage) => {
      progress.begun = true;
      const took = (bytes: Uint8Array | undefined) => {
        if (bytes === undefined) return fail(coded('EMSGSIZE', `the answer has more than ${maxBody} bytes`));
        signal?.removeEventListener('abort', abort);
        resolve(new Reply(response, bytes));
      };
      readBody(response, maxBody, took, fail);
    });
    request.end(body);
  });
}

class Reply implements HttpReply {
  readonly status: number;
  readonly body: Uint8Array;
  readonly #response: IncomingMessage;

  constructor(response: IncomingMessage, body: Uint8Array) {
    this.status = response.statusCode as number;
    this.body = body;
    this.#response = response;
  }

  /** Node.js makes them when they are first asked for. */
  get headers(): HttpReply['headers'] {
    return oneLine(this.#response.headers);
  }
}

function isBroken(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** What Node.js' parser says. */
function isSyntax(error: unknown): error is Error {
  // That of an AbortError is a number.
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('HPE_');
}

function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
