import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Random, Work } from '../../../lib/backend/contract/host.js';
import { seededRsaKey } from './rsa-key.js';
import type { VirtualTime } from './virtual-time.js';

/** Done at once, in no virtual time. `keys` keeps what was parsed, by its DER: parsing takes longer than signing. */
export function virtualWork(time: VirtualTime, random: Random, keys: Map<string, KeyObject>): Work {
  const done = <T>(task: () => T): Promise<T> => time.busy(Promise.resolve().then(task));
  return {
    digest: (hash, bytes) => done(() => createHash(hash).update(bytes).digest()),
    sign: (hash, privateKey, bytes) => done(() => sign(hash, bytes, privateKeyOf(privateKey, keys))),
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

function privateKeyOf(der: Uint8Array, keys: Map<string, KeyObject>): KeyObject {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.length);
  const text = bytes.toString('latin1');
  const key = keys.get(text) ?? createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  keys.set(text, key);
  return key;
}
