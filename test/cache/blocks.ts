import { createHash } from 'node:crypto';
import type { CachedBlock, NewSegment } from '#lib/backend/contract/cache-store';

/** A segment's identifier, or a tag of 16 bytes. */
export function id(n: number, bytes = 32): string {
  return n.toString(16).padStart(2 * bytes, '0');
}

export function tag(n: number): string {
  return id(n, 16);
}

/** A full block. */
export const BLOCK = 65_536;
/** What a segment of a few blocks takes by itself. */
export const SEGMENT = 4096;

/** Of two blocks, one of them full. */
export function segment(n: number, more: Partial<NewSegment> = {}): NewSegment {
  return { id: id(n), length: BLOCK + 100, blockSize: BLOCK, tags: [tag(1)], ...more };
}

export function plain(n: number, length = BLOCK): CachedBlock {
  return { cipher: 'none', iv: new Uint8Array(), bytes: new Uint8Array(length).fill(n) };
}

/** A block in short: comparing its bytes one by one takes vitest long. */
export function brief(block: CachedBlock | undefined): object | undefined {
  const short = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  return block && { cipher: block.cipher, iv: short(block.iv), bytes: short(block.bytes) };
}
