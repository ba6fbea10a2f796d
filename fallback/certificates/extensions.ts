import { OctetString } from '@peculiar/asn1-schema';
import { ExtendedKeyUsage, GeneralName } from '@peculiar/asn1-x509';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { parseAsn1, serializeAsn1 } from './asn1.js';
import type { CertificateExtension } from './certificate.js';
import { generalNames, NAME_TYPE, otherName, readPeerName } from './general-names.js';

/** Under szOID_PEERNET. [MS-PNRP] 2.2.3.5.1, [MS-PPSEC] 2.2.5. */
export const PEERNET = '1.3.6.1.4.1.311.44';
export const CERT_TYPE = `${PEERNET}.0.1`;
export const CERT_VERSION = `${PEERNET}.0.4`;
export const IDENTITY_FLAGS = `${PEERNET}.2.2`;
export const GROUPING_FLAGS = `${PEERNET}.3.2`;
const PEER_AUTHENTICATION = `${PEERNET}.3.4`;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
export const SUBJECT_ALT_NAME = '2.5.29.7';
export const SUBJECT_ALT_NAME2 = '2.5.29.17';
export const ISSUER_ALT_NAME = '2.5.29.8';
export const ISSUER_ALT_NAME2 = '2.5.29.18';
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
  return zeroFlags(IDENTITY_FLAGS, readings.get('certificates.flags'));
}

/** Reserved bits, all zero, in certificates of groups. */
export function groupingFlags(readings: Readings): CertificateExtension[] {
  // UNCONFIRMED: certificates.grouping-flags
  return zeroFlags(GROUPING_FLAGS, readings.get('certificates.grouping-flags'));
}

/** The peer name, and where there is one its form as a host name. */
export function subjectNames(
  peerName: string,
  hostName: string | undefined,
  readings: Readings,
): CertificateExtension[] {
  const peer = otherName(NAME_TYPE, peerName, readings);
  const hosts = hostName === undefined ? [] : [new GeneralName({ dNSName: hostName })];
  // UNCONFIRMED: certificates.alt-names
  if (readings.get('certificates.alt-names') === '2.5.29.17') {
    return [altName(SUBJECT_ALT_NAME2, generalNames(peer, ...hosts), readings)];
  }
  return [
    altName(SUBJECT_ALT_NAME, generalNames(peer), readings),
    ...hosts.map((host) => ({ oid: SUBJECT_ALT_NAME2, critical: false, value: generalNames(host) })),
  ];
}

/** Of the parent in a chain. */
export function issuerName(peerName: string, readings: Readings): CertificateExtension {
  // UNCONFIRMED: certificates.alt-names
  const oid = readings.get('certificates.alt-names') === '2.5.29.17' ? ISSUER_ALT_NAME2 : ISSUER_ALT_NAME;
  return altName(oid, generalNames(otherName(NAME_TYPE, peerName, readings)), readings);
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
function readDoubleWord(extensions: readonly CertificateExtension[], oid: string): number | undefined {
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

/** The reserved bits may be left out, but not set. */
export function hasZeroFlags(extensions: readonly CertificateExtension[], oid: string): boolean {
  return (readDoubleWord(extensions, oid) ?? 0) === 0;
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

function altName(oid: string, value: Uint8Array, readings: Readings): CertificateExtension {
  // UNCONFIRMED: certificates.alt-names-critical
  return { oid, critical: readings.get('certificates.alt-names-critical') === 'yes', value };
}

function zeroFlags(oid: string, flags: 'critical' | 'not-critical' | 'absent'): CertificateExtension[] {
  return flags === 'absent' ? [] : [{ oid, critical: flags === 'critical', value: doubleWord(0) }];
}

function doubleWord(value: number): Uint8Array {
  return serializeAsn1(new OctetString(Uint8Array.of(value, 0, 0, 0)));
}
