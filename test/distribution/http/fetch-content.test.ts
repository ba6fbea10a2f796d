import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { ContentServer, FetchProgress } from 'winpeer/distribution';
import type { Content } from '#lib/backend/contract/distribution';
import { ContentReader } from '#lib/distribution/content-reader';
import { fetchContent } from '#lib/distribution/fetch-content';
import type { Runtime } from '#lib/runtime';
import { ask, askForInformation, content, Scene, WINDOWS, WINDOWS_7 } from './scene.ts';
import { silentPeers } from './silent-peers.ts';

/** More than are asked for in one go. */
const BYTES = content(3_000_000);

let scene: Scene;
let server: ContentServer;
let client: Platform;
let requests: { readonly range: string | undefined; readonly peerdist: string | undefined }[];
let url: string;

beforeEach(async () => {
  scene = new Scene();
  const root = scene.folder();
  scene.file(root, 'file.bin', BYTES);
  server = scene.platform().distribution.contentServer({ root });
  requests = [];
  const origin = await scene.listen((request, response) => {
    requests.push({ range: request.headers.range, peerdist: request.headers['x-p2p-peerdist'] as string | undefined });
    server.handler(request, response);
  });
  url = `${origin}/file.bin`;
  client = scene.platform();
});
afterEach(() => scene.end());

