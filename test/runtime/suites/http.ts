import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ByteStream, Host, SocketAddress } from '#lib/backend/contract/host';
import type {
  HttpAnswer,
  HttpCall,
  HttpHandler,
  HttpListener,
  HttpRemote,
  HttpRequest,
  HttpServerOptions,
} from '#lib/backend/contract/http';
import { readToEnd } from './streams.ts';

const HERE = { address: '::1', port: 0 };
const LIMITS = { maxBody: 1000, receiveMs: 60_000, answerMs: 60_000, maxConnections: 100 };
/** Long enough for what is under way on a busy machine, where a test waits for it to pass. */
const SOON_MS = 300;

const pem = (name: string): string => readFileSync(new URL(`../tls/${name}.pem`, import.meta.url), 'utf8');
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');
const code = (it: string) => expect.objectContaining({ code: it });

export function httpSuite(title: string, make: () => Host): void {
  async function serve(host: Host, answer: HttpHandler, options: Partial<HttpServerOptions> = {}, local = HERE) {
    const listener = await host.awaited(host.http.serve(local, { ...LIMITS, ...options }, answer));
    onTestFinished(() => host.awaited(listener.close()));
    return listener;
  }
  const ask = (host: Host, remote: HttpRemote, call: Partial<HttpCall> = {}) =>
    host.awaited(host.http.exchange(remote, { method: 'POST', path: '/', maxBody: 100_000_000, ...call }));
  /** A connection for what no client of ours would send. */
  async function dial(host: Host, to: SocketAddress): Promise<ByteStream> {
    const stream = await host.awaited(host.streams.connect(to));
    onTestFinished(() => stream.destroy());
    return stream;
  }
  /** A server that gets each connection's bytes as they come. */
  async function listen(host: Host, accept: (stream: ByteStream, request: () => Promise<string>) => Promise<void>) {
    const listener = await host.awaited(
      host.streams.listen(HERE, (stream) => {
        void accept(stream, async () => text(await stream.read())).catch(() => undefined);
      }),
    );
    onTestFinished(() => host.awaited(listener.close()));
    return listener.local;
  }
  /** What comes until the connection ends, in whatever way: libuv may take a reset for an orderly end. */
  const rest = async (host: Host, stream: ByteStream) =>
    (await host.awaited(readToEnd(stream).catch(() => new Uint8Array()))).length;
  const brokenOff = async (host: Host, stream: ByteStream) => (await rest(host, stream)) === 0;
  const never = (): Promise<HttpAnswer> => new Promise(() => undefined);
  const ok: HttpHandler = async () => ({ status: 200 });
  const length = ({ body }: HttpRequest): HttpAnswer => ({ status: 200, body: [Buffer.from(String(body.length))] });

  describe(title, () => {
    test('a request arrives as it was sent, and its answer too', async () => {
      const host = make();
      const requests: HttpRequest[] = [];
      const listener = await serve(host, async (request) => {
        requests.push(request);
        return {
          status: 202,
          headers: { 'x-one': '1' },
          body: [Buffer.from('ab'), new Uint8Array(), Buffer.from('c')],
        };
      });
      const body = Buffer.from([0, 1, 255]);
      const reply = await ask(host, listener.local, { path: '/A%20b?c', headers: { 'X-Two': 'zwei' }, body });
      expect([reply.status, text(reply.body)]).toEqual([202, 'abc']);
      expect(reply.headers).toMatchObject({ 'x-one': '1', 'content-length': '3' });
      const [request] = requests;
      expect(request).toMatchObject({ method: 'POST', path: '/A%20b?c', local: listener.local });
      expect(request?.headers).toMatchObject({ 'x-two': 'zwei', host: `[::1]:${listener.local.port}` });
      expect(Buffer.from(request?.body ?? [])).toEqual(body);
      expect(request?.remote.address).toBe('::1');
      await host.awaited(request?.ended as Promise<void>);
    });

    test('without bodies, and with an answer of many megabytes', async () => {
      const host = make();
      const long = new Uint8Array(8_000_000).fill(7);
      const listener = await serve(host, async ({ path }) => ({ status: 200, body: path === '/long' ? [long] : [] }));
      expect((await ask(host, listener.local, { method: 'GET' })).body.length).toBe(0);
      expect(Buffer.from((await ask(host, listener.local, { path: '/long' })).body).equals(long)).toBe(true);
      expect((await ask(host, listener.local, { method: 'HEAD', path: '/long' })).headers['content-length']).toBe(
        '8000000',
      );
    });

    test('exchanges one after the other share a connection, those at once have their own', async () => {
      const host = make();
      const from = async ({ remote, path }: HttpRequest): Promise<HttpAnswer> => {
        if (path === '/slow') await new Promise<void>((resolve) => host.clock.after(20, resolve));
        return { status: 200, body: [Buffer.from(String(remote.port))] };
      };
      const { local } = await serve(host, from);
      const one = async (path: string) => text((await ask(host, local, { path })).body);
      expect(await one('/')).toBe(await one('/'));
      expect(new Set(await Promise.all(['/slow', '/slow', '/slow'].map(one))).size).toBe(3);
    });

    test('a handler that rejects is status 500', async () => {
      const host = make();
      const listener = await serve(host, () => Promise.reject(new Error('secret')));
      const reply = await ask(host, listener.local);
      expect([reply.status, reply.body.length]).toEqual([500, 0]);
    });

    test('a request of maxBody bytes is served, a longer one is status 413, in whatever pieces', async () => {
      const host = make();
      const { local } = await serve(host, async (request) => length(request));
      expect(text((await ask(host, local, { body: new Uint8Array(1000) })).body)).toBe('1000');
      expect((await ask(host, local, { body: new Uint8Array(1001) })).status).toBe(413);
      expect((await ask(host, local, { body: new Uint8Array(5_000_000) })).status).toBe(413);
      expect(text((await ask(host, local, { body: new Uint8Array(1) })).body)).toBe('1');
      const stream = await dial(host, local);
      const piece = `258\r\n${'x'.repeat(600)}\r\n`;
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
      await host.awaited(stream.write(Buffer.from(`${head}${piece}${piece}0\r\n\r\n`)));
      expect(text(await host.awaited(readToEnd(stream)))).toMatch(/^HTTP\/1.1 413 /);
    });

    test('an answer longer than maxBody is EMSGSIZE', async () => {
      const host = make();
      const { local } = await serve(host, async () => ({ status: 200, body: [new Uint8Array(3_000_000)] }));
      expect((await ask(host, local, { maxBody: 3_000_000 })).body.length).toBe(3_000_000);
      await expect(ask(host, local, { maxBody: 2_999_999 })).rejects.toEqual(code('EMSGSIZE'));
    });

    test('chunked bodies are taken in both directions', async () => {
      const host = make();
      const { local } = await serve(host, async ({ body }) => ({ status: 200, body: [body] }));
      const stream = await dial(host, local);
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
      await host.awaited(stream.write(Buffer.from(`${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`)));
      expect(text(await host.awaited(readToEnd(stream)))).toMatch(/abcde$/);
      const at = await listen(host, async (accepted, request) => {
        await request();
        const answer = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n';
        await accepted.write(Buffer.from(answer));
      });
      expect(text((await ask(host, at)).body)).toBe('abc');
    });

    test('who never finishes the head of a request is cut off, a body is answered with 408', async () => {
      const host = make();
      const { local } = await serve(host, ok, { receiveMs: SOON_MS });
      for (const sent of ['', 'POST / HT', 'POST / HTTP/1.1\r\nHost: a\r\n']) {
        const stream = await dial(host, local);
        await host.awaited(stream.write(Buffer.from(sent)));
        expect(await brokenOff(host, stream)).toBe(true);
      }
      const stream = await dial(host, local);
      await host.awaited(stream.write(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345678')));
      expect(text(await host.awaited(readToEnd(stream)))).toMatch(/^HTTP\/1.1 408 /);
    });

    test('an exchange that takes too long is cut off, for a handler and for a reader', async () => {
      const host = make();
      let ended: Promise<void> | undefined;
      const { local } = await serve(
        host,
        (request) => {
          ended = request.ended;
          return request.path === '/never'
            ? never()
            : Promise.resolve({ status: 200, body: [new Uint8Array(1 << 25)] });
        },
        { answerMs: SOON_MS },
      );
      await expect(ask(host, local, { path: '/never' })).rejects.toEqual(code('ECONNRESET'));
      await host.awaited(ended as Promise<void>);
      const stream = await dial(host, local);
      await host.awaited(stream.write(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')));
      await host.awaited(stream.read());
      await host.awaited(ended as Promise<void>);
      expect(await rest(host, stream)).toBeLessThan(1 << 24);
    });

    test('the signal ends an exchange with its reason, at any time', async () => {
      const host = make();
      let arrived: (request: HttpRequest) => void = () => undefined;
      const request = new Promise<HttpRequest>((resolve) => {
        arrived = resolve;
      });
      const { local } = await serve(host, (it) => {
        arrived(it);
        return never();
      });
      const reason = new Error('no longer wanted');
      await expect(ask(host, local, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const connecting = new AbortController();
      const early = ask(host, local, { signal: connecting.signal });
      connecting.abort(reason);
      await expect(early).rejects.toBe(reason);
      const waiting = new AbortController();
      const late = ask(host, local, { path: '/late', signal: waiting.signal });
      const { ended } = await host.awaited(request);
      waiting.abort(reason);
      await expect(late).rejects.toBe(reason);
      await host.awaited(ended);
      const unexplained = new AbortController();
      const last = ask(host, local, { signal: unexplained.signal });
      unexplained.abort();
      await expect(last).rejects.toMatchObject({ name: 'AbortError' });
    });

    test('connections beyond the limit are closed at once, and make room again', async () => {
      const host = make();
      const { local } = await serve(host, ok, { maxConnections: 2 });
      const streams = [await dial(host, local), await dial(host, local)];
      const request = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      for (const stream of streams) await host.awaited(stream.write(request));
      const third = await dial(host, local);
      const answers = Promise.all(streams.map((it) => host.awaited(readToEnd(it))));
      expect((await answers).map((it) => text(it).slice(0, 12))).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
      expect(await brokenOff(host, third)).toBe(true);
      expect((await ask(host, local)).status).toBe(200);
    });

    test('of requests that one connection sends ahead only a few are under way', async () => {
      const host = make();
      let most = 0;
      const { local } = await serve(host, () => {
        most += 1;
        return never();
      });
      const stream = await dial(host, local);
      await host.awaited(stream.write(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50))));
      expect(await brokenOff(host, stream)).toBe(true);
      expect(most).toBeLessThanOrEqual(4);
    });

    test('what is no HTTP is status 400 for a client, and EPROTO from a server', async () => {
      const host = make();
      const { local } = await serve(host, ok);
      const stream = await dial(host, local);
      await host.awaited(stream.write(Buffer.from('\0\0\0\0 no such thing\r\n\r\n')));
      expect(text(await host.awaited(readToEnd(stream)))).toMatch(/^HTTP\/1.1 400 /);
      const at = await listen(host, async (accepted, request) => {
        await request();
        await accepted.write(Buffer.from('SIP/2.0 200 OK\r\n\r\n'));
      });
      await expect(ask(host, at)).rejects.toEqual(code('EPROTO'));
    });

    test('an answer that ends early is ECONNRESET', async () => {
      const host = make();
      const at = await listen(host, async (accepted, request) => {
        await request();
        await accepted.write(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'));
        await accepted.close();
      });
      await expect(ask(host, at)).rejects.toEqual(code('ECONNRESET'));
    });

    test('a kept connection that breaks when it is used again is replaced', async () => {
      const host = make();
      let connections = 0;
      const at = await listen(host, async (accepted, request) => {
        connections += 1;
        await request();
        await accepted.write(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
        await request();
        accepted.destroy();
      });
      expect((await ask(host, at)).status).toBe(200);
      expect((await ask(host, at)).status).toBe(200);
      expect(connections).toBe(2);
    });

    test('nobody listens, and a port has one listener', async () => {
      const host = make();
      const listener = await serve(host, ok);
      await expect(host.awaited(host.http.serve(listener.local, LIMITS, ok))).rejects.toEqual(code('EADDRINUSE'));
      await host.awaited(listener.close());
      await host.awaited(listener.close());
      await expect(ask(host, listener.local)).rejects.toEqual(code('ECONNREFUSED'));
      await serve(host, ok, {}, listener.local);
    });

    test('closing cuts off what is under way', async () => {
      const host = make();
      let arrived = (): void => undefined;
      const request = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const listener: HttpListener = await serve(host, () => {
        arrived();
        return never();
      });
      const cut = expect(ask(host, listener.local)).rejects.toEqual(code('ECONNRESET'));
      await host.awaited(request);
      await host.awaited(listener.close());
      await cut;
    });

    test('TLS: chain and name are checked', async () => {
      const host = make();
      const tls = { certificate: pem('server'), privateKey: pem('server-key') };
      const { local } = await serve(host, ok, { tls });
      const roots = pem('root');
      const reached = { ...local, tls: { roots } };
      expect((await ask(host, reached)).status).toBe(200);
      expect((await ask(host, reached)).status).toBe(200);
      expect((await ask(host, { ...local, tls: { roots, serverName: 'cache.example' } })).status).toBe(200);
      for (const wrong of [{ roots, serverName: 'other.example' }, { roots: pem('other-root') }, {}]) {
        await expect(ask(host, { ...local, tls: wrong })).rejects.toThrow(/certificate|altnames/i);
      }
    });

    test('TLS: a handshake that never comes is cut off', async () => {
      const host = make();
      const tls = { certificate: pem('server'), privateKey: pem('server-key') };
      const { local } = await serve(host, ok, { tls, receiveMs: SOON_MS });
      const stream = await dial(host, local);
      expect(await brokenOff(host, stream)).toBe(true);
    });
  });
}
