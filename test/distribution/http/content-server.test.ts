import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, symlinkSync, utimesSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type ContentAnswer,
  type ContentServer,
  type ContentStore,
  folderStore,
  type StoredContent,
} from 'winpeer/distribution';
import { decodeContentInformation } from '#fallback/distribution/content-information/index';
import { type Answer, ask, askForInformation, content, Scene, WINDOWS, WINDOWS_7 } from './scene.ts';

const BYTES = content(200_000);
/** Of the published check values: not a pass phrase, but the key's bytes. */
const SECRET = Buffer.from('no more secrets');

let scene: Scene;
let root: string;
let server: ContentServer;
let answers: ContentAnswer[];
let url: string;

beforeEach(async () => {
  scene = new Scene();
  root = scene.folder();
  scene.file(root, 'file.bin', BYTES);
  answers = [];
  server = scene.platform().distribution.contentServer({ root, secret: SECRET, onAnswer: (it) => answers.push(it) });
  url = `${await scene.listen(server.handler)}/file.bin`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await scene.end();
});

/** One content, whatever the path, that says of itself what any other of its length says. */
function storeOf(bytes: Uint8Array, more: Partial<StoredContent> = {}): ContentStore {
  return {
    find: async () => ({
      length: bytes.length,
      etag: '"1"',
      async *read(start, end) {
        yield bytes.subarray(start, end);
      },
      close: async () => undefined,
      ...more,
    }),
  };
}

function informationOf({ body, headers }: Answer) {
  expect(headers['content-encoding']).toBe('peerdist');
  expect(headers['content-length']).toBe(String(body.length));
  return decodeContentInformation(body, 'test');
}

