import { invalidArgType, PeerError } from '../../errors.js';
import { win32Calls } from './calls.js';

const NAMES: readonly string[] = ['ERROR_', 'PEERDIST_ERROR_'];

/** Makes calls of peerdist.dll. */
export function distributionCalls<T>(calls: () => Promise<T>): Promise<T> {
  return win32Calls(NAMES, calls);
}

export function invalidParameter(operation: string, why: string): PeerError {
  return new PeerError('ERROR_INVALID_PARAMETER', operation, why);
}

/** DWORD. */
export function checkDword(name: string, value: number, operation: string): void {
  if (typeof value !== 'number') throw invalidArgType(name, 'a number', value);
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return;
  throw invalidParameter(operation, `${name} is a whole number from 0 to 4294967295, not ${value}`);
}

/** ULONGLONG. */
export function checkUlonglong(name: string, value: bigint, operation: string): void {
  if (typeof value !== 'bigint') throw invalidArgType(name, 'a bigint', value);
  if (value >= 0n && value < 1n << 64n) return;
  throw invalidParameter(operation, `${name} is from 0 to 18446744073709551615, not ${value}`);
}

/** PEERDIST_CONTENT_TAG. */
export function checkTag(tag: Uint8Array, operation: string): void {
  if (!(tag instanceof Uint8Array)) throw invalidArgType('tag', 'a Uint8Array', tag);
  if (tag.length !== 16) throw invalidParameter(operation, `a tag has 16 bytes, not ${tag.length}`);
}
