import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Random, Work } from '../../../lib/backend/contract/host.js';
import { seededRsaKey } from './rsa-key.js';
import type { VirtualTime } from './virtual-time.js';

/** Done at once, in no virtual time. */
export function virtualWork(time: VirtualTime, random: Random): Work {
  const done = <T>(task: () => T): Promise<T> => time.busy(Promise.resolve().then(task));
  return {
    digest: (hash, bytes) => done(() => createHash(hash).update(bytes).digest()),
    sign: (hash, privateKey, bytes) => done(() => sign(hash, bytes, privateKeyOf(privateKey))),
    verify: (hash, publicKey, bytes, signature) =>
      done(() => {
        try {
          const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
          return verify(hash, bytes, key, signature);
        } catch {
          return false;
        }
      }),
    generateKey: (bits) => done(() => seededRsaKey(bits, random)),
  };
}

function privateKeyOf(der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
}
