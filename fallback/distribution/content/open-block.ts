import { createDecipheriv } from 'node:crypto';
import type { CachedBlock } from '../../../lib/backend/contract/cache-store.js';
import type { BlockPlace } from './content-map.js';

/** The bytes of a block as it came; undefined where they are not those that the content information tells of. */
export function openBlock({ segment, index, length }: BlockPlace, block: CachedBlock): Uint8Array | undefined {
  const bytes = decrypted(block, segment.secret, length);
  return bytes?.length === length && segment.holds(index, bytes) ? bytes : undefined;
}

function decrypted({ cipher, iv, bytes }: CachedBlock, secret: Uint8Array, length: number): Uint8Array | undefined {
  if (cipher === 'none') return bytes;
  if (iv.length !== 16 || bytes.length % 16 !== 0) return undefined;
  const bits = Number(cipher.slice('aes-'.length));
  const decipher = createDecipheriv(`aes-${bits}-cbc`, secret.subarray(0, bits / 8), iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]).subarray(0, length);
}
