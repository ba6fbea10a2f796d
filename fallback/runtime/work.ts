import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Work } from '../../lib/backend/contract/host.js';

const generate = promisify(generateKeyPair);

/** How many keys stay parsed: parsing takes four times as long as an RSA-1024 signature, and on the event loop. */
const KEPT_KEYS = 8;

/** An RSAPublicKey of 1024 bits with exponent 65537, DER. No key so short takes more than a tenth of a millisecond. */
const SHORT_KEY_LENGTH = 140;

/** RSA off the event loop, on libuv's threads. */
export function realWork(): Work {
  const parse = keptKeys();
  return {
    // On the loop: Web Crypto would first copy the bytes there, which takes about as long as hashing them.
    digest: async (hash, bytes) => createHash(hash).update(bytes).digest(),
    sign: async (hash, privateKey, bytes) => {
      const key = parse(privateKey);
      return new Promise((resolve, reject) => {
        sign(hash, bytes, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
      });
    },
    verify: async (hash, publicKey, bytes, signature) => {
      try {
        const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
        // A check with a short key takes as long as the loop needs to hand it to a thread.
        if (publicKey.length <= SHORT_KEY_LENGTH) return verify(hash, bytes, key, signature);
        return await new Promise<boolean>((resolve) => {
          verify(hash, bytes, key, signature, (error, valid) => resolve(error === null && valid));
        });
      } catch {
        // A key that is none has signed nothing.
        return false;
      }
    },
    generateKey: async (bits) => {
      const { privateKey } = await generate('rsa', { modulusLength: bits, publicExponent: 65537 });
      return privateKey.export({ format: 'der', type: 'pkcs8' });
    },
  };
}

/** Parses private keys, and keeps those used last. */
function keptKeys(): (pkcs8: Uint8Array) => KeyObject {
  const kept: { readonly der: Buffer; readonly key: KeyObject }[] = [];
  return (pkcs8) => {
    const at = kept.findIndex(({ der }) => der.equals(pkcs8));
    const found = kept.splice(at, at < 0 ? 0 : 1)[0];
    const der = found?.der ?? Buffer.from(pkcs8);
    const key = found?.key ?? createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    kept.unshift({ der, key });
    kept.length = Math.min(kept.length, KEPT_KEYS);
    return key;
  };
}
