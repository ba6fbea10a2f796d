// A content server and a hosted cache that has its content, on loopback: the same on every system.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createPlatform } from 'winpeer';

export const SIZE = 600_000;

/**
 * `fetch` on node:http: that of Node.js sets an option of its sockets that they can't have under Wine 8.
 * @type {typeof fetch}
 */
export function plainFetch(url, { headers } = {}) {
  return new Promise((resolve, reject) => {
    const fields = /** @type {Record<string, string>} */ (headers);
    get(String(url), { headers: fields }, (answer) => {
      const { statusCode: status = 0, headersDistinct } = answer;
      const pairs = Object.entries(headersDistinct).map(([key, values = []]) => [key, values.join(', ')]);
      const body = /** @type {ReadableStream<Uint8Array>} */ (Readable.toWeb(answer));
      resolve(new Response(body, { status, headers: Object.fromEntries(pairs) }));
    }).once('error', reject);
  });
}

/** @param {string} name */
export function contentOf(name) {
  return Buffer.from(Array.from({ length: SIZE }, (_, at) => (at * at + (at >> 9) * name.length) & 0xff));
}

/** @param {string} folder @param {string} name Of whose content it is. */
export async function branch(folder, name) {
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  const file = join(root, 'file.bin');
  writeFileSync(file, contentOf(name));
  utimesSync(file, 1_700_000_000, 1_700_000_000);

  const platform = createPlatform({ backend: 'fallback', home: join(folder, 'branch') });
  const content = platform.distribution.contentServer({ root, secret: name });
  const server = createServer(content.handler);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/file.bin`;
  const hosted = await platform.distribution.hostedCache({ listen: [{ address: '127.0.0.1', port: 0 }] });
  const hostedCache = `http://127.0.0.1:${hosted.addresses[0]?.port}`;

  const client = createPlatform({ backend: 'fallback', home: join(folder, 'client') });
  const fetchAll = async () => {
    const response = await client.distribution.fetchContent(url, { hostedCache, fetch: plainFetch });
    await response.arrayBuffer();
    await response.shared;
    return response.sources;
  };
  await fetchAll();
  await content.settled();
  const first = await fetchAll();
  await client.close();
  return {
    url,
    hostedCache,
    first,
    async close() {
      server.closeAllConnections();
      server.close();
      await platform.close();
    },
  };
}
