import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import type { ByteStream } from '#lib/backend/contract/host';
import { identityCredentials } from './identity-credentials.ts';
import { realHost } from './real-host.ts';

const VERSIONS = [
  { version: 'TLSv1', minVersion: 'TLSv1', maxVersion: 'TLSv1.2' },
  { version: 'TLSv1.1', minVersion: 'TLSv1', maxVersion: 'TLSv1.2' },
  { version: 'TLSv1.2', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  { version: 'TLSv1.3', minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
  { version: 'TLSv1.1', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  { version: 'TLSv1.3', minVersion: 'TLSv1', maxVersion: 'TLSv1.2' },
] as const;

/** The version on which a client that speaks `version` alone and a server of the port agree. */
async function agreed({ version, ...range }: (typeof VERSIONS)[number]): Promise<string | null> {
  const host = realHost();
  const credentials = await identityCredentials(host, range);
  let secured: Promise<ByteStream> | undefined;
  const listener = await host.streams.listen({ address: '::1', port: 0 }, (stream) => {
    secured = host.secure.server(stream, credentials);
    secured.catch(() => undefined);
  });
  const socket = connect({
    host: '::1',
    port: listener.local.port,
    minVersion: version,
    maxVersion: version,
    ciphers: 'DEFAULT@SECLEVEL=0',
    rejectUnauthorized: false,
  });
  try {
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    (await secured)?.destroy();
    return socket.getProtocol();
  } finally {
    socket.destroy();
    await listener.close();
  }
}

test.each(VERSIONS.slice(0, 4))('$version is agreed on within $minVersion to $maxVersion', async (versions) => {
  expect(await agreed(versions)).toBe(versions.version);
});

test.each(VERSIONS.slice(4))('$version is refused outside $minVersion to $maxVersion', async (versions) => {
  await expect(agreed(versions)).rejects.toThrow();
});
