// How CryptoAPI takes and gives pairs of RSA keys.
import { createPrivateKey } from 'node:crypto';

/** CALG_RSA_KEYX: pairs that exchange keys, and sign as well. */
const ALGORITHM = 0x0000a400;

/** PRIVATEKEYBLOB. @param {import('node:crypto').KeyObject} key */
export function privateKeyBlob(key) {
  const { n = '', e = '', p = '', q = '', dp = '', dq = '', qi = '', d = '' } = key.export({ format: 'jwk' });
  const bytes = Buffer.from(n, 'base64url').length;
  const halves = [p, q, dp, dq, qi].map((it) => reversed(it, bytes / 2));
  return Buffer.concat([header(7, 'RSA2', n, e), reversed(n, bytes), ...halves, reversed(d, bytes)]);
}

/** PUBLICKEYBLOB. @param {import('node:crypto').KeyObject} key */
export function publicKeyBlob(key) {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([header(6, 'RSA1', n, e), reversed(n, Buffer.from(n, 'base64url').length)]);
}

/** BLOBHEADER and RSAPUBKEY. @param {number} type @param {string} magic @param {string} n @param {string} e */
function header(type, magic, n, e) {
  const head = Buffer.alloc(20);
  head.writeUInt8(type, 0);
  head.writeUInt8(2, 1);
  head.writeUInt32LE(ALGORITHM, 4);
  head.write(magic, 8, 'latin1');
  head.writeUInt32LE(Buffer.from(n, 'base64url').length * 8, 12);
  head.writeUInt32LE(Buffer.from(e, 'base64url').readUIntBE(0, 3), 16);
  return head;
}

/** Little-endian, filled up with zeros. @param {string} number @param {number} bytes */
function reversed(number, bytes) {
  const padded = Buffer.alloc(bytes);
  Buffer.from(number, 'base64url').reverse().copy(padded);
  return padded;
}

/** The key in a PRIVATEKEYBLOB. @param {string} blob In hexadecimal. */
export function readPrivateKeyBlob(blob) {
  const bytes = Buffer.from(blob, 'hex');
  const length = bytes.readUInt32LE(12) / 8;
  let at = 20;
  /** @param {number} size */
  const number = (size) => {
    at += size;
    return Buffer.from(bytes.subarray(at - size, at))
      .reverse()
      .toString('base64url');
  };
  const e = Buffer.from(bytes.subarray(16, 20)).reverse().toString('base64url');
  const n = number(length);
  const half = length / 2;
  const primes = { p: number(half), q: number(half), dp: number(half), dq: number(half), qi: number(half) };
  return createPrivateKey({ format: 'jwk', key: { kty: 'RSA', n, e, ...primes, d: number(length) } });
}
