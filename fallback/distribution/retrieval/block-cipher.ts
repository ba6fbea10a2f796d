import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { BlockCipher, CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { Readings } from '../../wire/readings.js';
import { IV_LENGTH } from './constants.js';

/** By CryptoAlgoId. [MS-PCCRR] 2.2.3 */
const CIPHERS: readonly BlockCipher[] = ['none', 'aes-128', 'aes-192', 'aes-256'];

/** Bytes that AES works on at a time. */
export const AES_BLOCK = 16;
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

/**
 * A block as it goes over the wire, under the first bytes of Kp. [MS-PCCRR] 2.2.5.3, [MS-PCCRC] 2.2
 * `room` has space for it and what it is filled up with: who seals many blocks, one after the other, gives the same again.
 */
export function sealBlock(
  bytes: Uint8Array,
  secret: Uint8Array,
  cipher: Exclude<BlockCipher, 'none'>,
  iv: Uint8Array,
  readings: Readings,
  room: Uint8Array = new Uint8Array(bytes.length + AES_BLOCK),
): CachedBlock {
  // UNCONFIRMED: distribution.block-padding
  const isPkcs7 = readings.get('distribution.block-padding') === 'pkcs7';
  const padding = isPkcs7 ? AES_BLOCK - (bytes.length % AES_BLOCK) : -bytes.length & (AES_BLOCK - 1);
  const padded = room.subarray(0, bytes.length + padding);
  padded.set(bytes);
  padded.fill(isPkcs7 ? padding : 0, bytes.length);
  // In one piece: OpenSSL's own padding would come as a second one.
  const encryption = createCipheriv(`${cipher}-cbc`, secret.subarray(0, KEY_BYTES[cipher]), iv);
  return { cipher, iv, bytes: encryption.setAutoPadding(false).update(padded) };
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
