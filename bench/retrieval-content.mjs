// What is fetched in retrieval.bench.mjs: both processes know it.
import { createHash } from 'node:crypto';

export const BLOCK = 65_536;
export const BLOCKS = 512;
export const SECRET = createHash('sha256').update('secret').digest();
export const SEGMENTS = { plain: 'aa'.repeat(32), sealed: 'bb'.repeat(32) };

/** @param {number} index */
export function blockOf(index) {
  return Buffer.alloc(BLOCK, createHash('sha256').update(`block ${index}`).digest());
}

export function content() {
  return Buffer.concat(Array.from({ length: BLOCKS }, (_, index) => blockOf(index)));
}
