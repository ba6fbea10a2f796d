import { describe, expect, test } from 'vitest';
import type { ByteStream, Host, StreamListener } from '#lib/backend/contract/host';

const HERE = { address: '::1', port: 0 };

export interface StreamPair extends AsyncDisposable {
  readonly client: ByteStream;
  readonly server: ByteStream;
  readonly listener: StreamListener;
}

export async function streamPair(host: Host): Promise<StreamPair> {
  let accept: (stream: ByteStream) => void = () => undefined;
  const accepted = new Promise<ByteStream>((resolve) => {
    accept = resolve;
  });
  const listener = await host.awaited(host.streams.listen(HERE, (stream) => accept(stream)));
  const client = await host.awaited(host.streams.connect(listener.local));
  const server = await host.awaited(accepted);
  const dispose = async () => {
    client.destroy();
    server.destroy();
    await host.awaited(listener.close());
  };
  return { client, server, listener, [Symbol.asyncDispose]: dispose };
}

export async function readToEnd(stream: ByteStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) chunks.push(bytes);
  return Buffer.concat(chunks);
}

export function streamsSuite(title: string, make: () => Host): void {
  describe(title, () => {
    test('each side knows both ends', async () => {
      await using pair = await streamPair(make());
      expect(pair.client.remote).toEqual(pair.listener.local);
      expect(pair.server.local).toEqual(pair.listener.local);
      expect(pair.server.remote).toEqual(pair.client.local);
    });

    test('each direction ends by itself', async () => {
      const host = make();
      await using pair = await streamPair(host);
      await host.awaited(pair.client.write(Buffer.from('question')));
      await host.awaited(pair.client.close());
      expect(Buffer.from(await host.awaited(readToEnd(pair.server))).toString()).toBe('question');
      expect(await host.awaited(pair.server.read())).toBeUndefined();
      await host.awaited(pair.server.write(Buffer.from('answer')));
      await host.awaited(pair.server.close());
      expect(Buffer.from(await host.awaited(readToEnd(pair.client))).toString()).toBe('answer');
      await host.awaited(pair.client.close());
    });

    test('a writer waits for its reader', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const bytes = new Uint8Array(32 << 20).fill(7);
      let taken = false;
      const written = pair.client.write(bytes).then(() => {
        taken = true;
      });
      await host.awaited(pair.server.write(Uint8Array.of(1)));
      await host.awaited(pair.client.read());
      expect(taken).toBe(false);
      const all = readToEnd(pair.server);
      await host.awaited(written);
      await host.awaited(pair.client.close());
      expect((await host.awaited(all)).length).toBe(bytes.length);
    });

    test('reads that wait are served in order', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const reads = Promise.all([pair.server.read(), pair.server.read()]);
      await host.awaited(pair.client.write(new Uint8Array(0)));
      await host.awaited(pair.client.write(Uint8Array.of(1)));
      await host.awaited(pair.client.close());
      expect(await host.awaited(reads)).toEqual([expect.objectContaining({ 0: 1, length: 1 }), undefined]);
    });

    test('destroying breaks both ends', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const waiting = pair.client.read();
      const theirs = pair.server.read();
      pair.client.destroy();
      pair.client.destroy();
      await expect(host.awaited(waiting)).rejects.toThrow();
      await expect(host.awaited(theirs)).rejects.toThrow();
      await expect(host.awaited(pair.server.read())).rejects.toThrow();
      await expect(host.awaited(pair.client.read())).rejects.toThrow();
      await expect(host.awaited(pair.client.write(Uint8Array.of(1)))).rejects.toThrow();
      await host.awaited(Promise.all([pair.client.close(), pair.server.close()]));
    });

    test('destroying rejects what is being written', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const writes = [pair.client.write(new Uint8Array(32 << 20)), pair.client.write(Uint8Array.of(1))];
      const settled = Promise.allSettled(writes);
      await host.awaited(pair.server.read());
      pair.client.destroy();
      expect((await host.awaited(settled)).map((it) => it.status)).toEqual(['rejected', 'rejected']);
    });

    test('writing after closing is an error that leaves the other direction alone', async () => {
      const host = make();
      await using pair = await streamPair(host);
      await host.awaited(pair.client.close());
      await host.awaited(pair.client.close());
      await expect(host.awaited(pair.client.write(Uint8Array.of(1)))).rejects.toThrow();
      await host.awaited(pair.server.write(Uint8Array.of(2)));
      expect((await host.awaited(pair.client.read()))?.[0]).toBe(2);
    });

    test('a closed listener accepts nothing, and its streams go on', async () => {
      const host = make();
      await using pair = await streamPair(host);
      await host.awaited(pair.listener.close());
      await host.awaited(pair.listener.close());
      await expect(host.awaited(host.streams.connect(pair.listener.local))).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      });
      await host.awaited(pair.client.write(Uint8Array.of(1)));
      expect((await host.awaited(pair.server.read()))?.[0]).toBe(1);
    });

    test('a port has one listener', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const second = host.streams.listen(pair.listener.local, (it) => it.destroy());
      await expect(host.awaited(second)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    test('connecting can be aborted, before and while', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const reason = new Error('no longer wanted');
      const before = host.streams.connect(pair.listener.local, { signal: AbortSignal.abort(reason) });
      await expect(host.awaited(before)).rejects.toBe(reason);
      const controller = new AbortController();
      const during = host.streams.connect(pair.listener.local, { signal: controller.signal });
      controller.abort(reason);
      await expect(host.awaited(during)).rejects.toBe(reason);
    });

    test('an abort after connecting is nothing', async () => {
      const host = make();
      await using pair = await streamPair(host);
      const controller = new AbortController();
      const stream = await host.awaited(host.streams.connect(pair.listener.local, { signal: controller.signal }));
      controller.abort();
      await host.awaited(stream.write(Uint8Array.of(1)));
      stream.destroy();
    });
  });
}
