import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { BlockCipher, CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { Readings } from '../../wire/readings.js';
import { IV_LENGTH } from './constants.js';

/** By CryptoAlgoId. [MS-PCCRR] 2.2.3 */
const CIPHERS: readonly BlockCipher[] = ['none', 'aes-128', 'aes-192', 'aes-256'];

const AES_BLOCK = 16;
const KEY_BYTES: Readonly<Record<Exclude<BlockCipher, 'none'>, number>> = {
  'aes-128': 16,
  'aes-192': 24,
  'aes-256': 32,
};

/** Undefined for a number that no cipher has. */
export function cipherOf(cryptoAlgoId: number): BlockCipher | undefined {
  return CIPHERS[cryptoAlgoId];
}

export function cryptoAlgoId(cipher: BlockCipher): number {
  return CIPHERS.indexOf(cipher);
}

/** A block as it goes over the wire, under the first bytes of Kp. [MS-PCCRR] 2.2.5.3, [MS-PCCRC] 2.2 */
export function sealBlock(
  bytes: Uint8Array,
  secret: Uint8Array,
  cipher: Exclude<BlockCipher, 'none'>,
  iv: Uint8Array,
  readings: Readings,
): CachedBlock {
  const encryption = createCipheriv(`${cipher}-cbc`, secret.subarray(0, KEY_BYTES[cipher]), iv);
  // UNCONFIRMED: distribution.block-padding
  const padded = readings.get('distribution.block-padding') === 'pkcs7';
  if (padded) return { cipher, iv, bytes: Buffer.concat([encryption.update(bytes), encryption.final()]) };
  encryption.setAutoPadding(false);
  const zeros = new Uint8Array(-bytes.length & (AES_BLOCK - 1));
  return { cipher, iv, bytes: Buffer.concat([encryption.update(bytes), encryption.update(zeros)]) };
}

/**
 * The `length` bytes in a block that came over the wire, whatever its sender padded them with; undefined where they can't
 * be in it. Whether they are the right ones only their hash tells.
 */
export function openBlock(
  { cipher, iv, bytes }: CachedBlock,
  secret: Uint8Array,
  length: number,
): Uint8Array | undefined {
  if (bytes.length < length) return undefined;
  if (cipher === 'none') return bytes.subarray(0, length);
  if (bytes.length % AES_BLOCK !== 0 || iv.length !== IV_LENGTH) return undefined;
  const decryption = createDecipheriv(`${cipher}-cbc`, secret.subarray(0, KEY_BYTES[cipher]), iv);
  return decryption.setAutoPadding(false).update(bytes).subarray(0, length);
}
