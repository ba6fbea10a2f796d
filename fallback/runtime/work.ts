import { createHash, generateKeyPair, sign, subtle, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { HashName, Work } from '../../lib/backend/contract/host.js';

/** Up to here hashing takes less time than the way to another thread. */
const INLINE_DIGEST_LIMIT = 16_384;

/** The names under which WebCrypto, the only asynchronous digest of Node.js, knows the hashes. It has no MD5. */
const WEB_NAMES = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const;

/** RSA on the threads of libuv. */
export function createWork(): Work {
  return { digest, sign: signBytes, verify: verifyBytes, generateKey };
}

async function digest(hash: HashName, bytes: Uint8Array): Promise<Uint8Array> {
  if (hash === 'md5' || bytes.length <= INLINE_DIGEST_LIMIT) return createHash(hash).update(bytes).digest();
  return new Uint8Array(await subtle.digest(WEB_NAMES[hash], bytes));
}

function signBytes(hash: HashName, privateKey: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign(hash, bytes, privateKeyInput(privateKey), (error, signature) => (error ? reject(error) : resolve(signature)));
  });
}

function verifyBytes(
  hash: HashName,
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    verify(hash, bytes, publicKeyInput(publicKey), signature, (error, valid) => resolve(!error && valid));
  }).catch(() => false); // What is no key at all is thrown at once.
}

async function generateKey(bits: number): Promise<Uint8Array> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
    publicExponent: 65_537,
    publicKeyEncoding: { type: 'pkcs1', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return privateKey;
}

export function privateKeyInput(key: Uint8Array) {
  return { key: Buffer.from(key), format: 'der', type: 'pkcs8' } as const;
}

export function publicKeyInput(key: Uint8Array) {
  return { key: Buffer.from(key), format: 'der', type: 'pkcs1' } as const;
}
