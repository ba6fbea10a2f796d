import type { Random, Work } from '../../lib/backend/contract/host.js';
import { dateFromFiletime } from '../wire/filetime.js';
import type { Readings } from '../wire/readings.js';
import { drawSerial, signCertificate } from './certificate.js';
import { certificateType, certificateVersion, identityFlags, keyUsage, subjectNames } from './extensions.js';

/**
 * An identity lasts until it is deleted and no call renews it, so its certificate gets what Windows calls an infinite
 * lifetime for the other certificates that do not end.
 */
const LIFETIME_YEARS = 1000;

export interface IdentityCertificateOptions {
  readonly peerName: string;
  /** Undefined where the peer name has no such form. */
  readonly hostName: string | undefined;
  readonly friendlyName: string;
  /** PKCS#8, DER. */
  readonly privateKey: Uint8Array;
  /** RSAPublicKey, DER. */
  readonly publicKey: Uint8Array;
  /** FILETIME. */
  readonly now: bigint;
}

/** A new self-signed identity certificate (IDC), DER. [MS-PPSEC] 2.2.5. */
export function issueIdentityCertificate(
  options: IdentityCertificateOptions,
  host: { readonly work: Work; readonly random: Random },
  readings: Readings,
): Promise<Uint8Array> {
  const notBefore = dateFromFiletime(options.now);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + LIFETIME_YEARS);
  const content = {
    serial: drawSerial(host.random),
    issuer: options.friendlyName,
    subject: options.friendlyName,
    notBefore,
    notAfter,
    publicKey: options.publicKey,
    extensions: [
      certificateType('identity'),
      certificateVersion(),
      ...identityFlags(readings),
      ...subjectNames(options.peerName, options.hostName, readings),
      keyUsage(readings),
    ],
  };
  return signCertificate(content, options.privateKey, host.work, readings);
}
