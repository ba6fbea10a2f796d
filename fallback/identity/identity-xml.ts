import type { Random } from '../../lib/backend/contract/host.js';
import { packCertificates, unpackCertificates } from '../certificates/certificate-bag.js';
import { DecodeError } from '../wire/decode-error.js';
import type { Readings } from '../wire/readings.js';
import { decodeEither, encodeOnce, encodeTwice } from './base64-text.js';
import { openPfx, type PfxContents, sealPfx } from './pfx.js';
import { binaryElement, childText, fragment, readFragment, textElement } from './xml.js';

const VERSION = '1.0';

/** PEERIDENTITYINFO, [MS-PPSEC] 2.2.6.2. */
export function formatIdentityInfo(certificate: Uint8Array, readings: Readings): string {
  // UNCONFIRMED: identity.xml-base64
  const encode = readings.get('identity.xml-base64') === 'twice' ? encodeTwice : encodeOnce;
  return fragment('PEERIDENTITYINFO', VERSION, binaryElement('IDC', encode(packCertificates([certificate]))));
}

/** The certificate in a PEERIDENTITYINFO, DER and unchecked. */
export function readIdentityInfo(xml: string): Uint8Array {
  const root = readFragment(xml, 'PEERIDENTITYINFO', VERSION);
  const [certificate, second] = unpackCertificates(decodeEither(childText(root, 'IDC'), 'IDC'));
  if (certificate === undefined || second !== undefined)
    throw new DecodeError('IDC', 0, 'there is not one certificate');
  return certificate;
}

/** PEERIDENTITYEXPORT, as `PeerIdentityExport` makes it. */
export function formatIdentityExport(
  peerName: string,
  contents: PfxContents,
  password: string,
  random: Random,
  readings: Readings,
): string {
  // UNCONFIRMED: identity.export-ciphers
  const pfx = sealPfx(contents, password, readings.get('identity.export-ciphers'), random);
  const data = binaryElement('DATA', encodeTwice(pfx));
  return fragment('PEERIDENTITYEXPORT', VERSION, textElement('PEERNAME', peerName) + data);
}

/** The page of `PeerIdentityImport` calls the elements otherwise than exports do: both are read. */
export function readIdentityExport(xml: string, password: string): PfxContents & { readonly peerName: string } {
  const root = readFragment(xml, 'PEERIDENTITYEXPORT', VERSION);
  const pfx = decodeEither(childText(root, 'DATA', 'IDENTITYDATA'), 'DATA');
  return { ...openPfx(pfx, password), peerName: childText(root, 'PEERNAME', 'IDENTITY') };
}
