import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../lib/backend/contract/host.js';
import type { HttpAnswer, HttpHandler, HttpServerOptions } from '../../lib/backend/contract/http.js';
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

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    try {
      const body = await readBody(request, maxBody);
      // A sender who is still at it would not see the answer, but that the connection broke.
      if (!request.complete) await once(request, 'end');
      if (response.headersSent) return;
      timer.cancel();
      timer = this.#clock.after(answerMs, () => connection.destroy());
      this.#send(response, body === undefined ? { status: 413 } : await this.#ask(request, connection, body, ended));
    } catch {
      connection.destroy();
    }
  }

  async #ask(request: IncomingMessage, ends: Ends, body: Uint8Array, ended: Promise<void>): Promise<HttpAnswer> {
    const { method = '', url: path = '', headers } = request;
    const { local, remote } = ends;
    try {
      return await this.#answer({ method, path, headers: oneLine(headers), body, local, remote, ended });
    } catch {
      return { status: 500 };
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
