import type { Work } from '../../lib/backend/contract/host.js';
import { readPeerName } from '../names/peer-name.js';
import { filetimeFromDate } from '../wire/filetime.js';
import { type DecodedCertificate, SHA1_WITH_RSA } from './certificate.js';
import {
  CERT_TYPE,
  CERT_VERSION,
  hasKnownVersion,
  hasPeerUsage,
  hasZeroFlags,
  IDENTITY_FLAGS,
  KEY_USAGE,
  readCertificateType,
  readPeerNameFrom,
  SUBJECT_ALT_NAME,
  SUBJECT_ALT_NAME2,
} from './extensions.js';
import { FRIENDLY_NAME_LIMIT, SERIAL_BYTES } from './limits.js';
import { authorityOf, isKeySize, publicKeyBits } from './rsa-key.js';

const IDENTITY_EXTENSIONS: readonly string[] = [
  CERT_TYPE,
  CERT_VERSION,
  IDENTITY_FLAGS,
  SUBJECT_ALT_NAME,
  SUBJECT_ALT_NAME2,
  KEY_USAGE,
];

/**
 * Why a received identity certificate (IDC) is not to be believed; `undefined` when it is. An extension that can't
 * be read is a DecodeError.
 */
export async function validateIdc(
  certificate: DecodedCertificate,
  now: bigint,
  work: Work,
): Promise<string | undefined> {
  return (
    profileFault(certificate, IDENTITY_EXTENSIONS) ??
    identityFault(certificate) ??
    timeFault(certificate, now) ??
    (await signatureFault(certificate, certificate.publicKey, work))
  );
}

/** The name under which the certificate's holder is known. */
export function subjectPeerName(certificate: DecodedCertificate): string | undefined {
  return readPeerNameFrom(certificate.extensions, [SUBJECT_ALT_NAME, SUBJECT_ALT_NAME2]);
}

/** What every kind of certificate must hold to: [MS-PNRP] 2.2.3.5. */
export function profileFault(certificate: DecodedCertificate, known: readonly string[]): string | undefined {
  const { extensions } = certificate;
  if (certificate.version !== 3) return `the certificate has version ${certificate.version}, not 3`;
  if (certificate.signatureAlgorithm !== SHA1_WITH_RSA) return 'the certificate is not signed with SHA-1 and RSA';
  if (certificate.serial.length !== SERIAL_BYTES) return `the serial number has ${certificate.serial.length} bytes`;
  if (certificate.hasUniqueIds) return 'the certificate has unique identifiers';
  if (certificate.issuer.length > FRIENDLY_NAME_LIMIT) return 'the friendly name of the issuer is too long';
  if (certificate.subject.length > FRIENDLY_NAME_LIMIT) return 'the friendly name of the subject is too long';
  if (!isKeySize(publicKeyBits(certificate.publicKey) ?? 0)) return 'the public key is no RSA key of a usable size';
  if (new Set(extensions.map(({ oid }) => oid)).size < extensions.length) return 'an extension occurs twice';
  const unknown = extensions.find(({ oid, critical }) => critical && !known.includes(oid));
  if (unknown !== undefined) return `the critical extension ${unknown.oid} is unknown`;
  return hasKnownVersion(extensions) ? undefined : 'the certificate follows an unknown version of the profile';
}

export function timeFault(certificate: DecodedCertificate, now: bigint): string | undefined {
  if (now < filetimeFromDate(certificate.notBefore)) return 'the certificate is not valid yet';
  return now > filetimeFromDate(certificate.notAfter) ? 'the certificate has expired' : undefined;
}

export async function signatureFault(
  certificate: DecodedCertificate,
  issuerKey: Uint8Array,
  work: Work,
): Promise<string | undefined> {
  const good = await work.verify('sha1', issuerKey, certificate.signed, certificate.signature);
  return good ? undefined : 'the signature of the certificate does not verify';
}

function identityFault(certificate: DecodedCertificate): string | undefined {
  const { extensions } = certificate;
  if (readCertificateType(extensions) !== 'identity') return 'the certificate is not that of an identity';
  if (certificate.issuer !== certificate.subject) return 'the certificate is not its own issuer';
  if (!hasZeroFlags(extensions, IDENTITY_FLAGS)) return 'the identity flags are not zero';
  const text = subjectPeerName(certificate);
  if (text === undefined) return 'the certificate holds no peer name';
  const name = readPeerName(text);
  if (typeof name === 'string') return name;
  if (name.authority !== authorityOf(certificate.publicKey)) return 'the peer name does not belong to the public key';
  return hasPeerUsage(extensions) ? undefined : 'the key is not meant for authentication between peers';
}
