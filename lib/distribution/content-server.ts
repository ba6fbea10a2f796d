import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ServerSecret } from '../backend/contract/distribution-services.js';
import { isPeerError } from '../errors.js';
import { deliver } from '../events.js';
import type { Runtime } from '../runtime.js';
import { type ContentStore, folderStore, type StoredContent } from './content-store.js';
import { HashedContents, type PublishedContent } from './hashed-contents.js';
import { contentInformationHeaders, MAKE_HASH_REQUEST, type Offer, readOffer } from './negotiation.js';
import { chooseRange, isPreconditionFailed, type Range } from './request-conditions.js';
import { readStored } from './stored-bytes.js';

export interface ContentServerOptions {
  /**
   * A pass phrase, taken as Windows takes it, or the secret key's bytes: servers with the same one give the same content
   * information. The home's unless given. On Windows' own service the machine has one, which `Set-BCSecretKey` sets, and one
   * given here is refused with `ERROR_NOT_SUPPORTED`: `settled` rejects with it, the middleware hands it to the next one,
   * the handler answers 500, and the process warns of it once.
   */
  readonly secret?: ServerSecret;
  /** The folder whose files are served. Either this or `store`. */
  readonly root?: string;
  readonly store?: ContentStore;
  /**
   * Stands for the contents of the store: their hashes are kept under it in the home, for whatever server has the same one
   * next, so no other store may have it. Those of a folder go by its path unless given; those of a `store` without a name are
   * computed anew after each start.
   */
  readonly name?: string;
  /** Contents of fewer bytes are answered plainly; 65,536 unless given. */
  readonly minLength?: number;
  /** Told of each answer, when it has ended. */
  readonly onAnswer?: (answer: ContentAnswer) => void;
  /** Told of each content from when on it is answered with content information. */
  readonly onHashed?: (content: PublishedContent) => void;
}

/** What a request was answered with. */
export interface ContentAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Content information, or the content or nothing. */
  readonly kind: 'content-information' | 'content' | 'none';
  /** Of the body that was sent. */
  readonly bytes: number;
  /** Where the request came from. */
  readonly remote: string;
}

type Next = (error?: unknown) => void;

/** What of Fastify a plugin needs. */
interface FastifyLike {
  route(options: {
    method: string[];
    url: string;
    handler: (request: { raw: IncomingMessage; params: unknown }, reply: FastifyReplyLike) => unknown;
  }): unknown;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>;
  hijack(): unknown;
  callNotFound(): unknown;
}

/**
 * Serves contents over HTTP, and to clients that offer `peerdist` their content information in place of the bytes, which
 * those then fetch from each other. Hashes are computed once, in the background; until then the answer is
 * plain. [MS-PCCRTP] 3.2
 */
export class ContentServer {
  readonly #runtime: Runtime;
  readonly #store: ContentStore;
  readonly #hashed: HashedContents;
  readonly #minLength: number;
  #warned = false;
  readonly #onAnswer: ((answer: ContentAnswer) => void) | undefined;

  /** @internal */
  constructor(runtime: Runtime, { root, store, minLength, onAnswer, ...hashing }: ContentServerOptions) {
    this.#runtime = runtime;
    this.#store = store ?? folderStore(root as string);
    const named = root === undefined ? {} : { name: `folder ${resolve(root)}` };
    this.#hashed = new HashedContents(runtime, this.#store, { ...named, ...hashing });
    // UNCONFIRMED: distribution.minimum-length
    this.#minLength = minLength ?? Number(runtime.reading('distribution.minimum-length'));
    this.#onAnswer = onAnswer;
  }

