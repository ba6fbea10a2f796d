import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { winpeerError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { abortable, type Waiting } from '../waiting.js';
import { ContentReader, type ContentSources } from './content-reader.js';
import { HASH_REQUEST, type Headers as HeaderFields, MISSING_DATA_REQUEST, OFFER, readCoding } from './negotiation.js';
import { checkSources, MAX_CONTENT_INFORMATION, openPeerContent, type PeerReadOptions } from './peer-content.js';

export interface FetchContentOptions extends PeerReadOptions, Waiting {
  /** Further request headers. `Range` with one range fetches a part. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called as bytes arrive. */
  readonly progress?: (progress: FetchProgress) => void;
  /** What makes the requests; the global `fetch` unless given. */
  readonly fetch?: typeof fetch;
}

export interface FetchProgress extends ContentSources {
  /** Bytes that will come in all, where that is known. */
  readonly total: number | undefined;
}

/** The response as `fetch` gives it, with the content itself as its body, and where its bytes came from. */
export class ContentResponse extends Response {
  #sources: () => ContentSources;
  #shared: Promise<void>;

  /** @internal */
  constructor(
    body: ReadableStream<Uint8Array> | null,
    from: { answer: Response; headers: Headers; sources: () => ContentSources; shared: Promise<void> },
  ) {
    const { status, statusText, url, redirected } = from.answer;
    super(body, { status, statusText, headers: from.headers });
    // No constructor takes these two.
    Object.defineProperties(this, { url: { value: url }, redirected: { value: redirected } });
    this.#sources = from.sources;
    this.#shared = from.shared;
  }

  /** Of the bytes that have come so far. */
  get sources(): ContentSources {
    return this.#sources();
  }

  /** Resolves when what was read is where peers can find it, or can't be. */
  get shared(): Promise<void> {
    return this.#shared;
  }
}

/** The bytes of a plain answer that are kept until its content information comes. */
const MAX_KEPT = 16 * 1024 * 1024;

/** [MS-PCCRTP] 3.1 */
export async function fetchContent(
  runtime: Runtime,
  url: string | URL,
  options: FetchContentOptions,
): Promise<ContentResponse> {
  const { headers = {}, signal, fetch: request = fetch } = options;
  const get = (fields: Readonly<Record<string, string>>, until = signal): Promise<Response> => {
    // In whatever case a name is given, it is the same header.
    const all = new Headers(headers);
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    return request(url, { headers: Object.fromEntries(all), ...(until === undefined ? {} : { signal: until }) });
  };
  await abortable(Promise.resolve(checkSources(runtime, options)), signal);
  const response = await get({ ...OFFER, 'accept-encoding': 'gzip, peerdist' });
  const coding = readCoding(fieldsOf(response));
  if (!coding.peerdist) return plain(runtime, response, coding.makeHashRequest, get, options);

  const information = await readAll(response, MAX_CONTENT_INFORMATION);
  const readable = information !== undefined && isReadable(coding.inner);
  const peers = readable ? await openPeerContent(runtime, information, options) : undefined;
  if (peers === undefined) return plain(runtime, await get({}), false, get, options);

  const total = Number(peers.description.length);
  const validator = response.headers.get('etag') ?? response.headers.get('last-modified');
  const reader = new ContentReader({
    runtime,
    ...peers,
    progress: (sources) => options.progress?.({ ...sources, total }),
    origin: async (start, end, closing) => {
      const condition: Record<string, string> =
        validator === null || validator.startsWith('W/') ? {} : { 'if-range': validator };
      const range = { ...condition, range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' };
      const part = await get({ ...MISSING_DATA_REQUEST, ...range }, closing);
      return readRange(part, start, end);
    },
  });
  const bytes = reader.read();
  let first: IteratorResult<Uint8Array, void>;
  try {
    first = await abortable(bytes.next(), signal, undefined, () => {
      reader.close().catch(() => undefined);
    });
  } catch (error) {
    // Nothing has been handed out, so the content may as well be another one by now. [MS-PCCRTP] 3.1.5.1
    if ((error as NodeJS.ErrnoException).code !== 'ERR_CONTENT_CHANGED') throw error;
    return plain(runtime, await get({}), false, get, options);
  }
  const answered = new Headers(response.headers);
  for (const name of ['content-encoding', 'content-length', 'x-p2p-peerdist']) answered.delete(name);
  if (coding.inner.length === 0) answered.set('content-length', String(total));
  const whole = resumed(first, bytes);
  const gunzip = coding.inner.length === 0 ? undefined : createGunzip();
  // What goes wrong is what the reader of the last stream hears of.
  if (gunzip !== undefined) pipeline(Readable.from(whole), gunzip, () => undefined);
  const close = async (): Promise<void> => {
    gunzip?.destroy();
    await reader.close();
  };
  return new ContentResponse(streamOf(gunzip ?? whole, close, signal), {
    answer: response,
    headers: answered,
    sources: () => reader.sources,
    shared: Promise.resolve(),
  });
}

/** `first` has been taken from `rest`. */
async function* resumed(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!first.done) yield first.value;
  yield* rest;
}

/** Peers may hold a content in a coded form, as the answer then says. */
function isReadable(codings: readonly string[]): boolean {
  return codings.length === 0 || (codings.length === 1 && /^(x-)?gzip$/.test(codings[0] as string));
}

type Get = (fields: Readonly<Record<string, string>>) => Promise<Response>;

/** The content from its server alone; afterwards its content information is asked for once, so that peers find it here. */
function plain(
  runtime: Runtime,
  response: Response,
  makeHashRequest: boolean,
  get: Get,
  options: FetchContentOptions,
): ContentResponse {
  const length = response.headers.get('content-encoding') === null ? response.headers.get('content-length') : null;
  const total = length === null ? undefined : Number(length);
  let fromServer = 0;
  const sources = (): ContentSources => ({ fromServer, fromPeers: 0, fromHostedCache: 0, fromCache: 0 });
  const kept: Uint8Array[] | undefined = makeHashRequest && options.share !== false ? [] : undefined;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      fromServer += bytes.length;
      if (fromServer <= MAX_KEPT) kept?.push(bytes);
      options.progress?.({ ...sources(), total });
      controller.enqueue(bytes);
    },
  });
  // Whoever leaves, or the signal, ends the answer with it.
  const { body } = response;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const read = body?.pipeTo(counted.writable, signal).then(
    () => true,
    () => false,
  );
  const share = async (): Promise<void> => {
    if (kept === undefined || !(await read) || fromServer > MAX_KEPT) return;
    const answer = await get({ ...HASH_REQUEST, ...coding(runtime) });
    if (!readCoding(fieldsOf(answer)).peerdist) return answer.body?.cancel();
    const information = await readAll(answer, MAX_CONTENT_INFORMATION);
    const peers = information && (await openPeerContent(runtime, information, options));
    if (peers === undefined) return;
    const { content, description } = peers;
    try {
      await runtime.wait('PeerDistClientAddData', () => content.addData(description.offset, Buffer.concat(kept)));
    } finally {
      await runtime.end(() => content.close());
    }
  };
  // A content that could not be shared was read all the same.
  const shared = share().catch(() => undefined);
  return new ContentResponse(body && counted.readable, {
    answer: response,
    headers: response.headers,
    sources,
    shared,
  });
}

