import type { SocketAddress } from './host.js';

/**
 * HTTP for protocols that carry bounded messages in it. The real form is node:http, the virtual one hands the same objects
 * over virtual streams.
 */
export interface Http {
  /** Port 0 takes a free one. Rejects with the system's error code (`EADDRINUSE`, `EACCES`, ...). */
  serve(local: SocketAddress, options: HttpServerOptions, answer: HttpHandler): Promise<HttpListener>;
  /**
   * One exchange, on a connection that is kept for the next one; redirects are not followed. Rejects with the system's
   * error code, with Node.js' about a certificate, with `EMSGSIZE` where the answer is longer than `maxBody`, with `EPROTO`
   * where it is no HTTP, and with the signal's reason. A request goes out again where a kept connection broke.
   */
  exchange(remote: HttpRemote, request: HttpCall): Promise<HttpReply>;
}

export interface HttpServerOptions {
  /** Bytes that a request's body may have; a longer one is answered with 413. */
  readonly maxBody: number;
  /**
   * Milliseconds until a request has arrived whole, since the connection was made or the last answer has left. A slower
   * one is cut off, and answered with 408 if its head has come.
   */
  readonly receiveMs: number;
  /** Milliseconds from a request to the end of its answer; a slower exchange is cut off, whoever is to blame. */
  readonly answerMs: number;
  /** Connections at once; further ones are closed at once. */
  readonly maxConnections: number;
  /** TLS with this certificate; plain unless given. */
  readonly tls?: HttpServerTls;
}

export interface HttpServerTls {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
}

/** Rejections are answered with 500 and an empty body. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpRequest {
  readonly method: string;
  /** With its query, as it came. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Resolves when the answer has left whole, or the connection broke. */
  readonly ended: Promise<void>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The parts follow each other on the wire; they must not change until the exchange has ended. */
  readonly body?: readonly Uint8Array[];
}

export interface HttpListener {
  readonly local: SocketAddress;
  hold(alive: boolean): void;
  /** What is being answered is cut off. */
  close(): Promise<void>;
}

export interface HttpRemote {
  /** An IP address, or a host name. */
  readonly address: string;
  readonly port: number;
  /** Name of the interface, for link-local addresses. */
  readonly scope?: string;
  readonly tls?: HttpClientTls;
}

/** The server's chain and name are checked. */
export interface HttpClientTls {
  /** PEM of the roots that are trusted; those of Node.js unless given. */
  readonly roots?: string;
  /** The name in the certificate; the remote's address unless given. */
  readonly serverName?: string;
}

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBody: number;
  readonly signal?: HttpSignal;
}

/** Of an AbortSignal what an exchange needs: to make one takes longer than all else that is done for a small exchange. */
export interface HttpSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}
