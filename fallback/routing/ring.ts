import { type ByteString, byteStringFromHex, hexOf } from '../wire/byte-string.js';

/** A place on the ring of [MS-PNRP] 1.3.3: an unsigned 256-bit integer, where 0 follows 2^256 - 1. */
export type RingId = bigint;

export const RING_SIZE = 1n << 256n;
export const HALF_RING = 1n << 255n;

const MASK = RING_SIZE - 1n;

/** From exactly 64 hexadecimal digits, most significant first. */
export function ringIdFromHex(hex: string): RingId {
  try {
    if (hex.length === 64) return BigInt(`0x${hex}`);
  } catch {
    // A SyntaxError, which says less.
  }
  throw new RangeError(`not an id of 64 hexadecimal digits: ${hex}`);
}

export function ringIdToHex(id: RingId): string {
  return id.toString(16).padStart(64, '0');
}

/** From the 32 bytes that a message carries. */
export function ringIdFromBytes(bytes: ByteString): RingId {
  return ringIdFromHex(hexOf(bytes));
}

export function ringIdToBytes(id: RingId): ByteString {
  return byteStringFromHex(ringIdToHex(id));
}

/** How far `to` lies above `from`: (to - from) mod 2^256. */
export function upward(from: RingId, to: RingId): bigint {
  return (to - from) & MASK;
}

/** The id `by` places above `id`; below it when `by` is negative. */
export function moved(id: RingId, by: bigint): RingId {
  return (id + by) & MASK;
}

export function successor(id: RingId): RingId {
  return moved(id, 1n);
}

/** The shorter way round. */
export function distance(a: RingId, b: RingId): bigint {
  const up = upward(a, b);
  return up > HALF_RING ? RING_SIZE - up : up;
}

export function isCloser(x: RingId, y: RingId, target: RingId): boolean {
  return distance(x, target) < distance(y, target);
}

/** Whether the way up from `id` to `x` is the shorter one: on which side of an id another lies. */
export function isAbove(id: RingId, x: RingId): boolean {
  return upward(id, x) < HALF_RING;
}

/** Whether the way up from `low` meets `x` before `high`, both ends left out. */
export function isBetween(low: RingId, x: RingId, high: RingId): boolean {
  const up = upward(low, x);
  return up > 0n && up < upward(low, high);
}

/** How many leading bits are equal: 0 to 256. */
export function matchingBits(a: RingId, b: RingId): number {
  const difference = a ^ b;
  return difference === 0n ? 256 : 256 - difference.toString(2).length;
}
