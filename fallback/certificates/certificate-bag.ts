import { DecodeError } from '../wire/decode-error.js';
import { CHAIN_LIMIT } from './limits.js';
import { readValue, readValues, Tag, writeValue } from './tlv.js';

/*
 * ContentInfo of SignedData that signs nothing: PKCS#7 1.5, 7 and 9.1. It is taken apart here, because an ASN.1 library
 * would parse each certificate on the way; they stay the bytes that they are.
 */

/** contentType, 1.2.840.113549.1.7.2. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
const VERSION = Uint8Array.of(Tag.INTEGER, 1, 1);
const EMPTY_SET = Uint8Array.of(Tag.SET, 0);
/** ContentInfo of type data, without content. */
const NO_CONTENT = Buffer.from('300b06092a864886f70d010701', 'hex');
/** version, digestAlgorithms, contentInfo, certificates and signerInfos, without the optional crls. */
const FIELDS = [Tag.INTEGER, Tag.SET, Tag.SEQUENCE, Tag.CONTEXT_0, Tag.SET] as const;
const NOTHING = new Uint8Array();

/** Certificates, DER, root first. */
export function packCertificates(certificates: readonly Uint8Array[]): Uint8Array {
  const set = writeValue(Tag.CONTEXT_0, ...certificates);
  const signedData = writeValue(Tag.SEQUENCE, VERSION, EMPTY_SET, NO_CONTENT, set, EMPTY_SET);
  return writeValue(Tag.SEQUENCE, SIGNED_DATA, writeValue(Tag.CONTEXT_0, signedData));
}

/** The certificates of a bag, in the order in which they stand; a bare certificate is read too. */
export function unpackCertificates(bytes: Uint8Array): readonly Uint8Array[] {
  const { content } = readValue(bytes, 'ContentInfo');
  const [contentType, explicit] = readValues(content, 'ContentInfo');
  if (contentType?.tag === Tag.SEQUENCE) return [bytes]; // tbsCertificate
  if (contentType === undefined || Buffer.compare(contentType.whole, SIGNED_DATA) !== 0) {
    throw new DecodeError('contentType', 0, 'is not SignedData');
  }
  const fields = readValues(readValue(explicit?.content ?? NOTHING, 'SignedData').content, 'SignedData');
  const tags = fields.map(({ tag }) => tag).filter((tag) => tag !== Tag.CONTEXT_1); // crls
  const set = fields[FIELDS.indexOf(Tag.CONTEXT_0)];
  if (set === undefined || tags.join() !== FIELDS.join()) throw new DecodeError('SignedData', 0, 'has other fields');
  const certificates = readValues(set.content, 'certificates').map(({ whole }) => whole);
  if (certificates.length === 0 || certificates.length > CHAIN_LIMIT) {
    throw new DecodeError('certificates', 0, `${certificates.length} certificates, not 1 to ${CHAIN_LIMIT}`);
  }
  return certificates;
}
