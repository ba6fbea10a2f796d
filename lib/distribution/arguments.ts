import { addresses, optional } from '../argument-types.js';
import type { ContentOptions } from '../backend/contract/distribution.js';
import type { HostedCacheOptions, PeerCacheOptions } from '../backend/contract/distribution-services.js';
import { invalidArgType, PeerError } from '../errors.js';
import type { ContentServerOptions } from './content-server.js';
import type { PeerReadOptions } from './peer-content.js';

/** What a read takes for a time. */
const MAX_DWORD = 0xffff_ffff;

export function binary(name: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw invalidArgType(name, 'a Uint8Array', value);
}

export function optionalBigint(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'bigint') throw invalidArgType(name, 'a bigint', value);
}

export function optionalSecret(value: unknown): void {
  if (value !== undefined && typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw invalidArgType('secret', 'a string or a Uint8Array', value);
  }
}

export function contentOptions({ peers, hostedCache, share }: ContentOptions): void {
  optional('peers', peers, 'boolean');
  optional('share', share, 'boolean');
  const url: unknown = typeof hostedCache === 'object' ? hostedCache?.url : hostedCache;
  if (hostedCache !== undefined && typeof url !== 'string') {
    throw invalidArgType('hostedCache', 'a URL or { url }', hostedCache);
  }
}

export function peerReadOptions({ tag, peerTimeoutMs, ...options }: PeerReadOptions): void {
  contentOptions(options);
  if (tag !== undefined) binary('tag', tag);
  optional('peerTimeoutMs', peerTimeoutMs, 'number');
  if (peerTimeoutMs === undefined) return;
  if (Number.isInteger(peerTimeoutMs) && peerTimeoutMs >= 0 && peerTimeoutMs <= MAX_DWORD) return;
  const why = `peerTimeoutMs is a whole number from 0 to ${MAX_DWORD}, not ${peerTimeoutMs}`;
  throw new PeerError('ERROR_INVALID_PARAMETER', 'PeerDistClientBlockRead', why);
}

export function contentServerOptions(options: ContentServerOptions): void {
  const { secret, root, store, name, minLength, onAnswer, onHashed } = options;
  optionalSecret(secret);
  optional('root', root, 'string');
  if (store !== undefined && typeof store?.find !== 'function') throw invalidArgType('store', 'a ContentStore', store);
  optional('name', name, 'string');
  optional('minLength', minLength, 'number');
  optional('onAnswer', onAnswer, 'function');
  optional('onHashed', onHashed, 'function');
  const invalid = (why: string) => new PeerError('E_INVALIDARG', 'contentServer', why);
  if (secret?.length === 0) throw invalid('the secret is empty');
  if (minLength !== undefined && !(minLength >= 0)) throw invalid(`minLength is 0 or more, not ${minLength}`);
  if ((root === undefined) === (store === undefined)) throw invalid('give either a root folder or a store');
}

export function peerCacheOptions({ listen, store, maxClients }: PeerCacheOptions): void {
  addresses('listen', listen);
  if (store !== undefined && !isObject(store)) throw invalidArgType('store', 'a CacheStore or its location', store);
  optional('maxClients', maxClients, 'number');
}

export function hostedCacheOptions({ https, metrics, ...options }: HostedCacheOptions): void {
  peerCacheOptions(options);
  if (metrics !== undefined) addresses('metrics', [metrics]);
  if (https === undefined) return;
  const { listen, certificate, privateKey }: Partial<typeof https> = isObject(https) ? https : {};
  if (listen === undefined || typeof certificate !== 'string' || typeof privateKey !== 'string') {
    throw invalidArgType('https', '{ listen, certificate, privateKey } with PEM texts', https);
  }
  addresses('https.listen', listen);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
