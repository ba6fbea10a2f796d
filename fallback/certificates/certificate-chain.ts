import type { Work } from '../../lib/backend/contract/host.js';
import { readPeerName } from '../names/peer-name.js';
import { DecodeError } from '../wire/decode-error.js';
import { unpackCertificates } from './certificate-bag.js';
import {
  CERT_TYPE,
  CERT_VERSION,
  GROUPING_FLAGS,
  hasZeroFlags,
  ISSUER_ALT_NAME,
  ISSUER_ALT_NAME2,
  KEY_USAGE,
  SUBJECT_ALT_NAME,
  SUBJECT_ALT_NAME2,
} from './extensions.js';
import { type GroupCertificate, readGroupCertificate } from './group-certificate.js';
import {
  AUTHORITY_KEY_IDENTIFIER2,
  GROUPING_CLASSIFIERS,
  GROUPING_PEERNAME,
  GROUPING_ROLES,
} from './group-extensions.js';
import { CHAIN_KEY_BITS } from './limits.js';
import { isListDelegated, mayGrant } from './roles.js';
import { authorityOf, publicKeyBits } from './rsa-key.js';
import { profileFault, signatureFault, timeFault } from './validate-certificate.js';

/** The root of a group, then every certificate whose issuer is the one before it. */
export interface CertificateChain {
  readonly certificates: readonly GroupCertificate[];
  readonly root: GroupCertificate;
  readonly leaf: GroupCertificate;
}

/** Why a chain is not to be believed: one of a few texts, to count by, and what may be known beyond. */
export interface ChainFault {
  readonly fault: string;
  readonly detail?: string | undefined;
}

const GROUP_EXTENSIONS: readonly string[] = [
  CERT_TYPE,
  CERT_VERSION,
  SUBJECT_ALT_NAME,
  SUBJECT_ALT_NAME2,
  ISSUER_ALT_NAME,
  ISSUER_ALT_NAME2,
  GROUPING_PEERNAME,
  GROUPING_FLAGS,
  GROUPING_ROLES,
  GROUPING_CLASSIFIERS,
  AUTHORITY_KEY_IDENTIFIER2,
  KEY_USAGE,
];

/** Of SubjectAltName and IssuerAltName. [MS-PNRP] 2.2.3.5. */
const ALT_NAME_LIMIT = 255;

/**
 * The chain in a bag of certificates, in whatever order they stand, if it holds by itself: [MS-PNRP] 3.1.5.10 and
 * [MS-PPSEC] 2.2.5.2. Whether it is the chain of the right group and key is the caller's to check.
 */
export async function validateChain(bag: Uint8Array, now: bigint, work: Work): Promise<CertificateChain | ChainFault> {
  try {
    const chain = order(unpackCertificates(bag).map(readGroupCertificate));
    if ('fault' in chain) return chain;
    const { certificates } = chain;
    return (
      first(certificates, (each) => groupProfileFault(each)) ??
      first(certificates, (each) => about('out of its time', timeFault(each.certificate, now))) ??
      nameFault(chain) ??
      first(certificates, (each, parent) => delegationFault(each, parent)) ??
      // D-23. Last, since it costs the most.
      (await chainSignatureFault(certificates, work)) ??
      chain
    );
  } catch (error) {
    if (error instanceof DecodeError) return { fault: 'malformed', detail: error.message };
    throw error;
  }
}

/** From the one root on, by the names alone: each issuer has issued one certificate, or it is no chain. */
function order(certificates: readonly GroupCertificate[]): CertificateChain | ChainFault {
  const [root, second] = certificates.filter(({ type }) => type === 'root');
  if (root === undefined || second !== undefined) return { fault: 'not one root' };
  if (certificates.length === 1) return { fault: 'nothing but a root' };
  const subjects = new Set(certificates.map(({ subjectName }) => subjectName));
  if (subjects.size < certificates.length) return { fault: 'a peer name twice' };
  const byIssuer = new Map(certificates.map((each) => [each.issuerName, each]));
  const ordered = [root];
  let leaf = root;
  for (let next = byIssuer.get(leaf.subjectName); next !== undefined; next = byIssuer.get(leaf.subjectName)) {
    byIssuer.delete(leaf.subjectName);
    ordered.push(next);
    leaf = next;
  }
  if (ordered.length < certificates.length) return { fault: 'certificates that do not follow each other' };
  return { certificates: ordered, root, leaf };
}

function groupProfileFault({ certificate, subjectName }: GroupCertificate): ChainFault | undefined {
  const outside = (detail: string | undefined) => about('outside the profile', detail);
  const fault = profileFault(certificate, GROUP_EXTENSIONS);
  if (fault !== undefined) return outside(fault);
  if (publicKeyBits(certificate.publicKey) !== CHAIN_KEY_BITS) {
    return outside(`the key does not have ${CHAIN_KEY_BITS} bits`);
  }
  if (subjectName.length > ALT_NAME_LIMIT) return outside('the peer name is too long');
  return hasZeroFlags(certificate.extensions, GROUPING_FLAGS) ? undefined : outside('the grouping flags are not zero');
}

/** [MS-PPSEC] 2.2.5.2.3, and what makes a peer name that of a key: [MS-PNRP] 1.3.1.1. */
function nameFault({ certificates, root, leaf }: CertificateChain): ChainFault | undefined {
  const { groupName } = root;
  if (certificates.some((each) => each.groupName !== groupName)) return { fault: 'several group names' };
  if (!isNameOfKey(groupName, root)) return { fault: 'group name not of the root key' };
  if (root.subjectName !== groupName) return { fault: 'root under another name than the group' };
  return isNameOfKey(leaf.subjectName, leaf) ? undefined : { fault: 'peer name not of the last key' };
}

function isNameOfKey(peerName: string, { certificate }: GroupCertificate): boolean {
  const name = readPeerName(peerName);
  return typeof name === 'object' && name.secure && name.authority === authorityOf(certificate.publicKey);
}

function delegationFault(each: GroupCertificate, parent: GroupCertificate | undefined): ChainFault | undefined {
  if (parent === undefined) return undefined;
  if (parent.type === 'member' && !mayGrant(parent.roles, each.roles))
    return { fault: 'role not of the issuer to grant' };
  const delegated = isListDelegated(parent.classifiers, each.roles, each.classifiers);
  return delegated ? undefined : { fault: 'classifiers not delegated' };
}

/** The root signs itself, every other certificate is signed by the one before it. */
async function chainSignatureFault(
  certificates: readonly GroupCertificate[],
  work: Work,
): Promise<ChainFault | undefined> {
  for (const [index, each] of certificates.entries()) {
    const { publicKey } = (certificates[index - 1] ?? each).certificate;
    if ((await signatureFault(each.certificate, publicKey, work)) !== undefined) return { fault: 'signature' };
  }
  return undefined;
}

function first(
  certificates: readonly GroupCertificate[],
  check: (each: GroupCertificate, parent: GroupCertificate | undefined) => ChainFault | undefined,
): ChainFault | undefined {
  for (const [index, each] of certificates.entries()) {
    const fault = check(each, certificates[index - 1]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function about(fault: string, detail: string | undefined): ChainFault | undefined {
  return detail === undefined ? undefined : { fault, detail };
}
