import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import compression from 'compression';
import express, { type ErrorRequestHandler } from 'express';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentServer } from 'winpeer/distribution';
import { ask, askForInformation, Scene, WINDOWS } from './scene.ts';

const TEXT = 'all work and no play makes a dull boy\n'.repeat(3000);

let scene: Scene;
let server: ContentServer;
beforeEach(() => {
  scene = new Scene();
  const root = scene.folder();
  scene.file(root, 'page.txt', TEXT);
  server = scene.platform().distribution.contentServer({ root });
});
afterEach(() => scene.end());

describe('Express', () => {
  test('has a part of its paths served, and keeps the rest', async () => {
    const app = express();
    app.use('/files', server.middleware);
    app.use((_request, response) => void response.status(404).send('of the application'));
    const url = await scene.listen(app);
    const { headers } = await askForInformation(server, `${url}/files/page.txt`);
    expect(headers['content-encoding']).toBe('peerdist');
    expect((await ask(`${url}/files/none`)).body.toString()).toBe('of the application');
    expect((await ask(`${url}/page.txt`)).body.toString()).toBe('of the application');
  });

  test('keeps what answers vary on besides', async () => {
    const app = express();
    app.use((_request, response, next) => {
      response.vary('Origin');
      next();
    });
    app.use(server.middleware);
    const { headers } = await ask(`${await scene.listen(app)}/page.txt`);
    expect(headers.vary).toBe('Origin, Accept-Encoding');
  });

  test('hears of a store that fails, before anything is said', async () => {
    const read = async function* (): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new Error('the disk is gone');
    };
    const found = { length: 1, etag: '"1"', read, close: async () => undefined };
    const broken = scene.platform().distribution.contentServer({ store: { find: async () => found } });
    const app = express();
    app.use(broken.middleware);
    app.use(((error, _request, response, _next) => void response.send(error.message)) as ErrorRequestHandler);
    const { status, headers, body } = await ask(`${await scene.listen(app)}/it`, { range: 'bytes=0-0' });
    expect([status, body.toString()]).toEqual([200, 'the disk is gone']);
    expect(headers).not.toHaveProperty('content-range');
    expect(headers.etag).not.toBe('"1"');
  });

  test('that compresses leaves content information alone, and compresses what is plain', async () => {
    const app = express();
    app.use(compression());
    app.use(server.middleware);
    const url = `${await scene.listen(app)}/page.txt`;
    const plain = await ask(url, { 'accept-encoding': 'gzip' });
    expect(plain.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(plain.body).toString()).toBe(TEXT);
    const early = await ask(url, WINDOWS);
    expect(early.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-p2p-peerdistex': 'MakeHashRequest=true' });
    await server.settled();
    const { headers } = await ask(url, WINDOWS);
    expect(headers).toMatchObject({
      'content-encoding': 'peerdist',
      'x-p2p-peerdist': `Version=1.1, ContentLength=${TEXT.length}`,
    });
  });
});

describe('Fastify', () => {
  let app: FastifyInstance;
  let url: string;
  beforeEach(async () => {
    app = fastify();
    app.addHook('onRequest', async (_request, reply) => void reply.header('vary', 'Origin').header('x-of', 'a hook'));
    app.setNotFoundHandler((_request, reply) => reply.code(404).send('of the application'));
    app.register(server.fastify, { prefix: '/files' });
    await app.listen({ port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${((app.server as Server).address() as AddressInfo).port}`;
  });
  afterEach(() => app.close());

  test('serves a folder as a plugin', async () => {
    const { headers, body } = await askForInformation(server, `${url}/files/page.txt`);
    expect(headers['content-encoding']).toBe('peerdist');
    expect(body.length).toBeLessThan(1000);
    expect((await ask(`${url}/files/page.txt`, {}, 'HEAD')).headers['content-length']).toBe(String(TEXT.length));
  });

  test('has its hooks’ headers sent', async () => {
    const { headers } = await ask(`${url}/files/page.txt`);
    expect(headers).toMatchObject({ vary: 'Origin, Accept-Encoding', 'x-of': 'a hook' });
  });

  test.each(['/files/none', '/other'])('answers %s, which is not there, in its own words', async (path) => {
    const { status, headers, body } = await ask(url + path);
    expect([status, body.toString()]).toEqual([404, 'of the application']);
    expect(headers).toMatchObject({ vary: 'Origin', 'x-of': 'a hook' });
  });
});