/** Makes the hashes, and forgets what was asked for that. */
async function hashed(headers: Record<string, string> = WINDOWS): Promise<void> {
  await askForInformation(server, url, headers);
  requests = [];
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

/** Contents that the client has open. */
async function openContents(): Promise<unknown> {
  return (await client.stats()).distribution?.contents;
}

const SOME = new Uint8Array(32);
const NONE = { fromServer: 0, fromPeers: 0, fromHostedCache: 0, fromCache: 0 };

describe('a content with content information', () => {
  test('comes from its server where nobody else has it, and from the cache the next time', async () => {
    await hashed();
    const progress: FetchProgress[] = [];
    const first = await client.distribution.fetchContent(url, { peers: false, progress: (it) => progress.push(it) });
    expect([first.status, first.headers.get('content-length')]).toEqual([200, '3000000']);
    expect(first.headers.get('content-encoding')).toBeNull();
    expect((await bytesOf(first)).equals(BYTES)).toBe(true);
    expect(first.sources).toEqual({ ...NONE, fromServer: 3_000_000 });
    expect(progress.at(-1)).toEqual({ ...NONE, fromServer: 3_000_000, total: 3_000_000 });
    expect(requests.slice(1).every(({ peerdist }) => peerdist === 'Version=1.1, MissingDataRequest=true')).toBe(true);

    requests = [];
    const second = await client.distribution.fetchContent(url, { peers: false });
    expect((await bytesOf(second)).equals(BYTES)).toBe(true);
    expect(second.sources).toEqual({ ...NONE, fromCache: 3_000_000 });
    expect(requests.length).toBe(1);
  });

  test('says where it came from, as fetch does', async () => {
    const moved = await scene.listen((_request, response) => response.writeHead(302, { location: url }).end());
    for (const _ of ['plainly', 'by its content information']) {
      const response = await client.distribution.fetchContent(moved, { peers: false, share: false });
      await bytesOf(response);
      expect([response.url, response.redirected]).toEqual([url, true]);
      await server.settled();
    }
  });

  test('is closed where its content information does not list all of its blocks', async () => {
    const segment = { offset: 0n, length: 10, hashOfData: SOME, secret: SOME, id: SOME, blocks: [] };
    let closed = 0;
    const reader = new ContentReader({
      runtime: { wait: (_operation, use) => use(), end: (use) => use() } as Runtime,
      content: { close: async () => void closed++ } as Content,
      description: { version: 1, algorithm: 'sha256', offset: 0n, length: 10n, segments: [segment] },
      origin: async () => SOME,
      timeoutMs: 1,
    });
    await expect(reader.read().next()).rejects.toMatchObject({ code: 'ERR_CONTENT_CHANGED' });
    expect(closed).toBe(1);
  });

  test('leaves nothing behind where it is not shared', async () => {
    await hashed();
    for (const _ of [1, 2]) {
      const response = await client.distribution.fetchContent(url, { peers: false, share: false });
      await bytesOf(response);
      expect(response.sources).toEqual({ ...NONE, fromServer: 3_000_000 });
    }
  });

  test.each([
    ['1.0', { ...WINDOWS_7, range: 'bytes=70000-199999' }],
    ['2.0', { ...WINDOWS, range: 'bytes=70000-199999' }],
  ])('of a range in version %s is that range', async (_version, headers) => {
    await hashed(headers);
    const older: typeof fetch = (input, init) => {
      const fields = { ...(init?.headers as Record<string, string>) };
      if (headers['x-p2p-peerdist'] === 'Version=1.0') delete fields['x-p2p-peerdistex'];
      return fetch(input, { ...init, headers: fields });
    };
    const range = { range: 'bytes=70000-199999' };
    const response = await client.distribution.fetchContent(url, { peers: false, headers: range, fetch: older });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 70000-199999/3000000']);
    expect((await bytesOf(response)).equals(BYTES.subarray(70_000, 200_000))).toBe(true);
    expect(response.sources).toEqual({ ...NONE, fromServer: 130_000 });
  });

  test('takes headers in any case', async () => {
    const Range = 'bytes=0-129827';
    await hashed({ ...WINDOWS, range: Range });
    const headers = { Range, 'Accept-Encoding': 'identity' };
    const response = await client.distribution.fetchContent(url, { peers: false, headers });
    expect((await bytesOf(response)).equals(BYTES.subarray(0, 129_828))).toBe(true);
    expect(requests.map(({ peerdist }) => peerdist)).toEqual(['Version=1.1', 'Version=1.1, MissingDataRequest=true']);
    expect(requests.every(({ range }) => /^bytes=\d+-\d+$/.test(String(range)))).toBe(true);
  });

  test('is closed when nobody reads it any more, read in part or not at all', async () => {
    await hashed();
    for (const parts of [0, 1]) {
      const { body } = await client.distribution.fetchContent(url, { peers: false });
      expect(await openContents()).toBe(1);
      const reader = body?.getReader();
      for (let part = 0; part < parts; part++) await reader?.read();
      await reader?.cancel();
      expect(await openContents()).toBe(0);
    }
  });

  test('ends a request for its next bytes with who leaves', async () => {
    await hashed();
    const parts = new EventEmitter();
    const second = once(parts, 'second');
    let first = true;
    const stuck: typeof fetch = (input, init) => {
      if (!new Headers(init?.headers).has('range')) return fetch(input, init);
      if (!first) return new Promise(() => void parts.emit('second', init?.signal));
      first = false;
      return fetch(input, init);
    };
    const { body } = await client.distribution.fetchContent(url, { peers: false, fetch: stuck });
    const [signal] = await second;
    await body?.cancel();
    expect(signal?.aborted).toBe(true);
  });

  test('is left at once by its signal while nobody answers', async () => {
    const { runtime, asked, closed } = silentPeers();
    const controller = new AbortController();
    const headers = { 'content-encoding': 'peerdist' };
    const response = fetchContent(runtime, url, {
      signal: controller.signal,
      fetch: async () => new Response('content information', { headers }),
    });
    response.catch(() => undefined);
    await asked;
    controller.abort(new Error('enough'));
    await expect(response).rejects.toThrow('enough');
    await closed;
  });

  test('ends with its signal', async () => {
    await hashed();
    const controller = new AbortController();
    const other = await client.distribution.fetchContent(url, { peers: false, signal: controller.signal });
    controller.abort();
    await expect(bytesOf(other)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a content without content information', () => {
  test('comes as it is', async () => {
    const response = await client.distribution.fetchContent(url, { peers: false, share: false });
    expect((await bytesOf(response)).equals(BYTES)).toBe(true);
    expect(response.sources).toEqual({ ...NONE, fromServer: 3_000_000 });
    await response.shared;
    expect(requests.length).toBe(1);
  });

  test.each([
    ['accepted', 'peerdist'],
    ['absent', 'identity'],
  ])('is shared once its hashes are there: reading distribution.hash-request-coding = %s', async (reading, coding) => {
    const reader = scene.platform({ readings: { 'distribution.hash-request-coding': reading } });
    const asked: IncomingHttpHeaders[] = [];
    const slow = await scene.listen((request, response) => {
      asked.push(request.headers);
      // By the time of the hash request the hashes are there.
      if (asked.length === 2) server.settled().then(() => server.handler(request, response));
      else server.handler(request, response);
    });
    const first = await reader.distribution.fetchContent(`${slow}/file.bin`, { peers: false });
    expect((await bytesOf(first)).equals(BYTES)).toBe(true);
    await first.shared;
    expect(asked[1]?.['accept-encoding']).toBe(coding);
    expect(asked[1]?.['x-p2p-peerdistex']).toMatch(/, HashRequest=true$/);
    const second = await reader.distribution.fetchContent(`${slow}/file.bin`, { peers: false });
    expect((await bytesOf(second)).equals(BYTES)).toBe(true);
    expect(second.sources).toEqual({ ...NONE, fromCache: 3_000_000 });
  });

  test('that nobody reads any more is let go of, read in part or not at all', async () => {
    for (const parts of [0, 1]) {
      let left = 0;
      const endless = async () => {
        const body = new ReadableStream({ pull: (it) => it.enqueue(SOME), cancel: () => void left++ });
        return new Response(body, { headers: { 'x-p2p-peerdistex': 'MakeHashRequest=true' } });
      };
      const { body, shared } = await client.distribution.fetchContent(url, { fetch: endless });
      const reader = body?.getReader();
      for (let part = 0; part < parts; part++) await reader?.read();
      await reader?.cancel();
      await shared;
      expect(left).toBe(1);
    }
  });

  test('that is not there is answered with what the server says', async () => {
    const response = await client.distribution.fetchContent(url.replace('file', 'none'));
    expect([response.status, (await bytesOf(response)).length]).toEqual([404, 0]);
  });
});

describe('a content server', () => {
  /** Content information once, then what `others` says. */
  async function answering(
    others: RequestListener,
    change: (information: Buffer) => Buffer = (it) => it,
  ): Promise<string> {
    const { body, headers } = await askForInformation(server, url);
    let first = true;
    const origin = await scene.listen((request, response) => {
      if (!first) return others(request, response);
      first = false;
      response.writeHead(200, {
        'content-encoding': 'peerdist',
        etag: headers.etag as string,
        'x-p2p-peerdist': 'Version=1.1, ContentLength=3000000',
      });
      response.end(change(body));
    });
    return `${origin}/file.bin`;
  }

  test('whose content became another one before anything was read gives that one', async () => {
    const there = await answering((_request, response) => response.end('other'));
    const response = await client.distribution.fetchContent(there, { peers: false });
    expect(await response.text()).toBe('other');
  });

  test('whose content becomes another one in the middle is told apart', async () => {
    let parts = 0;
    const there = await answering((request, response) => {
      parts++;
      if (parts > 1) response.end('other');
      else server.handler(request, response);
    });
    const response = await client.distribution.fetchContent(there, { peers: false });
    await expect(bytesOf(response)).rejects.toMatchObject({ code: 'ERR_CONTENT_CHANGED' });
  });

  test('that gives other bytes than its hashes are of is not believed', async () => {
    let plain = 0;
    const there = await answering((request, response) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      if (from === undefined) {
        plain++;
        return response.end(BYTES);
      }
      const body = Buffer.from(BYTES.subarray(Number(from), Number(to) + 1));
      body[7] = (body[7] ?? 0) ^ 1;
      response.writeHead(206, { 'content-range': `bytes ${from}-${to}/3000000` }).end(body);
    });
    const response = await client.distribution.fetchContent(there, { peers: false });
    expect((await bytesOf(response)).equals(BYTES)).toBe(true);
    expect(plain).toBe(1);
    expect(response.sources.fromServer).toBe(3_000_000);
  });

  test('whose content information can’t be read is asked for the content', async () => {
    const there = await answering(
      (_request, response) => response.end(BYTES),
      (it) => it.subarray(0, 100),
    );
    const response = await client.distribution.fetchContent(there, { peers: false });
    expect((await bytesOf(response)).equals(BYTES)).toBe(true);
  });

  test('that fails in the middle is an error', async () => {
    const there = await answering((_request, response) => response.writeHead(503).end());
    await expect(client.distribution.fetchContent(there, { peers: false })).rejects.toThrow('answered 503');
  });

  test('may give content information of a coded content', async () => {
    const text = Buffer.from('all work and no play makes a dull boy\n'.repeat(20_000));
    const root = scene.folder();
    scene.file(root, 'file', gzipSync(text, { level: 0 }));
    const coded = scene.platform().distribution.contentServer({ root });
    const origin = await scene.listen((request, response) => {
      const set = response.setHeader.bind(response);
      response.setHeader = (name, value) => set(name, name === 'content-encoding' ? 'gzip, peerdist' : value);
      coded.handler(request, response);
    });
    await askForInformation(coded, `${origin}/file`);
    const response = await client.distribution.fetchContent(`${origin}/file`, { peers: false });
    expect((await bytesOf(response)).equals(text)).toBe(true);
    expect(response.headers.get('content-length')).toBeNull();
    const unread = await client.distribution.fetchContent(`${origin}/file`, { peers: false });
    expect(await openContents()).toBe(1);
    await unread.body?.cancel();
    expect(await openContents()).toBe(0);
  });
});

test('a hosted cache that can’t be is refused, ahead of any request', async () => {
  const refused = client.distribution.fetchContent(url, { hostedCache: 'cache:80' });
  await expect(refused).rejects.toMatchObject({ code: 'ERROR_INVALID_PARAMETER' });
  expect(requests).toEqual([]);
});

test('what is asked beside it reaches the server', async () => {
  await hashed();
  const seen: (string | undefined)[] = [];
  const origin = await scene.listen((request, response) => {
    seen.push(request.headers.authorization);
    server.handler(request, response);
  });
  const headers = { authorization: 'Bearer x' };
  await bytesOf(await client.distribution.fetchContent(`${origin}/file.bin`, { peers: false, headers }));
  expect(new Set(seen)).toEqual(new Set(['Bearer x']));
  expect((await ask(url)).status).toBe(200);
});
