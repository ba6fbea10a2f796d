import { createHmac, hash } from 'node:crypto';
import type { SegmentHash } from '../../../lib/backend/contract/cache-store.js';

interface HashForm {
  /** Of content information. */
  readonly version: 1 | 2;
  /** dwHashAlgo in version 1, bHashAlgo in version 2. */
  readonly id: number;
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  /** Bytes that are kept of the digest. */
  readonly length: number;
}

/** The Hash of [MS-PCCRC] 2.2: 2.3 names those of version 1, 2.4 that of version 2. */
const FORMS: Readonly<Record<SegmentHash, HashForm>> = {
  sha256: { version: 1, id: 0x800c, digest: 'sha256', length: 32 },
  sha384: { version: 1, id: 0x800d, digest: 'sha384', length: 48 },
  sha512: { version: 1, id: 0x800e, digest: 'sha512', length: 64 },
  'sha512-256': { version: 2, id: 0x04, digest: 'sha512', length: 32 },
};

export function hashForm(algorithm: SegmentHash): HashForm {
  return FORMS[algorithm];
}

/** The algorithm that a content information of this version names so; undefined for a number without one. */
export function algorithmOf(version: 1 | 2, id: number): SegmentHash | undefined {
  const algorithms = Object.keys(FORMS) as SegmentHash[];
  return algorithms.find((it) => FORMS[it].version === version && FORMS[it].id === id);
}

export function segmentHash(algorithm: SegmentHash, bytes: Uint8Array): Uint8Array {
  const { digest, length } = FORMS[algorithm];
  return hash(digest, bytes, 'buffer').subarray(0, length);
}

/** Cut after the whole operation: inside HMAC works the full hash. */
export function segmentHmac(algorithm: SegmentHash, key: Uint8Array, ...message: readonly Uint8Array[]): Uint8Array {
  const { digest, length } = FORMS[algorithm];
  const hmac = createHmac(digest, key);
  for (const part of message) hmac.update(part);
  return hmac.digest().subarray(0, length);
}
