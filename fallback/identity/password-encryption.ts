import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';
import { AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import type { Random } from '../../lib/backend/contract/host.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from '../certificates/asn1.js';
import { DecodeError } from '../wire/decode-error.js';
import { decryptRc2, encryptRc2 } from './rc2.js';

/** What Windows writes. */
export const ITERATIONS = 2000;

/** A file that asks for more would hold up the process: this many take about 0.2 s. */
const ITERATIONS_LIMIT = 100_000;

export type EncryptionScheme = '3des' | 'rc2-40' | 'aes-256';

export type MacHash = keyof typeof HASH_BLOCKS;

/** Bytes in a block of the hash: `v` of RFC 7292 B.2. */
const HASH_BLOCKS = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 } as const;

/** RFC 7292 B.3: what the derived bytes are for. */
const PURPOSES = { key: 1, iv: 2, mac: 3 } as const;

const PKCS12_SCHEMES: Readonly<Record<string, { scheme: EncryptionScheme; keyBytes: number; ivBytes: number }>> = {
  '1.2.840.113549.1.12.1.3': { scheme: '3des', keyBytes: 24, ivBytes: 8 },
  '1.2.840.113549.1.12.1.6': { scheme: 'rc2-40', keyBytes: 5, ivBytes: 8 },
};

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const AES_256 = '2.16.840.1.101.3.4.1.42';
const HMAC_SHA1 = '1.2.840.113549.2.7';
const HMAC_SHA256 = '1.2.840.113549.2.9';

const PBES2_CIPHERS: Readonly<Record<string, { name: string; keyBytes: number; ivBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 },
  [AES_256]: { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
};

