import { text } from 'node:stream/consumers';
import { Agent, getGlobalDispatcher, request, setGlobalDispatcher, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { ContentServer, ContentSources } from 'winpeer/distribution';
import { peerDistInterceptor } from '#lib/distribution/interceptor';
import { askForInformation, content, Scene } from './scene.ts';
import { silentPeers } from './silent-peers.ts';

const BYTES = content(500_000);

let scene: Scene;
let server: ContentServer;
let client: Platform;
let agent: Agent;
let contents: [string, ContentSources][];
let ranges: (string | undefined)[];
let url: string;

beforeEach(async () => {
  scene = new Scene();
  const root = scene.folder();
  scene.file(root, 'file.bin', BYTES);
  scene.file(root, 'small.txt', 'small');
  server = scene.platform().distribution.contentServer({ root });
  ranges = [];
  const origin = await scene.listen((asked, answer) => {
    ranges.push(asked.headers.range);
    server.handler(asked, answer);
  });
  url = `${origin}/file.bin`;
  client = scene.platform();
  agent = new Agent();
  contents = [];
});
afterEach(async () => {
  await agent.close();
  await scene.end();
});

function composed() {
  return agent.compose(
    client.distribution.interceptor({ peers: false, onContent: (where, sources) => contents.push([where, sources]) }),
  );
}

async function viaRequest(headers?: string[] | Record<string, string>): Promise<Buffer> {
  const { body } = await request(url, { dispatcher: composed(), ...(headers === undefined ? {} : { headers }) });
  return Buffer.from(await body.arrayBuffer());
}

describe('undici with the interceptor', () => {
  test('lets plain answers through', async () => {
    expect((await viaRequest()).equals(BYTES)).toBe(true);
    const { statusCode, body } = await request(url.replace('file.bin', 'small.txt'), { dispatcher: composed() });
    expect([statusCode, await text(body)]).toEqual([200, 'small']);
    const none = await request(url.replace('file', 'none'), { dispatcher: composed() });
    expect(none.statusCode).toBe(404);
    await none.body.dump();
    expect(contents).toEqual([]);
  });

  test('fetches a content by its content information, and the next time from the cache', async () => {
    await askForInformation(server, url);
    for (const headers of [undefined, { 'accept-encoding': 'gzip' }]) {
      expect((await viaRequest(headers)).equals(BYTES)).toBe(true);
    }
    expect(contents.map(([, { fromServer, fromCache }]) => [fromServer, fromCache])).toEqual([
      [500_000, 0],
      [0, 500_000],
    ]);
    expect(contents[0]?.[0]).toBe(url);
  });

  test('takes headers in each form that undici does, and leaves ranges as they are', async () => {
    const range = 'bytes=100000-299999';
    await askForInformation(server, url);
    expect((await viaRequest(['Range', range])).equals(BYTES.subarray(100_000, 300_000))).toBe(true);
    expect((await viaRequest({ Range: range })).equals(BYTES.subarray(100_000, 300_000))).toBe(true);
    expect((await viaRequest({ range: 'bytes=0-9,20-29' })).equals(BYTES)).toBe(true);
  });

  test('serves a program’s own fetch, Node.js’ too', async () => {
    await askForInformation(server, url);
    const before = getGlobalDispatcher();
    setGlobalDispatcher(composed());
    try {
      for (const get of [fetch, undiciFetch as unknown as typeof fetch]) {
        const response = await get(url);
        expect([
          response.status,
          response.headers.get('content-encoding'),
          response.headers.get('content-length'),
        ]).toEqual([200, null, '500000']);
        expect(Buffer.from(await response.arrayBuffer()).equals(BYTES)).toBe(true);
      }
    } finally {
      setGlobalDispatcher(before);
    }
    expect(contents.length).toBe(2);
  });

  test('asks again plainly where the content is another one by now', async () => {
    const { body, headers } = await askForInformation(server, url);
    let first = true;
    const origin = await scene.listen((_asked, answer) => {
      if (!first) return answer.end('other');
      first = false;
      answer.writeHead(200, { 'content-encoding': 'peerdist', etag: headers.etag as string }).end(body);
    });
    const answer = await request(`${origin}/file.bin`, { dispatcher: composed() });
    expect(await text(answer.body)).toBe('other');
  });

  test('ends with who asked', async () => {
    await askForInformation(server, url);
    const controller = new AbortController();
    const { body } = await request(url, { dispatcher: composed(), signal: controller.signal });
    controller.abort();
    await expect(body.arrayBuffer()).rejects.toMatchObject({ name: 'AbortError' });
    const left = await request(url, { dispatcher: composed() });
    left.body.destroy();
    await expect(left.body.arrayBuffer()).rejects.toThrow();
  });

  test('ends with who asked while no peer answers', async () => {
    await askForInformation(server, url);
    const { runtime, asked, closed } = silentPeers();
    const controller = new AbortController();
    const dispatcher = agent.compose(peerDistInterceptor(runtime, {}) as never);
    const answer = request(url, { dispatcher, signal: controller.signal });
    answer.catch(() => undefined);
    await asked;
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    await closed;
  });

  test('has nothing to do with other methods, nor with what speaks peerdist itself', async () => {
    await askForInformation(server, url);
    ranges = [];
    const post = await request(url, { method: 'POST', body: 'x', dispatcher: composed() });
    expect(post.statusCode).toBe(405);
    await post.body.dump();
    const own = { 'accept-encoding': 'peerdist', 'x-p2p-peerdist': 'Version=1.0' };
    const { headers, body } = await request(url, { dispatcher: composed(), headers: own });
    expect(headers['content-encoding']).toBe('peerdist');
    await body.dump();
  });
});