describe('a client without BranchCache', () => {
  test('gets the content, with validators', async () => {
    const { status, headers, body } = await ask(url, { 'accept-encoding': 'gzip' });
    expect(status).toBe(200);
    expect(body.equals(BYTES)).toBe(true);
    expect(headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      vary: 'Accept-Encoding',
    });
    expect(headers.etag).toMatch(/^"[^"]+"$/);
    expect(Date.parse(headers['last-modified'] as string)).toBeLessThan(Date.now() - 3_000_000);
    expect(headers).not.toHaveProperty('x-p2p-peerdist');
    expect(headers).not.toHaveProperty('content-encoding');
  });

  test('gets a range, the end of it, and a refusal beyond the end', async () => {
    const middle = await ask(url, { range: 'bytes=100-199' });
    expect([middle.status, middle.headers['content-range'], middle.body.equals(BYTES.subarray(100, 200))]).toEqual([
      206,
      'bytes 100-199/200000',
      true,
    ]);
    const tail = await ask(url, { range: 'bytes=-10' });
    expect([tail.status, tail.body.equals(BYTES.subarray(-10))]).toEqual([206, true]);
    const beyond = await ask(url, { range: 'bytes=200000-' });
    expect([beyond.status, beyond.headers['content-range'], beyond.body.length]).toEqual([416, 'bytes */200000', 0]);
    const nonsense = await ask(url, { range: 'lines=1-2' });
    expect([nonsense.status, nonsense.body.length]).toEqual([200, 200_000]);
  });

  test('gets nothing of what it has, or does not want any more', async () => {
    const { headers } = await ask(url);
    const etag = headers.etag as string;
    const date = headers['last-modified'] as string;
    const earlier = new Date(Date.parse(date) - 60_000).toUTCString();
    const status = async (fields: Record<string, string>) => (await ask(url, fields)).status;
    expect(await status({ 'if-none-match': etag })).toBe(304);
    expect(await status({ 'if-none-match': '"other"' })).toBe(200);
    expect(await status({ 'if-modified-since': date })).toBe(304);
    expect(await status({ 'if-modified-since': earlier })).toBe(200);
    expect(await status({ 'if-match': `"other", ${etag}` })).toBe(200);
    expect(await status({ 'if-match': '"other"' })).toBe(412);
    expect(await status({ 'if-match': '*' })).toBe(200);
    expect(await status({ 'if-unmodified-since': date })).toBe(200);
    expect(await status({ 'if-unmodified-since': earlier })).toBe(412);
    expect(await status({ range: 'bytes=0-9', 'if-range': etag })).toBe(206);
    expect(await status({ range: 'bytes=0-9', 'if-range': '"other"' })).toBe(200);
    expect(await status({ range: 'bytes=0-9', 'if-range': date })).toBe(206);
    expect(await status({ range: 'bytes=0-9', 'if-range': earlier })).toBe(200);
    const later = new Date(Date.parse(date) + 1000).toUTCString();
    expect(await status({ range: 'bytes=0-9', 'if-range': later })).toBe(200);
    expect(await status({ range: 'bytes=0-9', 'if-range': 'no date' })).toBe(200);
  });

  test('may name the whole URL, as to a proxy', async () => {
    scene.file(root, 'index.html', '<p>');
    const { origin, hostname, port } = new URL(url);
    for (const path of [url, `${url}?query`, origin, `${origin}?query`, url.replace('http', 'HTTP')]) {
      const [response] = await once(request({ hostname, port, path, agent: false }).end(), 'response');
      response.resume();
      expect([path, response.statusCode]).toEqual([path, 200]);
    }
  });

  test('may ask for the head alone, and for nothing else', async () => {
    const head = await ask(url, WINDOWS, 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '200000', 0]);
    expect(head.headers).not.toHaveProperty('x-p2p-peerdistex');
    const post = await ask(url, {}, 'POST');
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a client with BranchCache', () => {
  test('gets the content while the hashes are made, then content information of it', async () => {
    const first = await ask(url, WINDOWS);
    expect(first.body.equals(BYTES)).toBe(true);
    expect(first.headers).toMatchObject({
      'x-p2p-peerdist': 'Version=1.1',
      'x-p2p-peerdistex': 'MakeHashRequest=true',
    });
    expect(first.headers).not.toHaveProperty('content-encoding');
    await server.settled();

    const second = await ask(url, WINDOWS);
    expect(second.status).toBe(200);
    expect(second.headers).toMatchObject({
      'x-p2p-peerdist': 'Version=1.1, ContentLength=200000',
      etag: first.headers.etag,
      'content-type': 'application/octet-stream',
    });
    expect(second.headers).not.toHaveProperty('x-p2p-peerdistex');
    expect(informationOf(second)).toMatchObject({ version: 2, start: 0n, end: 200_000n });
    expect(answers.map(({ kind }) => kind)).toEqual(['content', 'content-information']);
  });

  test('of Windows 7 gets version 1.0, and is told nothing that it does not know', async () => {
    const first = await ask(url, WINDOWS_7);
    expect(first.headers).not.toHaveProperty('x-p2p-peerdist');
    await server.settled();
    const second = await ask(url, WINDOWS_7);
    expect(second.headers['x-p2p-peerdist']).toBe('Version=1.0, ContentLength=200000');
    expect(informationOf(second)).toMatchObject({ version: 1, algorithm: 'sha256', start: 0n, end: 200_000n });
  });

  test('may say which versions it takes', async () => {
    const upTo1 = { ...WINDOWS, 'x-p2p-peerdistex': 'MinContentInformation=1.0, MaxContentInformation=1.0' };
    expect(informationOf(await askForInformation(server, url, upTo1)).version).toBe(1);
    const from2 = { ...WINDOWS, 'x-p2p-peerdistex': 'MinContentInformation=2.0, MaxContentInformation=2.0' };
    expect(informationOf(await ask(url, from2)).version).toBe(2);
  });

  test('gets the same content information as the published check values', async () => {
    scene.file(root, 'published.bin', content(1_000_000));
    const published = url.replace('file.bin', 'published.bin');
    const { body } = await askForInformation(server, published);
    const information = decodeContentInformation(body, 'test');
    expect(body.length).toBe(920);
    expect(information.segments.map(({ length }) => length).slice(0, 3)).toEqual([59_220, 100_690, 97_509]);
    const hash = Buffer.from(information.segments[0]?.hashOfData ?? []).toString('hex');
    expect(hash).toBe('60379fb068ef5f511c4f37eac5b3b8c2969d5a713935d3efc42fabddf11a3de9');
    const secret = Buffer.from(information.segments[0]?.secret ?? []).toString('hex');
    expect(secret).toBe('8d3aa786539cc24e857b02afcb04c8af7518e430c12eda3cf92cfa55be01b81c');
  });

  test.each([
    ['200000 bytes from 0 on, reading distribution.range-content-length = range', 'range', '50000'],
    ['200000 bytes from 0 on, reading distribution.range-content-length = entity', 'entity', '200000'],
  ])('gets content information of a range: %s', async (_title, reading, length) => {
    const platform = scene.platform({ readings: { 'distribution.range-content-length': reading } });
    const other = platform.distribution.contentServer({ root });
    const there = `${await scene.listen(other.handler)}/file.bin`;
    const answer = await askForInformation(other, there, { ...WINDOWS_7, range: 'bytes=100000-149999' });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe('bytes 100000-149999/200000');
    expect(answer.headers['x-p2p-peerdist']).toBe(`Version=1.0, ContentLength=${length}`);
    expect(informationOf(answer)).toMatchObject({ start: 100_000n, end: 150_000n });
  });

  test('gets what peers lack, and several ranges, plainly', async () => {
    await askForInformation(server, url);
    const missing = { 'x-p2p-peerdist': 'Version=1.1, MissingDataRequest=true', range: 'bytes=65536-131071' };
    const part = await ask(url, missing);
    expect([part.status, part.body.equals(BYTES.subarray(65_536, 131_072))]).toEqual([206, true]);
    expect(part.headers).not.toHaveProperty('content-encoding');
    const several = await ask(url, { ...WINDOWS, range: 'bytes=0-9,20-29' });
    expect([several.status, several.body.length, several.headers['content-encoding']]).toEqual([
      200,
      200_000,
      undefined,
    ]);
  });

  test.each([
    ['plain', undefined],
    ['1.0', 'peerdist'],
  ])('that names no version: reading distribution.offer-without-version = %s', async (reading, coding) => {
    const platform = scene.platform({ readings: { 'distribution.offer-without-version': reading } });
    const other = platform.distribution.contentServer({ root });
    const there = `${await scene.listen(other.handler)}/file.bin`;
    await askForInformation(other, there, WINDOWS_7);
    expect((await ask(there, { 'accept-encoding': 'peerdist' })).headers['content-encoding']).toBe(coding);
  });

  test.each([
    ['65536', undefined],
    ['1', 'peerdist'],
  ])('of a short content: reading distribution.minimum-length = %s', async (reading, coding) => {
    scene.file(root, 'short', content(21));
    const platform = scene.platform({ readings: { 'distribution.minimum-length': reading } });
    const other = platform.distribution.contentServer({ root });
    const there = `${await scene.listen(other.handler)}/short`;
    expect((await askForInformation(other, there)).headers['content-encoding']).toBe(coding);
  });
});

