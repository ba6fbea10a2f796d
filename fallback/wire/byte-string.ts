/**
 * Bytes as a string of as many characters, U+0000 to U+00FF. As hexadecimal digits do, it has the order of its bytes and
 * is a key of maps, but in half their room; and it is copied from a datagram and back, not translated.
 */
export type ByteString = string;

export function byteStringFromHex(hex: string): ByteString {
  return Buffer.from(hex, 'hex').toString('latin1');
}

export function hexOf(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('hex');
}