  /** For `http.createServer`. */
  readonly handler = (request: IncomingMessage, response: ServerResponse): void => {
    this.#serve(request, response, request.url ?? '/').then(
      (answered) => {
        if (!answered) this.#refuse(request, response, 404);
      },
      (error: unknown) => this.#fail(request, response, error),
    );
  };

  /** For Express and Connect: what is not there is for the next one. */
  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    this.#serve(request, response, request.url ?? '/').then((answered) => {
      if (!answered) next();
    }, next);
  };

  /** For Fastify: `app.register(server.fastify, { prefix: '/files' })`. What is not there is for its not-found handler. */
  readonly fastify = (app: FastifyLike, _options: object, done: () => void): void => {
    app.route({
      method: ['GET', 'HEAD'],
      url: '/*',
      handler: async (request, reply) => {
        // Fastify has decoded it.
        const path = `/${(request.params as { readonly '*': string })['*']}`;
        const content = await this.#find(path);
        if (content === undefined) {
          reply.callNotFound();
          return reply;
        }
        // What hooks have set would go only with an answer of Fastify's own.
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value);
        reply.hijack();
        await this.#answer(request.raw, reply.raw, path, content).catch((error: unknown) =>
          this.#fail(request.raw, reply.raw, error),
        );
        return reply;
      },
    });
    done();
  };

  /**
   * Resolves when no content waits to be hashed. Rejects with `ERROR_NOT_SUPPORTED` for a secret on Windows' own service,
   * from the start.
   */
  async settled(): Promise<void> {
    await this.#hashed.check();
    await this.#hashed.settled();
  }

  /** Withdraws what was published; requests are answered plainly from now on. */
  close(): Promise<void> {
    return this.#hashed.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** False where there is no such content. */
  async #serve(request: IncomingMessage, response: ServerResponse, url: string): Promise<boolean> {
    let path: string;
    try {
      // Any client may name the whole URL, as it would to a proxy. RFC 9112, 3.2.2
      path = decodeURIComponent(url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] || '/');
    } catch {
      this.#refuse(request, response, 400);
      return true;
    }
    const content = await this.#find(path);
    if (content !== undefined) await this.#answer(request, response, path, content);
    return content !== undefined;
  }

  async #find(path: string): Promise<StoredContent | undefined> {
    await this.#hashed.check();
    return this.#store.find(path);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    content: StoredContent,
  ): Promise<void> {
    const before = new Set(response.getHeaderNames());
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        this.#refuse(request, response, 405);
      } else await this.#give(request, response, path, content);
    } catch (error) {
      // Whoever answers in its place speaks of something else.
      if (!response.headersSent) {
        for (const name of response.getHeaderNames()) if (!before.has(name)) response.removeHeader(name);
        response.statusCode = 200;
      }
      throw error;
    } finally {
      await content.close();
    }
  }

  async #give(request: IncomingMessage, response: ServerResponse, path: string, content: StoredContent): Promise<void> {
    const { headers } = request;
    response.setHeader('ETag', content.etag);
    if (content.lastModified !== undefined) response.setHeader('Last-Modified', content.lastModified.toUTCString());
    response.setHeader('Accept-Ranges', 'bytes');
    response.appendHeader('Vary', 'Accept-Encoding');
    if (isPreconditionFailed(request, content)) return this.#refuse(request, response, 412);
    // Who only imports the package loads none of them.
    const { default: fresh } = await import('fresh');
    const validators = { etag: content.etag, 'last-modified': content.lastModified?.toUTCString() };
    if (fresh(headers, validators)) return this.#refuse(request, response, 304);
    response.setHeader('Content-Type', content.type ?? 'application/octet-stream');

    const range = await chooseRange(request, content);
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${content.length}`);
      return this.#refuse(request, response, 416);
    }
    const { start, end } = range ?? { start: 0, end: content.length };
    if (range !== undefined) response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${content.length}`);
    response.statusCode = range === undefined ? 200 : 206;

    const offer = this.#offer(request, content);
    if (offer !== undefined) {
      const information = await this.#contentInformation(offer, path, content, range);
      if (information !== undefined) {
        // UNCONFIRMED: distribution.range-content-length
        const whole = this.#runtime.reading('distribution.range-content-length') === 'entity';
        const length = whole ? content.length : end - start;
        for (const [name, value] of Object.entries(contentInformationHeaders(offer, length)))
          response.setHeader(name, value);
        return this.#send(request, response, 'content-information', information.length, [information]);
      }
      if (offer.client === '1.1') {
        for (const [name, value] of Object.entries(MAKE_HASH_REQUEST)) response.setHeader(name, value);
      }
    }
    const body = request.method === 'HEAD' ? [] : await readStored(content, start, end);
    await this.#send(request, response, 'content', end - start, body);
  }

  /** Only of answers that it can be about: a GET of one range at most, long enough. [MS-PCCRTP] 3.2 */
  #offer(request: IncomingMessage, content: StoredContent): Offer | undefined {
    if (request.method !== 'GET' || content.length === 0 || content.length < this.#minLength) return undefined;
    if (request.headers.range?.includes(',')) return undefined;
    // UNCONFIRMED: distribution.offer-without-version
    const withoutVersion = this.#runtime.reading('distribution.offer-without-version') as 'plain' | '1.0';
    return readOffer(request.headers, { withoutVersion });
  }

  async #contentInformation(
    { minVersion, maxVersion }: Offer,
    path: string,
    content: StoredContent,
    range: Range | undefined,
  ): Promise<Uint8Array | undefined> {
    // One by one: a content may be an object of a class, whose getters a spread passes over.
    const { etag, length, lastModified } = content;
    const contentId = this.#hashed.find({ path, etag, length, lastModified });
    if (contentId === undefined) return undefined;
    const part = range && { range: { offset: BigInt(range.start), length: BigInt(range.end - range.start) } };
    const pieces: Uint8Array[] = [];
    try {
      const information = await this.#runtime.call(
        'distribution',
        'PeerDistServerOpenContentInformationEx',
        (backend) => backend.openContentInformation({ contentId, minVersion, maxVersion, ...part }),
      );
      try {
        for (let piece = await information.read(PIECE); piece !== undefined; piece = await information.read(PIECE)) {
          pieces.push(piece);
        }
      } finally {
        await this.#runtime.end(() => information.close());
      }
    } catch {
      // Without content information there still is the content.
      return undefined;
    }
    return Buffer.concat(pieces);
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    kind: ContentAnswer['kind'],
    length: number,
    body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    response.setHeader('Content-Length', length);
    try {
      await pipeline(body, response);
    } catch (error) {
      // Who leaves early has what it wants.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    } finally {
      this.#tell(
        request,
        response.statusCode,
        request.method === 'HEAD' ? 'none' : kind,
        request.method === 'HEAD' ? 0 : length,
      );
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
    response.statusCode = status;
    for (const name of ['Content-Type', 'Content-Length', 'Content-Encoding']) response.removeHeader(name);
    response.end();
    this.#tell(request, status, 'none', 0);
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // It is the same for every request, and nobody else would hear of it.
    if (isPeerError(error, 'ERROR_NOT_SUPPORTED') && !this.#warned) {
      this.#warned = true;
      process.emitWarning(error);
    }
    if (response.headersSent) response.destroy(error as Error);
    else this.#refuse(request, response, 500);
  }

  #tell(
    { method = '', url = '', socket }: IncomingMessage,
    status: number,
    kind: ContentAnswer['kind'],
    bytes: number,
  ): void {
    const remote = socket.remoteAddress ?? '';
    deliver({ method, path: url, status, kind, bytes, remote }, this.#onAnswer);
  }
}

/** Bytes of content information that are read at a time. */
const PIECE = 1024 * 1024;
