import { OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Extension,
  Extensions,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import type { Random, Work } from '../../lib/backend/contract/host.js';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from './asn1.js';
import { SERIAL_BYTES } from './limits.js';

/*
 * The X.509 profile that identity, group root and group member certificates share: [MS-PNRP] 2.2.3.5, [MS-PPSEC] 2.2.5.
 */
export const SHA1_WITH_RSA = '1.2.840.113549.1.1.5';
const RSA = '1.2.840.113549.1.1.1';
const COMMON_NAME = '2.5.4.3';
const NULL = Uint8Array.of(0x05, 0x00).buffer;

export interface CertificateContent {
  /** 16 octets in DER order. */
  readonly serial: Uint8Array;
  /** Friendly names. */
  readonly issuer: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** RSAPublicKey, DER. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly CertificateExtension[];
}

export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** As read: nothing about it has been checked. */
export interface DecodedCertificate extends CertificateContent {
  readonly der: Uint8Array;
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** Where both places name the same one. */
  readonly signatureAlgorithm: string | undefined;
  /** 3 for v3. */
  readonly version: number;
  readonly hasUniqueIds: boolean;
}

/** Positive and without padding, so that DER keeps exactly 16 octets. */
export function drawSerial(random: Random): Uint8Array {
  const serial = Uint8Array.from(random.bytes(SERIAL_BYTES));
  serial[0] = 1 + random.below(0x7f);
  return serial;
}

export async function signCertificate(
  content: CertificateContent,
  privateKey: Uint8Array,
  work: Work,
  readings: Readings,
): Promise<Uint8Array> {
  const tbs = encodeContent(content, readings);
  const signature = await work.sign('sha1', privateKey, serializeAsn1(tbs));
  return serializeAsn1(
    new Certificate({
      tbsCertificate: tbs,
      signatureAlgorithm: algorithm(SHA1_WITH_RSA),
      signatureValue: arrayBuffer(signature),
    }),
  );
}

export function decodeCertificate(der: Uint8Array): DecodedCertificate {
  const certificate = parseAsn1(der, Certificate, 'Certificate');
  const tbs = certificate.tbsCertificate;
  if (tbs.subjectPublicKeyInfo.algorithm.algorithm !== RSA) {
    throw new DecodeError('subjectPublicKeyInfo', 0, 'the key is not an RSA key');
  }
  const outer = certificate.signatureAlgorithm.algorithm;
  return {
    der,
    signed: new Uint8Array(certificate.tbsCertificateRaw as ArrayBuffer),
    signature: new Uint8Array(certificate.signatureValue),
    signatureAlgorithm: tbs.signature.algorithm === outer ? outer : undefined,
    version: tbs.version + 1,
    hasUniqueIds: tbs.issuerUniqueID !== undefined || tbs.subjectUniqueID !== undefined,
    serial: new Uint8Array(tbs.serialNumber),
    issuer: commonName(tbs.issuer, 'issuer'),
    subject: commonName(tbs.subject, 'subject'),
    notBefore: tbs.validity.notBefore.getTime(),
    notAfter: tbs.validity.notAfter.getTime(),
    publicKey: new Uint8Array(tbs.subjectPublicKeyInfo.subjectPublicKey),
    extensions: [...(tbs.extensions ?? [])].map((extension) => ({
      oid: extension.extnID,
      critical: extension.critical,
      value: new Uint8Array(extension.extnValue.buffer),
    })),
  };
}

/** The API counts a terminator that DER does not hold: none is written, one is borne. */
export function withoutTerminator(text: string): string {
  return text.replace(/\0$/, '');
}

function encodeContent(content: CertificateContent, readings: Readings): TBSCertificate {
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBuffer(content.serial),
    signature: algorithm(SHA1_WITH_RSA),
    issuer: friendlyName(content.issuer, readings),
    validity: new Validity({ notBefore: content.notBefore, notAfter: content.notAfter }),
    subject: friendlyName(content.subject, readings),
    subjectPublicKeyInfo: new SubjectPublicKeyInfo({
      algorithm: algorithm(RSA),
      subjectPublicKey: arrayBuffer(content.publicKey),
    }),
    extensions: new Extensions(
      content.extensions.map(
        ({ oid, critical, value }) => new Extension({ extnID: oid, critical, extnValue: new OctetString(value) }),
      ),
    ),
  });
}

function algorithm(oid: string): AlgorithmIdentifier {
  return new AlgorithmIdentifier({ algorithm: oid, parameters: NULL });
}

function friendlyName(text: string, readings: Readings): Name {
  const type = COMMON_NAME;
  return new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: nameText(text, readings) })]),
  ]);
}

function nameText(text: string, readings: Readings): AttributeValue {
  // UNCONFIRMED: certificates.name-type
  if (readings.get('certificates.name-type') === 'utf8') return new AttributeValue({ utf8String: text });
  // The rule of CryptoAPI; the character set of X.680 41.4.
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);
  return new AttributeValue(printable ? { printableString: text } : { bmpString: text });
}

function commonName(name: Name, field: string): string {
  const attributes = [...name].flatMap((relative) => [...relative]);
  const found = attributes.find((attribute) => attribute.type === COMMON_NAME);
  if (found === undefined) throw new DecodeError(field, 0, 'there is no common name');
  return withoutTerminator(found.value.toString());
}
