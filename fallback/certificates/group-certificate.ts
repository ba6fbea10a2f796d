import type { Random, Work } from '../../lib/backend/contract/host.js';
import { DecodeError } from '../wire/decode-error.js';
import { dateFromFiletime } from '../wire/filetime.js';
import type { Readings } from '../wire/readings.js';
import { type DecodedCertificate, decodeCertificate, drawSerial, signCertificate } from './certificate.js';
import {
  CERT_VERSION,
  certificateType,
  certificateVersion,
  findExtension,
  groupingFlags,
  ISSUER_ALT_NAME,
  ISSUER_ALT_NAME2,
  issuerName,
  keyUsage,
  readCertificateType,
  readPeerNameFrom,
  SUBJECT_ALT_NAME,
  SUBJECT_ALT_NAME2,
  subjectNames,
} from './extensions.js';
import {
  authorityKey,
  classifierList,
  groupName,
  readClassifiers,
  readGroupName,
  readRoles,
  roleList,
} from './group-extensions.js';
import type { Role, RoleOrder } from './roles.js';

/** A group root certificate (GRC) or group membership certificate (GMC). [MS-PPSEC] 2.2.5. */
export interface GroupCertificate {
  readonly certificate: DecodedCertificate;
  readonly type: 'root' | 'member';
  /** Peer names: of the holder, of the issuer (the root has none), of the group. */
  readonly subjectName: string;
  readonly issuerName: string | undefined;
  readonly groupName: string;
  /** The root has none, and may grant all. */
  readonly roles: readonly Role[];
  readonly roleOrder: RoleOrder | undefined;
  /** Which the holder may publish names with; empty: all. */
  readonly classifiers: readonly string[];
}

export interface RootCertificateOptions {
  readonly groupName: string;
  readonly friendlyName: string;
  /** PKCS#8 and RSAPublicKey, DER. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  /** FILETIME. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

export interface MemberCertificateOptions {
  readonly peerName: string;
  readonly friendlyName: string;
  /** RSAPublicKey of the member's identity, DER. */
  readonly publicKey: Uint8Array;
  readonly roles: readonly Role[];
  readonly classifiers: readonly string[];
  /** FILETIME. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  readonly issuer: GroupCertificate;
  /** PKCS#8, DER. */
  readonly issuerKey: Uint8Array;
}

type IssuePorts = { readonly work: Work; readonly random: Random };

/** A new self-signed GRC, DER. */
export function issueRootCertificate(
  options: RootCertificateOptions,
  host: IssuePorts,
  readings: Readings,
): Promise<Uint8Array> {
  const content = {
    serial: drawSerial(host.random),
    issuer: options.friendlyName,
    subject: options.friendlyName,
    notBefore: dateFromFiletime(options.notBefore),
    notAfter: dateFromFiletime(options.notAfter),
    publicKey: options.publicKey,
    extensions: [
      certificateType('root'),
      certificateVersion(),
      ...groupingFlags(readings),
      ...subjectNames(options.groupName, undefined, readings),
      groupName(options.groupName, readings),
      keyUsage(readings),
    ],
  };
  return signCertificate(content, options.privateKey, host.work, readings);
}

/** A new GMC, DER. What the issuer may grant is the caller's to check: `mayGrant`, `isListDelegated`. */
export function issueMemberCertificate(
  options: MemberCertificateOptions,
  host: IssuePorts,
  readings: Readings,
): Promise<Uint8Array> {
  const { issuer } = options;
  // UNCONFIRMED: certificates.roles
  const order = issuer.roleOrder ?? readings.get('certificates.roles');
  const content = {
    serial: drawSerial(host.random),
    issuer: issuer.certificate.subject,
    subject: options.friendlyName,
    notBefore: dateFromFiletime(options.notBefore),
    notAfter: dateFromFiletime(options.notAfter),
    publicKey: options.publicKey,
    extensions: [
      certificateType('member'),
      certificateVersion(),
      ...groupingFlags(readings),
      ...subjectNames(options.peerName, undefined, readings),
      issuerName(issuer.subjectName, readings),
      groupName(issuer.groupName, readings),
      roleList(options.roles, order),
      classifierList(options.classifiers, readings),
      ...authorityKey(issuer.certificate.publicKey, readings),
      keyUsage(readings),
    ],
  };
  return signCertificate(content, options.issuerKey, host.work, readings);
}

/** Reads a GRC or GMC; one that lacks what its kind must have is a DecodeError. No signature, time or name is checked. */
export function readGroupCertificate(der: Uint8Array): GroupCertificate {
  const certificate = decodeCertificate(der);
  const { extensions } = certificate;
  const type = readCertificateType(extensions);
  if (type !== 'root' && type !== 'member') throw missing('type of a certificate of a group');
  // [MS-PNRP] 2.2.3.5.1.2: unlike certificates of identities, these all have it.
  if (findExtension(extensions, CERT_VERSION) === undefined) throw missing('version');
  const names = {
    certificate,
    subjectName: needed(readPeerNameFrom(extensions, [SUBJECT_ALT_NAME, SUBJECT_ALT_NAME2]), 'peer name'),
    groupName: needed(readGroupName(extensions), 'group peer name'),
  };
  const classifiers = readClassifiers(extensions);
  if (type === 'root') {
    return { ...names, type, issuerName: undefined, roles: [], roleOrder: undefined, classifiers: classifiers ?? [] };
  }
  const issuer = needed(readPeerNameFrom(extensions, [ISSUER_ALT_NAME, ISSUER_ALT_NAME2]), 'peer name of the issuer');
  const { roles, order } = needed(readRoles(extensions), 'role');
  return {
    ...names,
    type,
    issuerName: issuer,
    roles,
    roleOrder: order,
    classifiers: needed(classifiers, 'list of classifiers'),
  };
}

function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw missing(what);
  return value;
}

function missing(what: string): DecodeError {
  return new DecodeError('extensions', 0, `the certificate has no ${what}`);
}
