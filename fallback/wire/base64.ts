import { DecodeError } from './decode-error.js';

/** The bytes of a Base64 text, which may have white space in it. */
export function decodeBase64(text: string, field: string): Uint8Array {
  const packed = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 !== 0) {
    throw new DecodeError(field, 0, 'the text is not Base64');
  }
  return Buffer.from(packed, 'base64');
}
