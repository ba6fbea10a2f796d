import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** PeerIdentityCreate refuses less; OpenSSL takes long over more. */
export const MIN_KEY_BITS = 1024;
export const MAX_KEY_BITS = 4096;

export interface RsaPrivateKey {
  readonly bits: number;
  /** PKCS#8, DER, without attributes. */
  readonly pkcs8: Uint8Array;
  /** RSAPublicKey, DER. */
  readonly publicKey: Uint8Array;
}

/** `undefined` for anything but an RSA key. */
export function readPrivateKey(pkcs8: Uint8Array): RsaPrivateKey | undefined {
  const key = readKey(() => createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }));
  if (key === undefined) return undefined;
  return {
    bits: bitsOf(key),
    pkcs8: key.export({ format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey(key).export({ format: 'der', type: 'pkcs1' }),
  };
}

/** The size of an RSAPublicKey; `undefined` for bytes that are none. */
export function publicKeyBits(publicKey: Uint8Array): number | undefined {
  const key = readKey(() => createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' }));
  return key && bitsOf(key);
}

export function isKeySize(bits: number): boolean {
  return Number.isInteger(bits) && bits >= MIN_KEY_BITS && bits <= MAX_KEY_BITS;
}

/** [MS-PNRP] 2.2.3.1.4: SHA-1 of the bare RSAPublicKey, as the authority of a peer name. */
export function authorityOf(publicKey: Uint8Array): string {
  return createHash('sha1').update(publicKey).digest('hex');
}

function readKey(read: () => KeyObject): KeyObject | undefined {
  try {
    const key = read();
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

function bitsOf(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0;
}
