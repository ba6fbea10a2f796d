import { AsnConvert } from '@peculiar/asn1-schema';
import { DecodeError } from '../wire/decode-error.js';
import { LIMITS, readValue } from './tlv.js';

/** All of `bytes` as one value; whatever the library makes of bad input is a DecodeError. */
export function parseAsn1<T>(bytes: Uint8Array | ArrayBuffer, type: new () => T, field: string): T {
  // The library takes nothing amiss behind the end, and a hundred times as long to find what else is wrong.
  readValue(new Uint8Array(bytes), field);
  try {
    // What is in an octet string is for its reader to parse.
    return AsnConvert.parse(bytes, type, { berOptions: { ...LIMITS, parseEmbedded: false } });
  } catch (error) {
    throw new DecodeError(field, 0, (error as Error).message);
  }
}

export function serializeAsn1(value: object): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

/** What the schema classes hold: a buffer of its own. */
export function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
