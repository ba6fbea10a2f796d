import { PeerError } from '../../lib/errors.js';

/** [MS-DTYP] DWORD, ULONGLONG. */
const MAX_DWORD = 0xffff_ffff;
const MAX_ULONGLONG = 0xffff_ffff_ffff_ffffn;
/** PEERDIST_CONTENT_TAG. */
const TAG_LENGTH = 16;

export function invalidParameter(operation: string, why: string): PeerError {
  return new PeerError('ERROR_INVALID_PARAMETER', operation, why);
}

export function invalidHandle(operation: string, why: string): PeerError {
  return new PeerError('ERROR_INVALID_HANDLE', operation, why);
}

export function checkDword(name: string, value: number, operation: string): void {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_DWORD) return;
  throw invalidParameter(operation, `${name} is from 0 to ${MAX_DWORD}, not ${value}`);
}

export function checkOffset(name: string, value: bigint, operation: string): void {
  if (value >= 0n && value <= MAX_ULONGLONG) return;
  throw invalidParameter(operation, `${name} is from 0 to ${MAX_ULONGLONG}, not ${value}`);
}

export function checkNotEmpty(name: string, value: { readonly length: number }, operation: string): void {
  if (value.length === 0) throw invalidParameter(operation, `${name} is empty`);
}

/** The tag as the cache has it. */
export function tagText(tag: Uint8Array, operation: string): string {
  if (tag.length !== TAG_LENGTH) throw invalidParameter(operation, `a tag has ${TAG_LENGTH} bytes, not ${tag.length}`);
  return Buffer.from(tag).toString('hex');
}
