import { OctetString } from '@peculiar/asn1-schema';
import { AttributeValue, ExtendedKeyUsage, GeneralName, GeneralNames, OtherName } from '@peculiar/asn1-x509';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from './asn1.js';
import { type CertificateExtension, withoutTerminator } from './certificate.js';

/** Under szOID_PEERNET. [MS-PNRP] 2.2.3.5.1, [MS-PPSEC] 2.2.5. */
const PEERNET = '1.3.6.1.4.1.311.44';
export const CERT_TYPE = `${PEERNET}.0.1`;
const NAME_TYPE = `${PEERNET}.0.2`;
export const CERT_VERSION = `${PEERNET}.0.4`;
export const IDENTITY_FLAGS = `${PEERNET}.2.2`;
const PEER_AUTHENTICATION = `${PEERNET}.3.4`;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
export const SUBJECT_ALT_NAME = '2.5.29.7';
export const SUBJECT_ALT_NAME2 = '2.5.29.17';
export const KEY_USAGE = '2.5.29.37';

/** The values of CERT_TYPE. */
export const CERTIFICATE_TYPES = { member: 1, root: 2, identity: 3 } as const;

export type CertificateType = keyof typeof CERTIFICATE_TYPES;

/** 1.2, the only version. [MS-PNRP] 2.2.3.5.1.2. */
const VERSION = Uint8Array.of(1, 0, 2, 0);

export function certificateType(type: CertificateType): CertificateExtension {
  return { oid: CERT_TYPE, critical: true, value: doubleWord(CERTIFICATE_TYPES[type]) };
}

export function certificateVersion(): CertificateExtension {
  return { oid: CERT_VERSION, critical: true, value: serializeAsn1(new OctetString(VERSION)) };
}

/** Reserved bits, all zero; what Windows 7 wrote has room for them, what Windows XP wrote has not. */
export function identityFlags(readings: Readings): CertificateExtension[] {
  // UNCONFIRMED: certificates.flags
  const flags = readings.get('certificates.flags');
  if (flags === 'absent') return [];
  return [{ oid: IDENTITY_FLAGS, critical: flags === 'critical', value: doubleWord(0) }];
}

/** The peer name, and its form as a host name. */
export function subjectNames(peerName: string, hostName: string, readings: Readings): CertificateExtension[] {
  const peer = otherName(peerName, readings);
  const host = new GeneralName({ dNSName: hostName });
  // UNCONFIRMED: certificates.alt-names
  if (readings.get('certificates.alt-names') === '2.5.29.17') return [generalNames(SUBJECT_ALT_NAME2, peer, host)];
  return [generalNames(SUBJECT_ALT_NAME, peer), generalNames(SUBJECT_ALT_NAME2, host)];
}

export function keyUsage(readings: Readings): CertificateExtension {
  const usage = new ExtendedKeyUsage([PEER_AUTHENTICATION, SERVER_AUTHENTICATION]);
  // UNCONFIRMED: certificates.usage-critical
  const critical = readings.get('certificates.usage-critical') === 'yes';
  return { oid: KEY_USAGE, critical, value: serializeAsn1(usage) };
}

export function findExtension(
  extensions: readonly CertificateExtension[],
  oid: string,
): CertificateExtension | undefined {
  return extensions.find((extension) => extension.oid === oid);
}

/** `undefined` where the number or the extension is missing. */
export function readCertificateType(extensions: readonly CertificateExtension[]): CertificateType | undefined {
  const value = readDoubleWord(extensions, CERT_TYPE);
  const types = Object.keys(CERTIFICATE_TYPES) as CertificateType[];
  return types.find((type) => CERTIFICATE_TYPES[type] === value);
}

/** Little-endian; the inner OCTET STRING may be missing. */
export function readDoubleWord(extensions: readonly CertificateExtension[], oid: string): number | undefined {
  const value = findExtension(extensions, oid)?.value;
  if (value === undefined) return undefined;
  const bytes = value.length === 4 ? value : new Uint8Array(parseAsn1(value, OctetString, oid).buffer);
  if (bytes.length !== 4) throw new DecodeError(oid, 0, `${bytes.length} bytes instead of 4`);
  return Buffer.from(bytes).readUInt32LE(0);
}

/** Whether the version is 1.2 or not told; the chains of [MS-PNRP] need it, older identity certificates lack it. */
export function hasKnownVersion(extensions: readonly CertificateExtension[]): boolean {
  const version = readDoubleWord(extensions, CERT_VERSION);
  return version === undefined || version === Buffer.from(VERSION).readUInt32LE(0);
}

/** The peer name in the first of the extensions that has one. */
export function readPeerNameFrom(
  extensions: readonly CertificateExtension[],
  oids: readonly string[],
): string | undefined {
  for (const oid of oids) {
    const value = findExtension(extensions, oid)?.value;
    const name = value && readPeerName(value, oid);
    if (name !== undefined) return name;
  }
  return undefined;
}

export function hasPeerUsage(extensions: readonly CertificateExtension[]): boolean {
  const value = findExtension(extensions, KEY_USAGE)?.value;
  const usage = value ? [...parseAsn1(value, ExtendedKeyUsage, 'extKeyUsage')] : [];
  return usage.includes(PEER_AUTHENTICATION) && usage.includes(SERVER_AUTHENTICATION);
}

/** GeneralNames with the peer name as otherName; a bare string in their place is read too. */
function readPeerName(value: Uint8Array, oid: string): string | undefined {
  if (value[0] !== 0x30) return readText(value, oid);
  const names = [...parseAsn1(value, GeneralNames, oid)];
  const found = names.find((name) => name.otherName?.typeId === NAME_TYPE)?.otherName;
  return found && readText(new Uint8Array(found.value), oid);
}

function readText(value: Uint8Array, field: string): string {
  const text = parseAsn1(value, AttributeValue, field);
  if (text.anyValue !== undefined) throw new DecodeError(field, 0, 'the name is not a character string');
  return withoutTerminator(text.toString());
}

function otherName(peerName: string, readings: Readings): GeneralName {
  const value = arrayBuffer(serializeAsn1(peerNameText(peerName, readings)));
  return new GeneralName({ otherName: new OtherName({ typeId: NAME_TYPE, value }) });
}

function peerNameText(text: string, readings: Readings): AttributeValue {
  // UNCONFIRMED: certificates.name-string
  const reading = readings.get('certificates.name-string');
  if (reading === 'bmp') return new AttributeValue({ bmpString: text });
  // An IA5String holds nothing but ASCII.
  const ascii = Buffer.byteLength(text) === text.length;
  return new AttributeValue(reading === 'ia5' && ascii ? { ia5String: text } : { utf8String: text });
}

function generalNames(oid: string, ...names: readonly GeneralName[]): CertificateExtension {
  return { oid, critical: false, value: serializeAsn1(new GeneralNames([...names])) };
}

function doubleWord(value: number): Uint8Array {
  return serializeAsn1(new OctetString(Uint8Array.of(value, 0, 0, 0)));
}
