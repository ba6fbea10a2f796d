import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Distribution } from 'winpeer/distribution';
import type { Backends } from '#lib/backend/contract/backend';
import { startNativeDistribution } from '#lib/backend/native/distribution';
import { get } from '#lib/cli/dist-get';
import { serve } from '#lib/cli/dist-serve';
import type { Session } from '#lib/cli/session';
import { fetchContent } from '#lib/distribution/fetch-content';
import { peerDistInterceptor } from '#lib/distribution/interceptor';
import type { Runtime } from '#lib/runtime';
import { ask, Scene } from '../distribution/http/scene.ts';
import { mockAddon } from './mock-addon.ts';

const HASH = new Uint8Array(32);
const ADDRESS = 'http://origin/';
const CHOSEN = [{ peers: true }, { peers: false }, { share: true }, { hostedCache: 'http://cache' }];
const REFUSAL = expect.objectContaining({
  code: 'ERROR_NOT_SUPPORTED',
  message: expect.stringMatching(/Enable-BCDistributed.*Enable-BCHostedClient/),
});

const scene = new Scene();
afterEach(() => scene.end());

/** Windows with a peer that has all of the one content: three bytes. */
async function nativeRuntime() {
  const { addon } = mockAddon({
    PeerDistStartup: { instance: 'instance', supportedVersion: 2 },
    PeerDistClientOpenContent: 'content',
    PeerDistClientBlockRead: { status: 0, offset: 0n, length: 3, bytes: Buffer.from('abc') },
  });
  const own = { hold: () => undefined, overlapped: () => 'overlapped' };
  const whole = new Proxy(addon, { get: (it, name) => Reflect.get(name in own ? own : it, name) });
  const segments = [{ offset: 0n, length: 3, hashOfData: HASH, secret: HASH, id: HASH, blocks: [] }];
  const description = { version: 2, algorithm: 'sha512-256', offset: 0n, length: 3n, segments };
  const services = { hold: () => undefined, describeContentInformation: async () => description };
  const backend = await startNativeDistribution(whole, async () => services as never);
  const runtime: Partial<Runtime> = {
    call: (_area, _operation, use) => use(backend as Backends[never]),
    wait: (_operation, use) => use(),
    end: (use) => use(),
    reading: () => '65536',
  };
  return runtime as Runtime;
}

function answered(): Response {
  return new Response('content information', { headers: { 'content-encoding': 'peerdist' } });
}

describe('a content over HTTP on Windows’ own service', () => {
  test('comes from where the machine is set to look', async () => {
    const response = await fetchContent(await nativeRuntime(), ADDRESS, { fetch: async () => answered() });
    expect([await response.text(), response.sources.fromPeers]).toEqual(['abc', 3]);
  });

  test.each(CHOSEN)('is not even asked for with %j', async (sources) => {
    const asked: unknown[] = [];
    const request = async (url: unknown) => {
      asked.push(url);
      return answered();
    };
    const runtime = await nativeRuntime();
    await expect(fetchContent(runtime, ADDRESS, { ...sources, fetch: request })).rejects.toEqual(REFUSAL);

    const refused = new Promise((resolve) => {
      const dispatch = peerDistInterceptor(runtime, sources)(({ path }) => asked.push(path) > 0);
      dispatch({ path: '/', method: 'GET' }, { onResponseError: (_controller, error) => resolve(error) });
    });
    expect(await refused).toEqual(REFUSAL);
    expect(asked).toEqual([]);
  });
});

describe('dist get on Windows’ own service', () => {
  test('leaves what was not asked for as the machine is set', async () => {
    const url = await scene.listen((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'peerdist' }).end('content information');
    });
    const out = join(scene.folder(), 'out');
    await get(await sessionOf(), url, { out });
    expect(readFileSync(out, 'utf8')).toBe('abc');
  });

  test.each(CHOSEN)('refuses %j, which is set for the machine', async (sources) => {
    const out = join(scene.folder(), 'out');
    await expect(get(await sessionOf(), ADDRESS, { out, ...sources })).rejects.toEqual(REFUSAL);
  });
});

describe('a content server with a secret on Windows’ own service', () => {
  const SECRET_REFUSAL = expect.objectContaining({
    code: 'ERROR_NOT_SUPPORTED',
    message: expect.stringContaining('Set-BCSecretKey'),
  });

  test('answers nothing, and says why to whoever runs it', async () => {
    const { contentServer } = await secretServer();
    const warned = once(process, 'warning');
    const url = `${await scene.listen(contentServer.handler)}/`;
    expect([(await ask(url)).status, (await ask(url)).status]).toEqual([500, 500]);
    expect(await warned).toEqual([SECRET_REFUSAL]);
    await expect(contentServer.settled()).rejects.toEqual(SECRET_REFUSAL);

    const passedOn = new Promise((resolve) => {
      contentServer.middleware({ url: '/' } as IncomingMessage, {} as ServerResponse, resolve);
    });
    expect(await passedOn).toEqual(SECRET_REFUSAL);
  });

  test('is not served by dist serve', async () => {
    const { session, root } = await secretServer();
    await expect(serve(session, root, { secret: 'phrase' })).rejects.toEqual(SECRET_REFUSAL);
  });

  async function secretServer() {
    const session = await sessionOf();
    const root = scene.folder();
    const contentServer = session.platform.distribution.contentServer({ root, secret: 'phrase' });
    return { session, root, contentServer };
  }
});

async function sessionOf(): Promise<Session> {
  const distribution = new Distribution(await nativeRuntime());
  const out = { progress: () => undefined, print: () => undefined, warn: () => undefined };
  return { platform: { distribution }, out, signal: new AbortController().signal } as unknown as Session;
}
