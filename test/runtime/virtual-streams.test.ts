import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { ByteStream, SocketAddress } from '#lib/backend/contract/host';

const addressOf = (host: VirtualHost): string => host.interfaces.list()[1]?.addresses[0] as string;
const code = (it: string) => expect.objectContaining({ code: it });
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('virtual streams', () => {
  let net: VirtualNetwork;
  let a: VirtualHost;
  let b: VirtualHost;
  let at: SocketAddress;
  let accepted: ByteStream[];

  beforeEach(async () => {
    net = new VirtualNetwork({ seed: 3 });
    a = net.host();
    b = net.host();
    accepted = [];
    const listener = await b.streams.listen({ address: addressOf(b), port: 0 }, (it) => accepted.push(it));
    at = listener.local;
  });

  async function connect(): Promise<{ near: ByteStream; far: ByteStream }> {
    const near = await a.awaited(a.streams.connect(at));
    return { near, far: accepted.at(-1) as ByteStream };
  }
  const passing = <T>(promise: Promise<T>): Promise<T> => a.awaited(promise);

  test('what many writes bring is read in their order', async () => {
    const { near, far } = await connect();
    expect([far.remote, near.remote]).toEqual([near.local, far.local]);
    for (let n = 0; n < 200; n++) await near.write(bytes(n));
    await near.close();
    const read: number[] = [];
    for (;;) {
      const next = await passing(far.read());
      if (next === undefined) break;
      read.push(...next);
    }
    expect(read).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(await passing(far.read())).toBeUndefined();
  });

  test('a writer waits for its reader once the window is full', async () => {
    const { near, far } = await connect();
    const buffer = Buffer.alloc(40_000, 1);
    await near.write(buffer);
    buffer.fill(2);
    let took = false;
    const second = near.write(buffer).then(() => (took = true));
    await net.time.advance(1000);
    expect(took).toBe(false);
    expect((await far.read())?.[0]).toBe(1);
    await second;
    expect(took).toBe(true);
  });

  test('either direction ends by itself; the connection with the second', async () => {
    const { near, far } = await connect();
    await near.write(bytes(1));
    await near.close();
    await near.close();
    await expect(near.write(bytes(2))).rejects.toEqual(code('EPIPE'));
    expect(await passing(far.read())).toEqual(bytes(1));
    expect(await passing(far.read())).toBeUndefined();
    await far.write(bytes(3));
    await far.close();
    expect(await passing(near.read())).toEqual(bytes(3));
    expect(await passing(near.read())).toBeUndefined();
    near.destroy();
    far.destroy();
    await net.time.advance(100);
    expect(await near.read()).toBeUndefined();
    expect([a.streamsOpen.size, b.streamsOpen.size]).toEqual([0, 0]);
  });

  test('destroy fails both ends, whoever reads or writes', async () => {
    const { near, far } = await connect();
    const reads = [far.read(), far.read(), near.read()].map((it) => it.catch((error) => error.code));
    const writer = near.write(Buffer.alloc(100_000)).catch((error) => error.code);
    near.destroy();
    near.destroy();
    await net.time.advance(100);
    // The first read still gets what came before the end.
    expect(await Promise.all([...reads.slice(1), writer])).toEqual(['ECONNRESET', 'ECONNABORTED', 'ECONNABORTED']);
    await expect(far.write(bytes(1))).rejects.toEqual(code('ECONNRESET'));
    await expect(near.read()).rejects.toEqual(code('ECONNABORTED'));
    await near.close();
    expect([a.streamsOpen.size, b.streamsOpen.size, net.time.pending()]).toEqual([0, 0, 0]);
  });

  test('refused, nobody there, no answer, given up', async () => {
    await expect(passing(a.streams.connect({ ...at, port: 1 }))).rejects.toEqual(code('ECONNREFUSED'));
    await expect(a.streams.connect({ address: '2001:db8::dead', port: 1 })).rejects.toEqual(code('EHOSTUNREACH'));
    net.partition([[a], [b]]);
    await expect(passing(a.streams.connect(at))).rejects.toEqual(code('ETIMEDOUT'));
    net.heal();
    const abort = new AbortController();
    const given = a.streams.connect(at, { signal: abort.signal });
    abort.abort(new Error('no longer'));
    await expect(given).rejects.toThrow('no longer');
    await expect(a.streams.connect(at, { signal: abort.signal })).rejects.toThrow('no longer');
    await net.time.advance(100);
    expect([accepted.length, a.streamsOpen.size, net.time.pending()]).toEqual([0, 0, 0]);
  });

  test('a closed listener refuses, and leaves what it accepted', async () => {
    const { near, far } = await connect();
    const second = await b.streams.listen({ address: '::', port: 81 }, () => undefined);
    await expect(b.streams.listen({ address: addressOf(b), port: 81 }, () => undefined)).rejects.toEqual(
      code('EADDRINUSE'),
    );
    await second.close();
    await expect(passing(a.streams.connect({ address: addressOf(b), port: 81 }))).rejects.toEqual(code('ECONNREFUSED'));
    await near.write(bytes(5));
    expect(await passing(far.read())).toEqual(bytes(5));
  });

  test('a crash fails the own ends at once; the other side learns of it when it sends', async () => {
    const { near, far } = await connect();
    const read = far.read().catch((error) => error.code);
    const connecting = b.streams.connect({ address: addressOf(a), port: 1 }).catch((error) => error.code);
    let heard = false;
    const waiting = near.read().catch((error) => {
      heard = true;
      return error.code;
    });
    b.crash();
    expect(await Promise.all([read, connecting])).toEqual(['ECONNABORTED', 'ECONNABORTED']);
    await net.time.advance(60_000);
    expect(heard).toBe(false);
    await near.write(bytes(1));
    await net.time.advance(100);
    expect(await waiting).toBe('ETIMEDOUT');
    await turn();
    expect(a.streamsOpen.size).toBe(0);
  });

  test('what is sent across a partition breaks the sender’s end, and its later bytes the other', async () => {
    const { near, far } = await connect();
    net.partition([[a], [b]]);
    await near.write(bytes(1));
    await net.time.advance(100);
    net.heal();
    await expect(near.read()).rejects.toEqual(code('ETIMEDOUT'));
    await far.write(bytes(1));
    await net.time.advance(100);
    await expect(far.read()).rejects.toEqual(code('ECONNRESET'));
  });
});
