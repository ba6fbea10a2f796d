import { describe, expect, test } from 'vitest';
import type { Host, SecureStream } from '#lib/backend/contract/host';
import { identityCredentials } from '../identity-credentials.ts';
import { readToEnd, type StreamPair, streamPair } from './streams.ts';

const VERSIONS = [
  { minVersion: 'TLSv1', maxVersion: 'TLSv1.2' },
  { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
] as const;

export function secureSuite(title: string, make: () => Host): void {
  async function secured(host: Host, pair: StreamPair, versions: (typeof VERSIONS)[number]) {
    const [client, server] = [await identityCredentials(host, versions), await identityCredentials(host, versions)];
    const streams: readonly [SecureStream, SecureStream] = await host.awaited(
      Promise.all([host.secure.client(pair.client, client), host.secure.server(pair.server, server)]),
    );
    return { client, server, streams };
  }

  describe(title, () => {
    test.each(VERSIONS)('$minVersion to $maxVersion: each side sees the other’s certificate', async (versions) => {
      const host = make();
      await using pair = await streamPair(host);
      const { client, server, streams } = await secured(host, pair, versions);
      expect(Buffer.from(streams[0].peerCertificate ?? [])).toEqual(Buffer.from(server.certificates[0] ?? []));
      expect(Buffer.from(streams[1].peerCertificate ?? [])).toEqual(Buffer.from(client.certificates[0] ?? []));
      expect(streams[0].remote).toEqual(pair.client.remote);
    });

    test.each(VERSIONS)(
      '$minVersion to $maxVersion: each direction carries all and ends by itself',
      async (versions) => {
        const host = make();
        await using pair = await streamPair(host);
        const { streams } = await secured(host, pair, versions);
        for (const [from, to] of [streams, [streams[1], streams[0]] as const]) {
          const all = readToEnd(to);
          await host.awaited(from.write(new Uint8Array(3_000_000)));
          await host.awaited(from.close());
          expect((await host.awaited(all)).length).toBe(3_000_000);
        }
      },
    );

    test('a handshake with one who leaves rejects and destroys the stream', async () => {
      const host = make();
      const credentials = await identityCredentials(host, VERSIONS[1]);
      for (const side of ['client', 'server'] as const) {
        for (const leave of ['close', 'destroy'] as const) {
          await using pair = await streamPair(host);
          const handshake = host.secure[side](pair.client, credentials);
          void pair.server[leave]();
          await expect(host.awaited(handshake)).rejects.toThrow();
          await expect(host.awaited(pair.client.write(Uint8Array.of(1)))).rejects.toThrow();
        }
      }
    });
  });
}
