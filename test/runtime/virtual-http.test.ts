import { describe, expect, onTestFinished, test } from 'vitest';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { HttpAnswer, HttpHandler } from '#lib/backend/contract/http';

const LIMITS = { maxBody: 1000, receiveMs: 10_000, answerMs: 15_000, maxConnections: 100 };
const CALL = { method: 'POST', path: '/', maxBody: 1000 };

/** One machine that serves, one that asks. */
async function pair(answer: HttpHandler, options: ConstructorParameters<typeof VirtualNetwork>[0] = {}) {
  const net = new VirtualNetwork({ seed: 4, latency: { min: 5, max: 5 }, ...options });
  const [server, client] = [net.host(), net.host()];
  const listener = await server.http.serve({ address: '2001:db8::1', port: 0 }, LIMITS, answer);
  onTestFinished(() => listener.close());
  return { net, server, client, to: listener.local };
}
const ok: HttpHandler = async () => ({ status: 200 });

describe('virtual http', () => {
  test('an exchange takes a round trip to connect and one for the request, and the next one the latter alone', async () => {
    const { net, client, to } = await pair(ok);
    for (const ms of [20, 30]) {
      await client.awaited(client.http.exchange(to, CALL));
      expect(net.time.now).toBe(ms);
    }
  });

  test('a sender of a byte a second is cut off after receiveMs', async () => {
    const { net, client, to } = await pair(ok);
    const stream = await client.awaited(client.streams.connect(to));
    const accepted = net.time.now;
    let sent = 0;
    const drip = (): void => {
      void stream.write(Buffer.from('POST /'.charAt(sent) || 'a')).catch(() => undefined);
      sent += 1;
      client.clock.after(1000, drip);
    };
    drip();
    await expect(client.awaited(stream.read())).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect([net.time.now - accepted, sent]).toEqual([10_005, 11]);
  });

  test('a body that drips is answered with 408', async () => {
    const { net, client, to } = await pair(ok);
    const stream = await client.awaited(client.streams.connect(to));
    await stream.write(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n'));
    const drip = (): void => {
      void stream.write(Buffer.from('x')).catch(() => undefined);
      client.clock.after(700, drip);
    };
    drip();
    const answer = Buffer.from((await client.awaited(stream.read())) ?? []).toString();
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(net.time.now).toBe(10 + 5 + 10_000 + 5);
  });

  test('an exchange is cut off after answerMs', async () => {
    const { net, client, to } = await pair(() => new Promise<HttpAnswer>(() => undefined));
    await expect(client.awaited(client.http.exchange(to, CALL))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(net.time.now).toBe(15_000 + 20);
  });

  test('a kept connection ends after receiveMs without a request', async () => {
    const ports = new Set<number>();
    const { net, client, to } = await pair(async ({ remote }) => {
      ports.add(remote.port);
      return { status: 200 };
    });
    for (const pause of [9000, 9000, 11_000, 0]) {
      await client.awaited(client.http.exchange(to, CALL));
      await net.time.advance(pause);
    }
    expect(ports.size).toBe(2);
  });

  test('of a host that crashed nothing comes, until the signal ends the exchange', async () => {
    const { server, client, to } = await pair(() => new Promise<HttpAnswer>(() => undefined));
    const [given, reason] = [new AbortController(), new Error('no answer')];
    server.clock.after(100, () => server.crash());
    client.clock.after(60_000, () => given.abort(reason));
    await expect(client.awaited(client.http.exchange(to, { ...CALL, signal: given.signal }))).rejects.toBe(reason);
    await expect(client.awaited(client.http.exchange(to, CALL))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  test('a host name is asked for at the name server', async () => {
    const { client, to } = await pair(ok, { dns: { 'cache.example': ['2001:db8::1'] } });
    const named = (address: string) => client.awaited(client.http.exchange({ ...to, address }, CALL));
    expect((await named('cache.example')).status).toBe(200);
    await expect(named('nobody.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
