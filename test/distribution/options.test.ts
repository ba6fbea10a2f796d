import { afterEach, describe, expect, test } from 'vitest';
import type { Distribution } from 'winpeer/distribution';
import { Scene } from './http/scene.ts';

const scene = new Scene();
afterEach(() => scene.end());

const ADDRESS = 'http://127.0.0.1/';
const HERE = [{ address: '127.0.0.1', port: 0 }];
const PEM = { certificate: 'PEM', privateKey: 'PEM' };

/** A call with options that no caller in TypeScript would write. */
type Call = (distribution: Distribution, options: never) => unknown;

const peerCache: Call = (it, options) => it.peerCache(options);
const hostedCache: Call = (it, options) => it.hostedCache(options);
const contentServer: Call = (it, options) => it.contentServer(options);
const fetchContent: Call = (it, options) => it.fetchContent(ADDRESS, options);
const interceptor: Call = (it, options) => it.interceptor(options);
const openContent: Call = (it, options) => it.openContent(new Uint8Array(16), options);

/** What came of it, thrown or rejected. */
async function errorOf(call: Call, options: object): Promise<unknown> {
  try {
    await call(scene.platform().distribution, options as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('an option of a wrong type is a TypeError that names it', () => {
  test.each([
    ['listen', peerCache, { listen: 8080 }],
    ['listen[0]', peerCache, { listen: [8080] }],
    ['store', peerCache, { store: 'x' }],
    ['maxClients', peerCache, { maxClients: '1' }],
    ['listen', hostedCache, { listen: 'x' }],
    ['store', hostedCache, { store: 'x' }],
    ['store', hostedCache, { store: null }],
    ['metrics[0]', hostedCache, { metrics: 9100 }],
    ['https', hostedCache, { https: 443 }],
    ['https', hostedCache, { https: PEM }],
    ['https', hostedCache, { https: { listen: HERE, certificate: 'PEM' } }],
    ['https.listen', hostedCache, { https: { ...PEM, listen: 443 } }],
    ['root', contentServer, { root: 1 }],
    ['store', contentServer, { store: {} }],
    ['secret', contentServer, { root: '.', secret: 1 }],
    ['minLength', contentServer, { root: '.', minLength: 'x' }],
    ['onAnswer', contentServer, { root: '.', onAnswer: 'x' }],
    ['onHashed', contentServer, { root: '.', onHashed: 'x' }],
    ['tag', fetchContent, { tag: 'x' }],
    ['peers', fetchContent, { peers: 'no' }],
    ['share', openContent, { share: 1 }],
    ['hostedCache', openContent, { hostedCache: null }],
    ['hostedCache', interceptor, { hostedCache: {} }],
    ['peerTimeoutMs', interceptor, { peerTimeoutMs: '1' }],
    ['onContent', interceptor, { onContent: 'x' }],
  ])('%s', async (name, call, options) => {
    expect(await errorOf(call, options)).toMatchObject({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringMatching(`^${name.replace(/[[\].]/g, '\\$&')} must be `),
    });
  });
});

describe('an option that can’t be is refused', () => {
  test.each([
    ['E_INVALIDARG', contentServer, { root: '.', secret: '' }],
    ['E_INVALIDARG', contentServer, { root: '.', secret: new Uint8Array() }],
    ['E_INVALIDARG', contentServer, { root: '.', minLength: -1 }],
    ['E_INVALIDARG', contentServer, { root: '.', minLength: Number.NaN }],
    ['ERROR_INVALID_PARAMETER', interceptor, { peerTimeoutMs: -1 }],
    ['ERROR_INVALID_PARAMETER', fetchContent, { peerTimeoutMs: 2 ** 32 }],
    ['ERROR_INVALID_PARAMETER', fetchContent, { peerTimeoutMs: 0.5 }],
  ])('%s: %o %o', async (code, call, options) => {
    expect(await errorOf(call, options)).toMatchObject({ name: 'PeerError', code });
  });
});
