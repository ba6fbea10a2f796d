/*
 * Keys as CryptoAPI gives and takes them, of the type CALG_RSA_KEYX: BLOBHEADER (type, version 2, two zeros, algorithm),
 * RSAPUBKEY (magic, bits, public exponent), then the numbers, least significant byte first.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

const CALG_RSA_KEYX = 0xa400;
export const PUBLICKEYBLOB = 6;
const PRIVATEKEYBLOB = 7;
const VERSION = 2;
const HEADER_LENGTH = 20;
const MAGIC_OF_TWO = 'RSA2';

/** PRIVATEKEYBLOB; `undefined` for what is no RSA key of two primes with an exponent of 32 bits. */
export function privateKeyBlob(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const { n, e, p, q, dp, dq, qi, d } = key.export({ format: 'jwk' });
  const exponent = Buffer.from(e ?? '', 'base64url');
  if (exponent.length > 4 || bits % 16 !== 0) return undefined;
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt8(PRIVATEKEYBLOB, 0);
  header.writeUInt8(VERSION, 1);
  header.writeUInt32LE(CALG_RSA_KEYX, 4);
  header.write(MAGIC_OF_TWO, 8, 'latin1');
  header.writeUInt32LE(bits, 12);
  header.writeUInt32LE(exponent.readUIntBE(0, exponent.length), 16);
  const halves = [p, q, dp, dq, qi].map((number) => littleEndian(number, bits / 16));
  return Buffer.concat([header, littleEndian(n, bits / 8), ...halves, littleEndian(d, bits / 8)]);
}

/** The key in a PUBLICKEYBLOB. */
export function readPublicKeyBlob(blob: Uint8Array): KeyObject {
  const bytes = Buffer.from(blob);
  const length = bytes.readUInt32LE(12) / 8;
  const exponent = Buffer.from(bytes.subarray(16, HEADER_LENGTH)).reverse();
  const modulus = Buffer.from(bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + length)).reverse();
  const jwk: JsonWebKey = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function littleEndian(number: string | undefined, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  Buffer.from(number ?? '', 'base64url')
    .reverse()
    .copy(bytes);
  return bytes;
}
