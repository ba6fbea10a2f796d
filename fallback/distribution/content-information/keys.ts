import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';
import type { ServerSecret } from '../../../lib/backend/contract/distribution-services.js';
import { utf16Bytes } from '../../wire/byte-order.js';
import type { Readings } from '../../wire/readings.js';
import { hashForm, segmentHash, segmentHmac } from './segment-hash.js';

/**
 * C2 of [MS-PCCRC] 2.2, which prints it as ASCII; the identifiers that Windows gives out come of UTF-16 with its
 * terminator.
 */
const CACHING_SUFFIX: Readonly<Uint8Array> = utf16Bytes('MS_P2P_CACHING\0', 'little-endian');

/** The bytes of the secret key: those of an administrator's pass phrase are its UTF-16 units, without terminator. */
export function secretKey(secret: ServerSecret): Uint8Array {
  return typeof secret === 'string' ? utf16Bytes(secret, 'little-endian') : secret;
}

/** Ks. [MS-PCCRC] 2.5 */
export function serverSecret(algorithm: SegmentHash, secret: ServerSecret, readings: Readings): Uint8Array {
  // UNCONFIRMED: distribution.server-secret
  const ownHash = hashForm(algorithm).version === 2 || readings.get('distribution.server-secret') === 'own-hash';
  return segmentHash(ownHash ? algorithm : 'sha256', secretKey(secret));
}

/** Kp, which is Ke as well. [MS-PCCRC] 2.2 */
export function segmentSecret(algorithm: SegmentHash, serverSecret: Uint8Array, hashOfData: Uint8Array): Uint8Array {
  return segmentHmac(algorithm, serverSecret, hashOfData);
}

/** HoHoDk: by what a segment is asked for. [MS-PCCRC] 2.2 */
export function segmentId(
  { algorithm }: { readonly algorithm: SegmentHash },
  { secret, hashOfData }: { readonly secret: Uint8Array; readonly hashOfData: Uint8Array },
): Uint8Array {
  return segmentHmac(algorithm, secret, hashOfData, CACHING_SUFFIX);
}
