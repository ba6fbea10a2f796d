import { winpeerError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { abortable } from '../waiting.js';
import { ContentReader, type ContentSources } from './content-reader.js';
import { type Controller, Flow } from './flow.js';
import { type Headers, MISSING_DATA_REQUEST, OFFER, readCoding } from './negotiation.js';
import { checkSources, MAX_CONTENT_INFORMATION, openPeerContent, type PeerReadOptions } from './peer-content.js';

export interface InterceptorOptions extends PeerReadOptions {
  /** Told of each content that came with content information, when it has been read. */
  readonly onContent?: (url: string, sources: ContentSources) => void;
}

/*
 * What of undici 7's dispatchers an interceptor meets. Its own types are not named, since undici is the program's choice.
 */
interface Options {
  readonly origin?: string | URL;
  readonly path: string;
  readonly method: string;
  readonly headers?: unknown;
  readonly body?: unknown;
}

interface Handler {
  onRequestStart?(controller: Controller, context: unknown): void;
  onRequestUpgrade?(controller: Controller, status: number, headers: Headers, socket: unknown): void;
  onResponseStart?(controller: Controller, status: number, headers: Headers, message?: string): void;
  onResponseData?(controller: Controller, chunk: Uint8Array): void;
  onResponseEnd?(controller: Controller, trailers: Headers): void;
  onResponseError?(controller: Controller, error: Error): void;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly message: string | undefined;
}

/** What is asked of the content server. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly validator: string | readonly string[] | undefined;
  readonly signal: AbortSignal;
}

type Dispatch = (options: Options, handler: Handler) => boolean;

/** [MS-PCCRTP] 3.1 for what a dispatcher of undici requests. */
export function peerDistInterceptor(
  runtime: Runtime,
  peerOptions: InterceptorOptions,
): (dispatch: Dispatch) => Dispatch {
  let checked = false;
  return (dispatch) => (options, handler) => {
    const headers = headerFields(options.headers);
    const mine = headers['x-p2p-peerdist'] !== undefined;
    if (options.method !== 'GET' || options.body || mine || headers.range?.includes(','))
      return dispatch(options, handler);
    const accepted = headers['accept-encoding'];
    const offer = {
      ...headers,
      ...OFFER,
      'accept-encoding': accepted === undefined ? 'peerdist' : `${accepted}, peerdist`,
    };
    const exchange = new Exchange(runtime, peerOptions, dispatch, { ...options, headers }, handler);
    const ask = (): boolean => dispatch({ ...options, headers: offer }, exchange);
    const checking = checked ? undefined : checkSources(runtime, peerOptions);
    if (checking === undefined) return ask();
    checking
      .then(() => {
        checked = true;
        ask();
      })
      .catch((error: Error) => exchange.onResponseError(undefined, error));
    return true;
  };
}

/** Lets plain answers through, and answers with the content where there is content information of it. */
class Exchange implements Handler {
  readonly #runtime: Runtime;
  readonly #peerOptions: InterceptorOptions;
  readonly #dispatch: Dispatch;
  readonly #options: Options & { readonly headers: Record<string, string> };
  readonly #handler: Handler;
  readonly #flow = new Flow();
  /** What the answer said, while its content information comes. */
  #answer: Answer | undefined;
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  constructor(
    runtime: Runtime,
    peerOptions: InterceptorOptions,
    dispatch: Dispatch,
    options: Options & { readonly headers: Record<string, string> },
    handler: Handler,
  ) {
    this.#runtime = runtime;
    this.#peerOptions = peerOptions;
    this.#dispatch = dispatch;
    this.#options = options;
    this.#handler = handler;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#flow.follow(controller);
    this.#handler.onRequestStart?.(this.#flow, context);
  }

  onRequestUpgrade(_controller: Controller, status: number, headers: Headers, socket: unknown): void {
    this.#handler.onRequestUpgrade?.(this.#flow, status, headers, socket);
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers, message?: string): void {
    if (status >= 200 && readCoding(headers).peerdist) this.#answer = { status, headers, message };
    else this.#handler.onResponseStart?.(this.#flow, status, headers, message);
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    if (this.#answer === undefined) return this.#handler.onResponseData?.(this.#flow, chunk);
    this.#length += chunk.length;
    if (this.#length <= MAX_CONTENT_INFORMATION) this.#parts.push(Buffer.from(chunk));
    else
      controller.abort(
        winpeerError('ERR_CONTENT_CHANGED', 'the content information is longer than any that can be used'),
      );
  }

  onResponseEnd(_controller: Controller, trailers: Headers): void {
    if (this.#answer === undefined) return this.#handler.onResponseEnd?.(this.#flow, trailers);
    this.#flow.detach();
    this.#deliver(this.#answer).catch((error: Error) => this.#handler.onResponseError?.(this.#flow, error));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#handler.onResponseError?.(this.#flow, error);
  }

  async #deliver({ status, headers, message }: Answer): Promise<void> {
    const { signal } = this.#flow;
    const options = { ...this.#peerOptions, signal };
    const peers = await openPeerContent(this.#runtime, Buffer.concat(this.#parts), options);
    if (peers === undefined) return this.#again();
    const total = Number(peers.description.length);
    const reader = new ContentReader({
      runtime: this.#runtime,
      ...peers,
      origin: (start, end, closing) => {
        const validator = headers.etag ?? headers['last-modified'];
        return this.#origin({ start, end, validator, signal: closing });
      },
    });
    // Who leaves does not wait for peers.
    signal.addEventListener('abort', () => {
      reader.close().catch(() => undefined);
    });
    let started = false;
    const start = (): void => {
      if (started) return;
      started = true;
      const {
        'content-encoding': _encoding,
        'x-p2p-peerdist': _peerdist,
        'content-length': _length,
        ...others
      } = headers;
      const inner = readCoding(headers).inner;
      // The caller takes off what it has accepted itself.
      const rest = inner.length > 0 ? { 'content-encoding': inner.join(', ') } : {};
      this.#handler.onResponseStart?.(
        this.#flow,
        status,
        { ...others, ...rest, 'content-length': String(total) },
        message,
      );
    };
    try {
      for await (const bytes of reader.read()) {
        signal.throwIfAborted();
        start();
        this.#handler.onResponseData?.(this.#flow, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
        await this.#flow.ready();
      }
    } catch (error) {
      signal.throwIfAborted();
      // Nothing has been handed out, so the content may as well be another one by now. [MS-PCCRTP] 3.1.5.1
      if (!started && (error as NodeJS.ErrnoException).code === 'ERR_CONTENT_CHANGED') return this.#again();
      throw error;
    }
    start();
    this.#handler.onResponseEnd?.(this.#flow, {});
    this.#peerOptions.onContent?.(`${this.#options.origin ?? ''}${this.#options.path}`, reader.sources);
  }

  /** As if nothing had been offered. */
  #again(): void {
    const { onRequestStart: _started, ...rest } = bound(this.#handler);
    this.#dispatch(this.#options, { ...rest, onRequestStart: (controller) => this.#flow.follow(controller) });
  }

  #origin({ start, end, validator, signal }: Part): Promise<Uint8Array> {
    const condition: Record<string, string> =
      typeof validator === 'string' && !validator.startsWith('W/') ? { 'if-range': validator } : {};
    const range = { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' };
    const headers = { ...this.#options.headers, ...condition, ...MISSING_DATA_REQUEST, ...range };
    let request: Controller | undefined;
    const part = new Promise<Uint8Array>((resolve, reject) => {
      const bytes = Buffer.allocUnsafe(end - start);
      let at = 0;
      const changed = (sentence: string) => winpeerError('ERR_CONTENT_CHANGED', sentence);
      this.#dispatch(
        { ...this.#options, headers },
        {
          onRequestStart(controller) {
            request = controller;
          },
          onResponseStart(controller, status, { 'content-range': answered }) {
            if (status < 200) return;
            if (status === 206 && String(answered).startsWith(`bytes ${start}-${end - 1}/`)) return;
            controller.abort(
              changed(`the content server answered ${status} to a request for bytes ${start} to ${end - 1}`),
            );
          },
          onResponseData(controller, chunk) {
            if (at + chunk.length > bytes.length)
              controller.abort(changed('the content server gave more bytes than it said'));
            else bytes.set(chunk, at);
            at += chunk.length;
          },
          onResponseEnd() {
            if (at === bytes.length) resolve(bytes);
            else reject(changed('the content server gave fewer bytes than it said'));
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
    return abortable(part, signal, undefined, () => request?.abort(signal.reason));
  }
}

function bound(handler: Handler): Handler {
  return {
    onRequestUpgrade: (...it) => handler.onRequestUpgrade?.(...it),
    onResponseStart: (...it) => handler.onResponseStart?.(...it),
    onResponseData: (...it) => handler.onResponseData?.(...it),
    onResponseEnd: (...it) => handler.onResponseEnd?.(...it),
    onResponseError: (...it) => handler.onResponseError?.(...it),
  };
}

/** Undici takes headers as an object, as a list of names and values by turns, and as pairs. */
function headerFields(headers: unknown): Record<string, string> {
  const pairs: (readonly [unknown, unknown])[] = [];
  if (Array.isArray(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) pairs.push([headers[i], headers[i + 1]]);
  } else if (typeof (headers as Iterable<unknown> | null | undefined)?.[Symbol.iterator] === 'function') {
    pairs.push(...(headers as Iterable<readonly [unknown, unknown]>));
  } else pairs.push(...Object.entries(headers ?? {}));
  const fields: Record<string, string> = {};
  for (const [name, value] of pairs) {
    if (value === undefined || value === null) continue;
    fields[String(name).toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return fields;
}
