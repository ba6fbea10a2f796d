import { constants, createPrivateKey, createPublicKey, privateDecrypt } from 'node:crypto';
import type { HashName, Work } from '../../lib/backend/contract/host.js';
import type { CryptKey } from '../../lib/backend/contract/identity.js';
import { invalidArgType, PeerError } from '../../lib/errors.js';
import type { RsaPrivateKey } from '../certificates/rsa-key.js';

const HASHES: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'];

/** The provider handle of `PeerIdentityGetCryptKey`; its errors name the CryptoAPI functions that one would call on it. */
export function openCryptKey(key: RsaPrivateKey, work: Work): CryptKey {
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'pkcs1' });
  let open = true;
  const check = (operation: string, bytes: unknown) => {
    if (!open) throw new PeerError('E_HANDLE', operation, 'the key has been released');
    if (!(bytes instanceof Uint8Array)) throw invalidArgType('bytes', 'a Uint8Array', bytes);
  };
  return {
    bits: key.bits,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    async sign(hash, bytes) {
      check('CryptSignHash', bytes);
      if (!HASHES.includes(hash)) throw invalidArgType('hash', `one of ${HASHES.join(', ')}`, hash);
      return work.sign(hash, key.pkcs8, bytes);
    },
    async decrypt(bytes) {
      check('CryptDecrypt', bytes);
      return decryptPkcs1(key.pkcs8, bytes) ?? refuse();
    },
    close() {
      open = false;
    },
  };
}

/**
 * RSAES-PKCS1-v1_5, RFC 8017 7.2.2, by hand: Node.js without implicit rejection refuses to strip this padding. As with
 * CryptDecrypt, the caller learns whether the padding was good: never tell that to whom the text came from.
 */
function decryptPkcs1(pkcs8: Uint8Array, encrypted: Uint8Array): Uint8Array | undefined {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  let block: Buffer;
  try {
    block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
  } catch {
    return undefined;
  }
  const end = block.indexOf(0, 2);
  const padded = block[0] === 0 && block[1] === 2 && end >= 10;
  return padded ? Uint8Array.from(block.subarray(end + 1)) : undefined;
}

function refuse(): never {
  throw new PeerError('E_INVALIDARG', 'CryptDecrypt', 'the bytes are not encrypted for this key');
}