describe('hashes', () => {
  test('are never those of what the file was', async () => {
    const before = await askForInformation(server, url);
    appendFileSync(join(root, 'file.bin'), 'more');
    const then = Date.now() / 1000 - 1800;
    utimesSync(join(root, 'file.bin'), then, then);
    const changed = await ask(url, WINDOWS);
    expect(changed.headers['x-p2p-peerdistex']).toBe('MakeHashRequest=true');
    expect(changed.body.length).toBe(200_004);
    expect(changed.headers.etag).not.toBe(before.headers.etag);
    const after = await askForInformation(server, url);
    expect(informationOf(after)).toMatchObject({ end: 200_004n });
  });

  test('are not made of a file that may still change without a trace', async () => {
    scene.file(root, 'fresh.bin', BYTES, 0);
    const there = url.replace('file.bin', 'fresh.bin');
    const answer = await askForInformation(server, there);
    expect(answer.headers['x-p2p-peerdistex']).toBe('MakeHashRequest=true');
  });

  test('of a file that is of the future are made when it has been seen for a while', async () => {
    scene.file(root, 'future.bin', BYTES, -3600);
    const there = url.replace('file.bin', 'future.bin');
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now);
    expect((await askForInformation(server, there)).headers['x-p2p-peerdistex']).toBe('MakeHashRequest=true');
    clock.mockReturnValue(now + 2000);
    informationOf(await askForInformation(server, there));
  });

  test('outlive the server: the next one of the home reads no byte for them', async () => {
    const home = scene.folder();
    let read = 0;
    const counting = (): ContentStore => {
      const store = folderStore(root);
      return {
        async find(path) {
          const found = await store.find(path);
          return (
            found && {
              ...found,
              read(start, end) {
                read++;
                return found.read(start, end);
              },
            }
          );
        },
      };
    };
    const first = scene.platform({ home });
    const one = first.distribution.contentServer({ store: counting(), name: 'counted', secret: SECRET });
    const before = await askForInformation(one, `${await scene.listen(one.handler)}/file.bin`);
    await one.close();
    await first.close();
    const once = read;

    const second = scene.platform({ home });
    const two = second.distribution.contentServer({ store: counting(), name: 'counted', secret: SECRET });
    const there = `${await scene.listen(two.handler)}/file.bin`;
    // The plain answer reads the content, as it did before.
    const after = await askForInformation(two, there);
    expect(after.body.equals(before.body)).toBe(true);
    expect(read - once).toBe(once - 1);

    const other = second.distribution.contentServer({ store: counting(), name: 'counted', secret: 'another' });
    const elsewhere = await askForInformation(other, `${await scene.listen(other.handler)}/file.bin`);
    expect(elsewhere.body.equals(before.body)).toBe(false);
  });

  test('are made of a content that is an object of a class', async () => {
    class Stored implements StoredContent {
      get length() {
        return BYTES.length;
      }
      get etag() {
        return '"1"';
      }
      async *read(start: number, end: number) {
        yield BYTES.subarray(start, end);
      }
      async close() {}
    }
    const store: ContentStore = { find: async () => new Stored() };
    const other = scene.platform().distribution.contentServer({ store });
    const answer = await askForInformation(other, `${await scene.listen(other.handler)}/any`);
    expect(informationOf(answer)).toMatchObject({ end: 200_000n });
  });

  test.each([
    ['without names', {}, {}],
    ['with names', { name: 'one' }, { name: 'other' }],
  ])('are never those of another store with the same path, validator and length: %s', async (_title, one, other) => {
    const home = scene.folder();
    const informationFrom = async (bytes: Buffer, name: { readonly name?: string }) => {
      const platform = scene.platform({ home });
      await using from = platform.distribution.contentServer({ store: storeOf(bytes), secret: SECRET, ...name });
      const answer = await askForInformation(from, `${await scene.listen(from.handler)}/same`);
      return informationOf(answer).segments[0]?.hashOfData;
    };
    const hash = await informationFrom(BYTES, one);
    expect(await informationFrom(Buffer.from(BYTES).reverse(), other)).not.toEqual(hash);
  });

  test('are each server’s own: one that closes withdraws no other’s', async () => {
    const { distribution } = scene.platform();
    const servers = [root, root].map((it) => distribution.contentServer({ root: it }));
    const urls = await Promise.all(servers.map(async ({ handler }) => `${await scene.listen(handler)}/file.bin`));
    await Promise.all(urls.map((it) => ask(it, WINDOWS)));
    await Promise.all(servers.map((it) => it.settled()));
    const answers = await Promise.all(urls.map((it) => ask(it, WINDOWS)));
    expect(informationOf(answers[0] as Answer)).toEqual(informationOf(answers[1] as Answer));
    await servers[0]?.close();
    expect((await ask(urls[0] as string, WINDOWS)).headers).not.toHaveProperty('content-encoding');
    informationOf(await ask(urls[1] as string, WINDOWS));
  });

  test('of a content that is gone by then are given up', async () => {
    const gone: ContentStore = {
      find: async (path) => (path === '/file.bin' && answers.length === 0 ? folderStore(root).find(path) : undefined),
    };
    const other = scene.platform().distribution.contentServer({ store: gone, onAnswer: (it) => answers.push(it) });
    const there = `${await scene.listen(other.handler)}/file.bin`;
    expect((await ask(there, WINDOWS)).status).toBe(200);
    await other.settled();
    expect((await ask(there, WINDOWS)).status).toBe(404);
  });
});

