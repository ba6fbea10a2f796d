import { reversed } from '../wire/byte-order.js';
import { type Codec, encode } from '../wire/codec.js';
import type { Readings } from '../wire/readings.js';
import { CALG_SHA1, SIGNATURE_DATA_LENGTH } from './constants.js';

/** Field Length of the SIGNATURE that ends an Encoded CPA and an EXTENDED_PAYLOAD. [MS-PNRP] 2.2.3.2. */
export const SIGNATURE_LENGTH = 8 + SIGNATURE_DATA_LENGTH;

/** SIGNATURE: its Signature Data, in the order of RFC 8017. [MS-PNRP] 2.2.3.2. */
export function signatureCodec(readings: Readings): Codec<Uint8Array> {
  // UNCONFIRMED: pnrp.signature
  const stored =
    readings.get('pnrp.signature') === 'little-endian' ? reversed : (signature: Uint8Array): Uint8Array => signature;
  return {
    name: 'SIGNATURE',
    length: () => SIGNATURE_LENGTH,
    write(writer, signature) {
      writer.u16le(SIGNATURE_LENGTH);
      writer.u16le(SIGNATURE_DATA_LENGTH);
      writer.u32le(CALG_SHA1);
      writer.bytes(stored(signature));
    },
    read(reader) {
      const fieldLength = reader.u16le('Field Length');
      if (fieldLength !== SIGNATURE_LENGTH) reader.fail('Field Length', `is ${fieldLength}`);
      const signatureLength = reader.u16le('Signature Length');
      if (signatureLength !== SIGNATURE_DATA_LENGTH) reader.fail('Signature Length', `is ${signatureLength}`);
      const algorithm = reader.u32le('ALG_ID');
      if (algorithm !== CALG_SHA1) reader.fail('ALG_ID', `is ${algorithm}`);
      return stored(reader.bytes(SIGNATURE_DATA_LENGTH, 'Signature Data'));
    },
  };
}

/** The signature in the order that the reading says, then in the other: a verifier accepts either (D-05). */
export function signatureOrders(signature: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return [signature, reversed(signature)];
}

/**
 * The bytes under the signature: all before it, with a Length that counts it. A verifier takes them from the bytes that
 * arrived, never from a new encoding, in which reserved bits would be lost. [MS-PNRP] 3.1.5.9, 3.2.5.9.
 */
export function toBeSigned(encoded: Uint8Array): Uint8Array {
  return encoded.subarray(0, Math.max(0, encoded.length - SIGNATURE_LENGTH));
}

/** The encoding of a structure with the signature that `sign`, RSASSA-PKCS1-v1_5 with SHA-1, makes over it. */
export async function encodeSigned<T extends { readonly signature: Uint8Array }>(
  codec: Codec<T>,
  value: Omit<T, 'signature'>,
  sign: (toBeSigned: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const withSignature = (signature: Uint8Array): T => ({ ...value, signature }) as T;
  const unsigned = encode(codec, withSignature(new Uint8Array(SIGNATURE_DATA_LENGTH)));
  return encode(codec, withSignature(await sign(toBeSigned(unsigned))));
}
