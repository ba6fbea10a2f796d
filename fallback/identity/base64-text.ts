import { decodeBase64 } from '../wire/base64.js';

/*
 * Binary elements. The DATA of an export holds Base64 of UTF-16LE text that is itself Base64, as one published
 * export shows; whether certificates are wrapped likewise is open, so the reader takes both depths everywhere.
 */

export function encodeOnce(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Columns and line ends of the published sample. */
export function encodeTwice(bytes: Uint8Array): string {
  const inner = columns(encodeOnce(bytes), 64, '\r\n');
  return columns(encodeOnce(Buffer.from(`${inner}\r\n`, 'utf16le')), 72, '\n');
}

export function decodeEither(text: string, field: string): Uint8Array {
  const bytes = decodeBase64(text, field);
  const inner = innerText(bytes);
  return inner === undefined ? bytes : decodeBase64(inner, field);
}

function innerText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length % 2 !== 0) return undefined;
  const text = Buffer.from(bytes).toString('utf16le');
  return /^[A-Za-z0-9+/=\r\n]+\0?$/.test(text) ? text.replace(/\0$/, '') : undefined;
}

function columns(text: string, width: number, lineEnd: string): string {
  return (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(lineEnd);
}
