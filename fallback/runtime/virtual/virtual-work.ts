import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Random, Work } from '../../../lib/backend/contract/host.js';
import { seededRsaKey } from './rsa-key.js';
import type { VirtualTime } from './virtual-time.js';

/** Done at once, in no virtual time. `keys` keeps what was parsed, by its DER: parsing takes longer than signing. */
export function virtualWork(time: VirtualTime, random: Random, keys: Map<string, KeyObject>): Work {
  const done = <T>(task: () => T): Promise<T> => time.busy(Promise.resolve().then(task));
  const keyOf = (der: Uint8Array, parse: (key: Buffer) => KeyObject): KeyObject => {
    const bytes = Buffer.from(der.buffer, der.byteOffset, der.length);
    const text = bytes.toString('latin1');
    const key = keys.get(text) ?? parse(bytes);
    keys.set(text, key);
    return key;
  };
  const privateKey = (key: Buffer): KeyObject => createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const publicKey = (key: Buffer): KeyObject => createPublicKey({ key, format: 'der', type: 'pkcs1' });
  return {
    digest: (hash, bytes) => done(() => createHash(hash).update(bytes).digest()),
    sign: (hash, key, bytes) => done(() => sign(hash, bytes, keyOf(key, privateKey))),
    verify: (hash, key, bytes, signature) =>
      done(() => {
        try {
          return verify(hash, bytes, keyOf(key, publicKey), signature);
        } catch {
          return false;
        }
      }),
    generateKey: (bits) => done(() => seededRsaKey(bits, random)),
  };
}
