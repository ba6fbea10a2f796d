import { createHash, createPrivateKey, createPublicKey, generateKeyPair, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { Work } from '../../lib/backend/contract/host.js';

const generate = promisify(generateKeyPair);

/** Off the event loop, on libuv's threads. */
export function realWork(): Work {
  return {
    digest: async (hash, bytes) => createHash(hash).update(bytes).digest(),
    sign: async (hash, privateKey, bytes) => {
      const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
      return new Promise((resolve, reject) => {
        sign(hash, bytes, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
      });
    },
    verify: async (hash, publicKey, bytes, signature) => {
      try {
        const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
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