const HMACS: Readonly<Record<string, MacHash>> = {
  [HMAC_SHA1]: 'sha1',
  [HMAC_SHA256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** Of the PKCS#12 schemes, RFC 7292 C. */
class SaltAndIterations {
  salt = new OctetString();
  iterations = ITERATIONS;
}
AsnProp({ type: OctetString })(SaltAndIterations.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(SaltAndIterations.prototype, 'iterations');

/** RFC 8018 A.4. */
class Pbes2Parameters {
  keyDerivation = new AlgorithmIdentifier();
  encryption = new AlgorithmIdentifier();
}
AsnProp({ type: AlgorithmIdentifier })(Pbes2Parameters.prototype, 'keyDerivation');
AsnProp({ type: AlgorithmIdentifier })(Pbes2Parameters.prototype, 'encryption');

/** RFC 8018 A.2. */
class Pbkdf2Parameters {
  salt = new OctetString();
  iterations = ITERATIONS;
  keyLength?: number;
  prf = new AlgorithmIdentifier({ algorithm: HMAC_SHA1 });
}
AsnProp({ type: OctetString })(Pbkdf2Parameters.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pbkdf2Parameters.prototype, 'iterations');
AsnProp({ type: AsnPropTypes.Integer, optional: true })(Pbkdf2Parameters.prototype, 'keyLength');
AsnProp({ type: AlgorithmIdentifier, optional: true })(Pbkdf2Parameters.prototype, 'prf');

export interface Encrypted {
  readonly algorithm: AlgorithmIdentifier;
  readonly bytes: Uint8Array;
}

export function encryptWithPassword(
  scheme: EncryptionScheme,
  password: string,
  plain: Uint8Array,
  random: Random,
): Encrypted {
  if (scheme === 'aes-256') return encryptPbes2(password, plain, random);
  const [oid, sizes] = Object.entries(PKCS12_SCHEMES).find(([, each]) => each.scheme === scheme) ?? [];
  if (oid === undefined || sizes === undefined) throw new RangeError(`no such scheme: ${scheme}`);
  const parameters = new SaltAndIterations();
  parameters.salt = new OctetString(random.bytes(8));
  const [key, iv] = keyAndIv(password, parameters, sizes);
  const bytes = scheme === 'rc2-40' ? encryptRc2(key, iv, plain) : encryptBlocks('des-ede3-cbc', key, iv, plain);
  return { algorithm: algorithm(oid, parameters), bytes };
}

export function decryptWithPassword(encrypted: Encrypted, password: string): Uint8Array {
  const { algorithm: oid } = encrypted.algorithm;
  const parameters = encrypted.algorithm.parameters ?? new ArrayBuffer(0);
  if (oid === PBES2) return decryptPbes2(parameters, encrypted.bytes, password);
  const sizes = PKCS12_SCHEMES[oid];
  if (sizes === undefined) throw new DecodeError('encryptionAlgorithm', 0, `${oid} is not supported`);
  const [key, iv] = keyAndIv(password, parseAsn1(parameters, SaltAndIterations, 'PBEParameter'), sizes);
  if (sizes.scheme === '3des') return decryptBlocks('des-ede3-cbc', key, iv, encrypted.bytes);
  return decryptRc2(key, iv, encrypted.bytes) ?? wrongPassword();
}

/** The key of the MAC of a PFX, RFC 7292 B.4. */
export function macKey(hash: MacHash, password: string, salt: Uint8Array, iterations: number): Uint8Array {
  return derive(hash, password, salt, iterations, 'mac', createHash(hash).digest().length);
}

function encryptPbes2(password: string, plain: Uint8Array, random: Random): Encrypted {
  const derivation = new Pbkdf2Parameters();
  derivation.salt = new OctetString(random.bytes(16));
  derivation.prf = new AlgorithmIdentifier({ algorithm: HMAC_SHA256, parameters: Uint8Array.of(5, 0).buffer });
  const iv = random.bytes(16);
  const parameters = new Pbes2Parameters();
  parameters.keyDerivation = algorithm(PBKDF2, derivation);
  parameters.encryption = algorithm(AES_256, new OctetString(iv));
  const key = pbkdf2Sync(password, new Uint8Array(derivation.salt.buffer), ITERATIONS, 32, 'sha256');
  return { algorithm: algorithm(PBES2, parameters), bytes: encryptBlocks('aes-256-cbc', key, iv, plain) };
}

function decryptPbes2(bytes: ArrayBuffer, encrypted: Uint8Array, password: string): Uint8Array {
  const { keyDerivation, encryption } = parseAsn1(bytes, Pbes2Parameters, 'PBES2-params');
  const cipher = PBES2_CIPHERS[encryption.algorithm];
  if (cipher === undefined || keyDerivation.algorithm !== PBKDF2) {
    throw new DecodeError(
      'PBES2-params',
      0,
      `${encryption.algorithm} with ${keyDerivation.algorithm} is not supported`,
    );
  }
  const derivation = parseAsn1(keyDerivation.parameters ?? new ArrayBuffer(0), Pbkdf2Parameters, 'PBKDF2-params');
  const hash = HMACS[derivation.prf.algorithm];
  if (hash === undefined) throw new DecodeError('prf', 0, `${derivation.prf.algorithm} is not supported`);
  const iterations = checkIterations(derivation.iterations);
  const key = pbkdf2Sync(password, new Uint8Array(derivation.salt.buffer), iterations, cipher.keyBytes, hash);
  const iv = parseAsn1(encryption.parameters ?? new ArrayBuffer(0), OctetString, 'iv');
  if (iv.byteLength !== cipher.ivBytes) throw new DecodeError('iv', 0, `${iv.byteLength} bytes`);
  return decryptBlocks(cipher.name, key, new Uint8Array(iv.buffer), encrypted);
}

function keyAndIv(
  password: string,
  { salt, iterations }: SaltAndIterations,
  sizes: { readonly keyBytes: number; readonly ivBytes: number },
): [Uint8Array, Uint8Array] {
  const bytes = new Uint8Array(salt.buffer);
  return [
    derive('sha1', password, bytes, iterations, 'key', sizes.keyBytes),
    derive('sha1', password, bytes, iterations, 'iv', sizes.ivBytes),
  ];
}

/** RFC 7292 B.2; the comments name its variables. */
function derive(
  hash: MacHash,
  password: string,
  salt: Uint8Array,
  iterations: number,
  purpose: keyof typeof PURPOSES,
  length: number,
): Uint8Array {
  checkIterations(iterations);
  const block = HASH_BLOCKS[hash];
  const diversifier = Buffer.alloc(block, PURPOSES[purpose]); // D
  const input = Buffer.concat([repeat(salt, block), repeat(bmpPassword(password), block)]); // I
  const parts: Buffer[] = [];
  for (let made = 0; made < length; ) {
    let part = createHash(hash).update(diversifier).update(input).digest(); // A
    for (let i = 1; i < iterations; i++) part = createHash(hash).update(part).digest();
    parts.push(part);
    made += part.length;
    addToBlocks(input, repeat(part, block).subarray(0, block), block); // B
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** I_j = I_j + B + 1, modulo the size of a block. */
function addToBlocks(input: Buffer, addend: Uint8Array, block: number): void {
  for (let start = 0; start < input.length; start += block) {
    let carry = 1;
    for (let i = block - 1; i >= 0; i--) {
      carry += (input[start + i] ?? 0) + (addend[i] ?? 0);
      input[start + i] = carry & 0xff;
      carry >>= 8;
    }
  }
}

/** Copies of `bytes` up to the next multiple of `block`, the last one cut. */
function repeat(bytes: Uint8Array, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block);
  return bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes);
}

/** BMPString with terminator, RFC 7292 B.1. */
function bmpPassword(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}

function checkIterations(iterations: number): number {
  if (Number.isInteger(iterations) && iterations >= 1 && iterations <= ITERATIONS_LIMIT) return iterations;
  throw new DecodeError('iterations', 0, `${iterations} is not a number from 1 to ${ITERATIONS_LIMIT}`);
}

function encryptBlocks(cipher: string, key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const stream = createCipheriv(cipher, key, iv);
  return Buffer.concat([stream.update(plain), stream.final()]);
}

function decryptBlocks(cipher: string, key: Uint8Array, iv: Uint8Array, encrypted: Uint8Array): Uint8Array {
  const stream = createDecipheriv(cipher, key, iv);
  try {
    return Buffer.concat([stream.update(encrypted), stream.final()]);
  } catch {
    return wrongPassword();
  }
}

function wrongPassword(): never {
  throw new DecodeError('encryptedData', 0, 'the password does not open it');
}

function algorithm(oid: string, parameters: object): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: oid, parameters: arrayBuffer(serializeAsn1(parameters)) });
}