// UNCONFIRMED: distribution.hash-request-coding
function coding(runtime: Runtime): Record<string, string> {
  const accepted = runtime.reading('distribution.hash-request-coding') === 'accepted';
  return { 'accept-encoding': accepted ? 'peerdist' : 'identity' };
}

/** Undefined where there are more bytes than `limit`. */
async function readAll(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the body.
  for await (const bytes of response.body ?? []) {
    length += bytes.length;
    if (length > limit) return undefined;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

async function readRange(response: Response, start: number, end: number): Promise<Uint8Array> {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('content-range') ?? '') ?? [];
  if (response.status !== 206 || Number(first) !== start || Number(last) !== end - 1) {
    await response.body?.cancel();
    const sentence = `the content server answered ${response.status} to a request for bytes ${start} to ${end - 1} of it`;
    if (response.status < 400 || response.status === 416) throw winpeerError('ERR_CONTENT_CHANGED', sentence);
    throw new Error(sentence);
  }
  const bytes = await readAll(response, end - start);
  if (bytes?.length !== end - start)
    throw winpeerError('ERR_CONTENT_CHANGED', 'the content server gave fewer or more bytes than it said');
  return bytes;
}

/** Reads from `source` as the stream is read; whoever leaves, or the signal, closes it at once. */
function streamOf(
  source: AsyncIterable<Uint8Array>,
  close: () => Promise<void>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  // One that was not asked for anything yet has nothing of its own to end: hence `close`.
  const bytes = source[Symbol.asyncIterator]();
  let stop: () => void = () => undefined;
  const end = async (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    await close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = () => {
          controller.error(signal?.reason);
          end().catch(() => undefined);
        };
        if (signal?.aborted) stop();
        else signal?.addEventListener('abort', stop);
      },
      async pull(controller) {
        try {
          const { value, done } = await bytes.next();
          if (signal?.aborted) return;
          if (!done) return controller.enqueue(value);
          signal?.removeEventListener('abort', stop);
          controller.close();
        } catch (error) {
          await end();
          throw error;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

function fieldsOf({ headers }: Response): HeaderFields {
  return Object.fromEntries(headers);
}
