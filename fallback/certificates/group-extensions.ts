import { AsnArray, AsnType, AsnTypeTypes, OctetString } from '@peculiar/asn1-schema';
import { AuthorityKeyIdentifier, KeyIdentifier } from '@peculiar/asn1-x509';
import { classifierFault } from '../names/peer-name.js';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { arrayBuffer, parseAsn1, serializeAsn1 } from './asn1.js';
import type { CertificateExtension } from './certificate.js';
import { findExtension, PEERNET } from './extensions.js';
import { CLASSIFIER_TYPE, generalNames, NAME_TYPE, otherName, readOtherNames, readPeerName } from './general-names.js';
import { type Role, type RoleOrder, roleBytes, roleFromBytes } from './roles.js';
import { authorityOf } from './rsa-key.js';

/** What certificates of groups have beside those of identities. [MS-PNRP] 2.2.3.5.1, [MS-PPSEC] 2.2.5. */
export const GROUPING_PEERNAME = `${PEERNET}.3.1`;
export const GROUPING_ROLES = `${PEERNET}.3.3`;
export const GROUPING_CLASSIFIERS = `${PEERNET}.3.5`;
export const AUTHORITY_KEY_IDENTIFIER2 = '2.5.29.35';

class RoleList extends AsnArray<OctetString> {}
AsnType({ type: AsnTypeTypes.Sequence, itemType: OctetString })(RoleList);

export function groupName(peerName: string, readings: Readings): CertificateExtension {
  const value = generalNames(otherName(NAME_TYPE, peerName, readings));
  return { oid: GROUPING_PEERNAME, critical: true, value };
}

export function roleList(roles: readonly Role[], order: RoleOrder): CertificateExtension {
  const list = new RoleList(roles.map((role) => new OctetString(roleBytes(role, order))));
  return { oid: GROUPING_ROLES, critical: true, value: serializeAsn1(list) };
}

/** The empty list stands for all classifiers. */
export function classifierList(classifiers: readonly string[], readings: Readings): CertificateExtension {
  const value = generalNames(...classifiers.map((each) => otherName(CLASSIFIER_TYPE, each, readings)));
  return { oid: GROUPING_CLASSIFIERS, critical: true, value };
}

/** The authority of the issuer, as a number. */
export function authorityKey(issuerKey: Uint8Array, readings: Readings): CertificateExtension[] {
  // UNCONFIRMED: certificates.authority-key
  if (readings.get('certificates.authority-key') === 'absent') return [];
  const keyIdentifier = new KeyIdentifier(arrayBuffer(Buffer.from(authorityOf(issuerKey), 'hex')));
  const value = serializeAsn1(new AuthorityKeyIdentifier({ keyIdentifier }));
  return [{ oid: AUTHORITY_KEY_IDENTIFIER2, critical: false, value }];
}

export function readGroupName(extensions: readonly CertificateExtension[]): string | undefined {
  const value = findExtension(extensions, GROUPING_PEERNAME)?.value;
  return value && readPeerName(value, GROUPING_PEERNAME);
}

/** The roles, and the order of the bytes in which they stand. */
export function readRoles(
  extensions: readonly CertificateExtension[],
): { readonly roles: readonly Role[]; readonly order: RoleOrder } | undefined {
  const value = findExtension(extensions, GROUPING_ROLES)?.value;
  if (value === undefined) return undefined;
  const found = [...parseAsn1(value, RoleList, GROUPING_ROLES)].map(({ buffer }) => {
    const bytes = new Uint8Array(buffer);
    const role = roleFromBytes(bytes);
    if (role !== undefined) return role;
    throw new DecodeError(GROUPING_ROLES, 0, `${Buffer.from(bytes).toString('hex')} is no role`);
  });
  const [first] = found;
  if (first === undefined) throw new DecodeError(GROUPING_ROLES, 0, 'there is no role');
  return { roles: found.map(({ role }) => role), order: first.order };
}

export function readClassifiers(extensions: readonly CertificateExtension[]): readonly string[] | undefined {
  const value = findExtension(extensions, GROUPING_CLASSIFIERS)?.value;
  if (value === undefined) return undefined;
  return readOtherNames(value, CLASSIFIER_TYPE, GROUPING_CLASSIFIERS).map((classifier) => {
    // Nothing is passed over: a list that seems to be empty would allow all classifiers.
    if (classifier === undefined) throw new DecodeError(GROUPING_CLASSIFIERS, 0, 'a name is no classifier');
    const fault = classifierFault(classifier);
    if (fault !== undefined) throw new DecodeError(GROUPING_CLASSIFIERS, 0, fault);
    return classifier;
  });
}
