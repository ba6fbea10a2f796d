import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, SocketAddress, Timer } from '../../lib/backend/contract/host.js';
import type { HttpAnswer, HttpHandler, HttpRequest, HttpServerOptions } from '../../lib/backend/contract/http.js';
import { dateFromFiletime } from '../wire/filetime.js';
import { oneLine, readBody } from './http-body.js';
import type { Ends } from './streams.js';

/** Requests of one connection that may be under way: a client sends the next one before the last answer has left here. */
const PIPELINE = 4;

export interface IncomingConnection extends Ends {
  /** What carries HTTP: the connection itself, or TLS on it. */
  readonly carrier: Promise<Duplex>;
  hold(alive: boolean): void;
  destroy(): void;
}

/** What a server does on its connections, wherever they come from: the limits of the contract, on the host's clock. */
export class HttpConnections {
  readonly #clock: Clock;
  readonly #options: HttpServerOptions;
  readonly #answer: HttpHandler;
  /** By what carries HTTP. */
  readonly #served = new WeakMap<Duplex, ServedConnection>();
  readonly #open = new Set<ServedConnection>();
  /** Node.js' own timers are off. It never listens: it is handed each connection. */
  readonly #http = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 }, (request, response) =>
    this.#exchange(request, response),
  );
  #alive = true;

  constructor(clock: Clock, options: HttpServerOptions, answer: HttpHandler) {
    this.#clock = clock;
    this.#options = options;
    this.#answer = answer;
    this.#http.on('clientError', (error, carrier) => this.#refuse(error, carrier));
  }

  accept(connection: IncomingConnection): void {
    if (this.#open.size >= this.#options.maxConnections) return connection.destroy();
    const served = new ServedConnection(connection, this.#clock, this.#options.receiveMs);
    connection.hold(this.#alive);
    this.#open.add(served);
    const forget = () => {
      served.ended();
      this.#open.delete(served);
    };
    connection.carrier.then(
      (carrier) => {
        this.#served.set(carrier, served);
        if (carrier.destroyed) return forget();
        carrier.once('close', forget);
        this.#http.emit('connection', carrier);
      },
      () => {
        connection.destroy();
        forget();
      },
    );
  }

  hold(alive: boolean): void {
    this.#alive = alive;
    for (const { connection } of this.#open) connection.hold(alive);
  }

  close(): void {
    for (const { connection } of this.#open) connection.destroy();
  }

  /** What Node.js' parser does not take: an answer, unless another one is just being given. */
  #refuse({ code }: NodeJS.ErrnoException, carrier: Duplex): void {
    const served = this.#served.get(carrier);
    if (served === undefined || served.underWay > 0 || !carrier.writable) return void carrier.destroy();
    const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
    carrier.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, () => carrier.destroy());
  }

  #exchange(request: IncomingMessage, response: ServerResponse): void {
    const served = this.#served.get(request.socket) as ServedConnection;
    const { connection } = served;
    if (served.underWay >= PIPELINE) return connection.destroy();
    const { receiveMs, answerMs, maxBody } = this.#options;
    let timer = this.#clock.after(receiveMs, () => {
      if (response.headersSent) connection.destroy();
      else this.#send(response, { status: 408, headers: { connection: 'close' } });
    });
    served.began();
    const ended = new Promise<void>((resolve) => {
      response.once('close', () => {
        timer.cancel();
        served.finished();
        resolve();
      });
    });
    // What broke is over; nobody is left to be told.
    response.on('error', () => undefined);
    const whole = (body: Uint8Array | undefined) => {
      if (response.headersSent) return;
      timer.cancel();
      timer = this.#clock.after(answerMs, () => connection.destroy());
      if (body === undefined) this.#send(response, { status: 413 });
      else void this.#reply(new Request(request, body, connection, ended), response, connection);
    };
    const took = (body: Uint8Array | undefined) => {
      if (body !== undefined) whole(body);
      // A sender who is still at it would not see the answer, but that the connection broke.
      else request.once('end', () => whole(undefined));
    };
    readBody(request, maxBody, took, () => connection.destroy());
  }

  async #reply(request: Request, response: ServerResponse, connection: IncomingConnection): Promise<void> {
    try {
      this.#send(response, await this.#answer(request));
    } catch {
      if (response.headersSent) connection.destroy();
      else this.#send(response, { status: 500 });
    }
  }

  #send(response: ServerResponse, { status, headers, body = [] }: HttpAnswer): void {
    if (response.destroyed) return;
    const length = body.reduce((sum, part) => sum + part.length, 0);
    const date = dateFromFiletime(this.#clock.filetime()).toUTCString();
    response.writeHead(status, { date, 'content-length': length, ...headers });
    // Node.js hands all of them to the system in one call, as they are.
    for (const part of body) response.write(part);
    response.end();
  }
}

class Request implements HttpRequest {
  readonly body: Uint8Array;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly ended: Promise<void>;
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage, body: Uint8Array, { local, remote }: Ends, ended: Promise<void>) {
    this.#request = request;
    this.body = body;
    this.local = local;
    this.remote = remote;
    this.ended = ended;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  get path(): string {
    return this.#request.url ?? '';
  }

  /** Node.js makes them when they are first asked for. */
  get headers(): HttpRequest['headers'] {
    return oneLine(this.#request.headers);
  }
}

class ServedConnection {
  readonly connection: IncomingConnection;
  readonly #clock: Clock;
  readonly #receiveMs: number;
  #idle: Timer;
  underWay = 0;
  #over = false;

  constructor(connection: IncomingConnection, clock: Clock, receiveMs: number) {
    this.connection = connection;
    this.#clock = clock;
    this.#receiveMs = receiveMs;
    this.#idle = this.#wait();
  }

  began(): void {
    this.underWay += 1;
    this.#idle.cancel();
  }

  finished(): void {
    this.underWay -= 1;
    if (this.underWay === 0 && !this.#over) this.#idle = this.#wait();
  }

  ended(): void {
    this.#over = true;
    this.#idle.cancel();
  }

  /** For the head of a request. */
  #wait(): Timer {
    return this.#clock.after(this.#receiveMs, () => this.connection.destroy());
  }
}
