import { expect } from 'vitest';
import type { PnrpMessage } from '#fallback/pnrp/messages';
import { type Codec, decode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { plain } from './codec-law.js';
import { bytes, MESSAGES } from './pnrp-samples.js';

/** `hex` with the bytes at `offset` replaced. */
export function patched(hex: string, ...patches: readonly (readonly [offset: number, hex: string])[]): Uint8Array {
  const out = bytes(hex);
  for (const [offset, patch] of patches) out.set(bytes(patch), offset);
  return out;
}

export function join(...parts: readonly string[]): Uint8Array {
  return bytes(parts.join(''));
}

export function refused<T>(codec: Codec<T>, input: Uint8Array): DecodeError {
  try {
    decode(codec, input);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

export function same<T>(codec: Codec<T>, input: Uint8Array, as: T): void {
  expect(plain(decode(codec, input))).toEqual(plain(as));
}

export function sample(name: string): PnrpMessage {
  const found = MESSAGES.find(([vector]) => vector === name);
  if (found === undefined) throw new Error(name);
  return found[2];
}