describe('a store', () => {
  const fails = async function* (bytes: number): AsyncGenerator<Uint8Array> {
    yield* bytes === 0 ? [] : [BYTES.subarray(0, bytes)];
    throw new Error('the disk is gone');
  };
  const gives = async function* (...pieces: number[]): AsyncGenerator<Uint8Array> {
    for (const length of pieces) yield BYTES.subarray(0, length);
  };
  const serve = async (bytes: Buffer, more: Partial<StoredContent>) => {
    const { handler } = scene.platform().distribution.contentServer({ store: storeOf(bytes, more) });
    return `${await scene.listen(handler)}/it`;
  };

  test.each([
    ['that fails to read', () => fails(0)],
    ['that gives nothing', () => gives()],
    ['that gives too much at once', () => gives(100_001)],
  ])('%s is an error of the server, which says nothing of the content', async (_title, read) => {
    const answer = await ask(await serve(BYTES, { read, lastModified: new Date(0) }), {
      ...WINDOWS,
      range: 'bytes=0-99999',
    });
    expect([answer.status, answer.body.length]).toEqual([500, 0]);
    const told = Object.keys(answer.headers).filter((it) => !['connection', 'date', 'keep-alive'].includes(it));
    expect(told).toEqual(['transfer-encoding']);
  });

  test.each([
    ['that fails amid its bytes', () => fails(1000)],
    ['that gives fewer bytes than it said', () => gives(1000, 98_999)],
    ['that gives more bytes than it said', () => gives(1000, 99_001)],
  ])('%s costs the connection', async (_title, read) => {
    const answer = ask(await serve(BYTES, { read }), { range: 'bytes=0-99999', connection: 'keep-alive' });
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('may have contents without a byte', async () => {
    const { status, headers } = await ask(await serve(Buffer.of(), {}));
    expect([status, headers['content-length']]).toEqual([200, '0']);
  });
});

describe('what is not there', () => {
  test.each([
    '/none',
    '/',
    '/file.bin/',
    '/../file.bin',
    '/%2e%2e/file.bin',
    '/.hidden',
    '/sub/..%2f..%2ffile.bin',
    '/a%00b',
    '/a%5cb',
    '//file.bin',
    '/link',
  ])('%s is not found', async (path) => {
    scene.file(root, '.hidden', 'x');
    const outside = scene.file(scene.folder(), 'outside', 'x');
    symlinkSync(outside, join(root, 'link'));
    expect((await ask(url.replace('/file.bin', path))).status).toBe(404);
  });

  test('a path that can’t be decoded is refused', async () => {
    expect((await ask(url.replace('file.bin', '%zz'))).status).toBe(400);
  });

  test('a folder is its index, and names are decoded', async () => {
    scene.file(root, 'sub/index.html', '<p>');
    scene.file(root, 'ä b.txt', 'text');
    expect((await ask(url.replace('file.bin', 'sub/'))).headers['content-type']).toBe('text/html');
    expect((await ask(url.replace('file.bin', '%C3%A4%20b.txt?query'))).body.toString()).toBe('text');
  });
});

test('a server has either a folder or a store', () => {
  const { distribution } = scene.platform();
  expect(() => distribution.contentServer({})).toThrow(expect.objectContaining({ code: 'E_INVALIDARG' }));
  expect(() => distribution.contentServer({ root, store: folderStore(root) })).toThrow(
    expect.objectContaining({ code: 'E_INVALIDARG' }),
  );
});

test('a listener for answers that throws is reported as uncaught, and requests go on being answered', () => {
  const program = `
    import { createServer } from 'node:http';
    import { createPlatform } from 'winpeer';
    const heard = [];
    process.on('uncaughtException', (error) => heard.push('uncaught ' + error.message));
    const { handler } = createPlatform({ backend: 'fallback' }).distribution.contentServer({
      store: { find: async () => undefined },
      onAnswer: () => { throw new Error('mine'); },
    });
    const server = createServer(handler).listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port;
      for (const path of ['/nothing', '/%']) heard.push((await fetch(url + path)).status);
      console.log(heard.join(', '));
      server.close();
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'uncaught mine, 404, uncaught mine, 400\n', stderr: '' });
});
