import { ContentInfo } from '@peculiar/asn1-cms';
import { AsnArray, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';
import { DecodeError } from '../wire/decode-error.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from './asn1.js';
import { CHAIN_LIMIT } from './limits.js';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

const EMPTY_SET = Uint8Array.of(0x31, 0x00).buffer;
/** ContentInfo of type data, without content. */
const NO_CONTENT = Buffer.from('300b06092a864886f70d010701', 'hex');

class RawCertificates extends AsnArray<ArrayBuffer> {}
AsnType({ type: AsnTypeTypes.Set, itemType: AsnPropTypes.Any })(RawCertificates);

/** SignedData of PKCS#7 v1.5 that signs nothing; the certificates stay the bytes that they are. */
class Bag {
  version = 1;
  digestAlgorithms = EMPTY_SET;
  contentInfo = arrayBuffer(NO_CONTENT);
  certificates = new RawCertificates();
  crls?: ArrayBuffer;
  signerInfos = EMPTY_SET;
}
AsnProp({ type: AsnPropTypes.Integer })(Bag.prototype, 'version');
AsnProp({ type: AsnPropTypes.Any })(Bag.prototype, 'digestAlgorithms');
AsnProp({ type: AsnPropTypes.Any })(Bag.prototype, 'contentInfo');
AsnProp({ type: RawCertificates, context: 0, implicit: true })(Bag.prototype, 'certificates');
AsnProp({ type: AsnPropTypes.Any, context: 1, implicit: true, optional: true })(Bag.prototype, 'crls');
AsnProp({ type: AsnPropTypes.Any })(Bag.prototype, 'signerInfos');

/** Certificates, DER, root first. */
export function packCertificates(certificates: readonly Uint8Array[]): Uint8Array {
  const bag = new Bag();
  bag.certificates = new RawCertificates(certificates.map(arrayBuffer));
  return serializeAsn1(new ContentInfo({ contentType: SIGNED_DATA, content: arrayBuffer(serializeAsn1(bag)) }));
}

/** The certificates of a bag, in the order in which they stand; a bare certificate is read too. */
export function unpackCertificates(bytes: Uint8Array): readonly Uint8Array[] {
  const content = readContent(bytes);
  if (content === undefined) return [bytes];
  const bag = parseAsn1(content, Bag, 'SignedData');
  const certificates = [...bag.certificates].map((certificate) => new Uint8Array(certificate));
  if (certificates.length === 0 || certificates.length > CHAIN_LIMIT) {
    throw new DecodeError('certificates', 0, `${certificates.length} certificates, not 1 to ${CHAIN_LIMIT}`);
  }
  return certificates;
}

/** `undefined` for a certificate, whose first inner element is no object identifier. */
function readContent(bytes: Uint8Array): ArrayBuffer | undefined {
  const afterLength = bytes[1] === undefined || bytes[1] <= 0x80 ? 2 : 2 + (bytes[1] & 0x7f);
  if (bytes[afterLength] === 0x30) return undefined;
  const info = parseAsn1(bytes, ContentInfo, 'ContentInfo');
  if (info.contentType !== SIGNED_DATA)
    throw new DecodeError('contentType', 0, `${info.contentType} is not SignedData`);
  return info.content;
}
