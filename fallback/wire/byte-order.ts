/** For fields that a protocol stores in the order of the machine, or whose order is a reading. */
export type ByteOrder = 'big-endian' | 'little-endian';

/** A copy with the last byte first. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

/** Hexadecimal text with the last byte first. */
export function reversedHex(hex: string): string {
  return Buffer.from(hex, 'hex').reverse().toString('hex');
}

/** The UTF-16 units of `text`, without mark or terminator. */
export function utf16Bytes(text: string, order: ByteOrder): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le');
  return order === 'little-endian' ? bytes : bytes.swap16();
}

/** An even number of bytes as UTF-16 units: any units, also those that pair up to no character. */
export function utf16Text(bytes: Uint8Array, order: ByteOrder): string {
  const units = Buffer.from(bytes);
  return (order === 'little-endian' ? units : units.swap16()).toString('utf16le');
}
