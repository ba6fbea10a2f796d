import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { PeerError } from '../../../lib/errors.js';
import { secretKey } from './keys.js';

const CIPHER = 'aes-256-cbc';
/** The format has no room for another one. */
const NO_IV: Readonly<Uint8Array> = new Uint8Array(16);
const BLOCK = 16;
/** SHA-256 of the key, before it. */
const HASH_LENGTH = 32;

/** The file by which servers come to share one secret key. [MS-PCCRC] 2.5 */
export function exportSecretKey(key: Uint8Array, passPhrase: string): Uint8Array {
  const cipher = createCipheriv(CIPHER, fileKey(passPhrase), NO_IV);
  return Buffer.concat([cipher.update(sha256(key)), cipher.update(key), cipher.final()]);
}

/** The secret key in an exported file. `E_INVALIDARG` for a damaged file and for another pass phrase. */
export function importSecretKey(file: Uint8Array, passPhrase: string): Uint8Array {
  // Padding is always there, so that the hash alone takes three blocks.
  if (file.length <= HASH_LENGTH || file.length % BLOCK !== 0) {
    throw refusal(`${file.length} bytes are no exported key: the file is damaged, or another kind of file`);
  }
  const plain = decrypted(file, fileKey(passPhrase));
  const key = plain?.subarray(HASH_LENGTH);
  if (plain === undefined || key === undefined || !timingSafeEqual(plain.subarray(0, HASH_LENGTH), sha256(key))) {
    throw refusal('the pass phrase is another one than that of the export, or the file is damaged');
  }
  return key;
}

function decrypted(file: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, NO_IV);
  try {
    const plain = Buffer.concat([decipher.update(file), decipher.final()]);
    return plain.length < HASH_LENGTH ? undefined : plain;
  } catch {
    // The padding: whether it or the hash is wrong tells nothing to anybody.
    return undefined;
  }
}

function fileKey(passPhrase: string): Uint8Array {
  return sha256(secretKey(passPhrase));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function refusal(sentence: string): PeerError {
  return new PeerError('E_INVALIDARG', 'importing a secret key', sentence);
}
