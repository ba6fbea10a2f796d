import type { CertificateContent } from '#fallback/certificates/certificate';
import { decodeCertificate, signCertificate } from '#fallback/certificates/certificate';
import { packCertificates } from '#fallback/certificates/certificate-bag';
import {
  issueMemberCertificate,
  issueRootCertificate,
  readGroupCertificate,
} from '#fallback/certificates/group-certificate';
import type { Role } from '#fallback/certificates/roles';
import { authorityOf, readPrivateKey } from '#fallback/certificates/rsa-key';
import { seededRsaKey } from '#fallback/runtime/virtual/rsa-key';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { filetimeFromDate } from '#fallback/wire/filetime';
import { Readings } from '#fallback/wire/readings';
import { seeded, work } from '../identity/host-double.ts';

const START = filetimeFromDate(new Date('2024-01-01T00:00:00Z'));
const END = filetimeFromDate(new Date('3024-01-01T00:00:00Z'));

/** Somebody with a key: a group, or a member of one. */
export interface Party {
  readonly friendlyName: string;
  readonly peerName: string;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
  /** RSAPublicKey, DER. */
  readonly publicKey: Uint8Array;
}

/** The same name has the same key. */
export function party(friendlyName: string, bits = 1024): Party {
  const key = readPrivateKey(seededRsaKey(bits, new SeededRandom(friendlyName)));
  if (key === undefined) throw new Error('no key');
  const peerName = `${authorityOf(key.publicKey)}.${friendlyName}`;
  return { friendlyName, peerName, privateKey: key.pkcs8, publicKey: key.publicKey };
}

/** Who joins next, invited by the one before. */
export interface Link {
  readonly holder: Party;
  readonly roles: readonly Role[];
  readonly classifiers: readonly string[];
}

/** GRC, then a GMC for each link; DER. */
export async function issueChain(
  group: Party,
  links: readonly Link[],
  readings: Record<string, string> = {},
): Promise<Uint8Array[]> {
  const host = { work, random: seeded(3) };
  const chosen = new Readings(readings);
  const span = { notBefore: START, notAfter: END };
  const chain = [await issueRootCertificate({ ...group, ...span, groupName: group.peerName }, host, chosen)];
  let issuerKey = group.privateKey;
  for (const { holder, roles, classifiers } of links) {
    const issuer = readGroupCertificate(chain.at(-1) as Uint8Array);
    const options = { ...holder, ...span, roles, classifiers, issuer, issuerKey };
    chain.push(await issueMemberCertificate(options, host, chosen));
    issuerKey = holder.privateKey;
  }
  return chain;
}

/** The certificate with other contents, signed again. */
export function reissue(der: Uint8Array, key: Uint8Array, change: Partial<CertificateContent>): Promise<Uint8Array> {
  return signCertificate({ ...decodeCertificate(der), ...change }, key, work, new Readings());
}

export const pack = packCertificates;
