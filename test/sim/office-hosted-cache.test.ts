import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { HostedCacheOptions } from 'winpeer/distribution';
import { fullStore, NONE, Office, statsOf } from './office.ts';

const LENGTH = 1_000_000;
const ADDRESS = '2001:db8::2';
const URL_2 = `http://[${ADDRESS}]:8080`;

const pem = (name: string): string => readFileSync(new URL(`../runtime/tls/${name}.pem`, import.meta.url), 'utf8');

/** The second machine of the office's network is the hosted cache. */
async function hosted(office: Office, options: HostedCacheOptions = {}): Promise<Platform> {
  const platform = office.net.platform({ link: 'dmz' });
  await platform.distribution.hostedCache({ listen: [{ address: ADDRESS, port: 8080 }], ...options });
  return platform;
}

/** Clients on links of their own, where no peer hears them. */
const client = (office: Office, number: number): Platform => office.net.platform({ link: `desk-${number}` });

describe('a hosted cache', () => {
  test.each([1, 2] as const)(
    'has what the first client took from the origin, of version %i, for all others',
    async (version) => {
      const office = new Office(LENGTH);
      await hosted(office);
      const information = await office.information(version);
      const sources = [];
      for (const number of [1, 2, 3, 4]) {
        const platform = client(office, number);
        const { bytes } = await office.read(platform, information, { hostedCache: URL_2 });
        expect(bytes.equals(office.content)).toBe(true);
        const stats = await statsOf(platform);
        sources.push(stats.bytes);
        expect(stats.discovery.sent).toEqual({});
        // It waits until the cache has fetched what it was offered.
        await platform.close();
      }
      const rest = { ...NONE, 'hosted-cache': LENGTH };
      expect(sources).toEqual([{ ...NONE, origin: LENGTH }, rest, rest, rest]);
    },
  );

  test('of Windows 7 is offered each segment by itself, over HTTPS', async () => {
    const office = new Office(LENGTH);
    const cache = await hosted(office, {
      https: {
        listen: [{ address: ADDRESS, port: 443 }],
        certificate: pem('server'),
        privateKey: pem('server-key'),
      },
    });
    const information = await office.information(1);
    const options = {
      hostedCache: { url: 'https://cache.example', retrievalPort: 8080, roots: pem('root') },
    };
    const first = client(office, 1);
    await office.read(first, information, options);
    await first.close();
    const second = client(office, 2);
    expect((await office.read(second, information, options)).asked).toBe(0);
    const { hostedCaches } = (await cache.stats()).distribution as unknown as {
      readonly hostedCaches: readonly [{ readonly offers: Readonly<Record<string, number>> }];
    };
    // At each fifth of its blocks.
    expect(hostedCaches[0].offers).toEqual({ 'INITIAL_OFFER INTERESTED': 5, 'SEGMENT_INFO OK': 5 });
  });

  test('is waited for by who closes, but not abruptly', async () => {
    const office = new Office(LENGTH);
    await hosted(office);
    const information = await office.information(1);
    const platform = client(office, 1);
    await office.read(platform, information, { hostedCache: URL_2 });
    const begin = office.net.now;
    await platform.close({ abrupt: true });
    expect(office.net.now).toBe(begin);
    expect((await office.read(client(office, 2), information, { hostedCache: URL_2 })).asked).toBe(LENGTH);
  });

  test('is offered nothing that is not shared', async () => {
    const office = new Office(LENGTH);
    await hosted(office);
    const information = await office.information(2);
    for (const number of [1, 2]) {
      const platform = client(office, number);
      const { asked } = await office.read(platform, information, { hostedCache: URL_2, share: false });
      expect(asked).toBe(LENGTH);
      await platform.close();
    }
  });

  test.each([1, 2] as const)('that has wrong blocks of version %i is one that lacks them', async (version) => {
    const office = new Office(LENGTH);
    const store = fullStore(await office.describe(version), office.content, (block, index) =>
      index === 0 ? { ...block, bytes: block.bytes.map((byte) => byte ^ 1) } : block,
    );
    await hosted(office, { store });
    const platform = client(office, 1);
    const information = await office.information(version);
    const { bytes, asked } = await office.read(platform, information, { hostedCache: URL_2, share: false });
    expect(bytes.equals(office.content)).toBe(true);
    expect(asked).toBe(version === 1 ? 65_536 : LENGTH);
    const { dropped } = await statsOf(platform);
    expect(dropped['wrong block']).toBeGreaterThanOrEqual(1);
  });

  test('and peers are asked together where both are wanted', async () => {
    const office = new Office(LENGTH);
    await hosted(office);
    const information = await office.information(1);
    await office.read(await office.peer(), information);
    const platform = await office.peer();
    const { asked } = await office.read(platform, information, { hostedCache: URL_2, peers: true });
    expect(asked).toBe(0);
    expect((await statsOf(platform)).bytes).toEqual({ ...NONE, peer: LENGTH });
  });

  test('that is away costs time, three times in a row at most, and nothing else', async () => {
    const office = new Office(LENGTH);
    // The second machine is there, and nobody listens on it.
    office.net.platform({ link: 'dmz' });
    const platform = client(office, 1);
    const information = await office.information(2);
    const begin = office.net.now;
    const { bytes, asked } = await office.read(platform, information, { hostedCache: URL_2 }, 100_000);
    expect([bytes.equals(office.content), asked]).toEqual([true, LENGTH]);
    expect(office.net.now - begin).toBeLessThan(2000);
    await platform.close({ abrupt: true });
  });

  test.each(['ftp://cache.example', 'http://cache.example/path', 'cache.example', 'http://user@cache.example'])(
    'is not %s',
    async (hostedCache) => {
      const { distribution } = new Office(1).net.platform();
      await expect(distribution.openContent(new Uint8Array(16), { hostedCache })).rejects.toMatchObject({
        code: 'ERROR_INVALID_PARAMETER',
      });
    },
  );
});
