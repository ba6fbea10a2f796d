// What two threads of this machine can do at all: SHA-512 of bytes that lie in the memory of each.
import { createHash, randomFillSync } from 'node:crypto';

const buffer = randomFillSync(Buffer.alloc(0x10_0000));

export const start = () => ({ hash });

/** @param {number} megabytes */
export function hash(megabytes) {
  const hash = createHash('sha512');
  for (let i = 0; i < megabytes; i++) hash.update(buffer);
  hash.digest();
}
