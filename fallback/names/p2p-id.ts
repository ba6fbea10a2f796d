import { createHash } from 'node:crypto';
import type { PeerNameParts } from '../../lib/backend/contract/names.js';
import type { Readings } from '../wire/readings.js';

const HASH_BYTES = 20;
const TAG = Buffer.from('PNRP', 'latin1');

/** The upper 128 bits of a PNRP ID, as hexadecimal text. [MS-PNRP] 3.1.4.4.1. */
export function p2pId(
  { authority, classifier }: Pick<PeerNameParts, 'authority' | 'classifier'>,
  readings: Readings,
): string {
  return p2pIdFromHashes(classifierHash(classifier, readings), authority, readings);
}

/** The same from the ClassifierHash of a CPA. */
export function p2pIdFromHashes(classifier: Uint8Array, authority: string, readings: Readings): string {
  return sha1(classifier, authorityBytes(authority, readings), classifier, TAG).toString('hex', 0, 16);
}

/** ClassifierHash; also what stands for it where a secure name has no classifier. */
export function classifierHash(classifier: string, readings: Readings): Uint8Array {
  // UNCONFIRMED: names.missing-classifier
  if (classifier === '' && readings.get('names.missing-classifier') === 'zeros') return new Uint8Array(HASH_BYTES);
  return sha1(classifierBytes(classifier, readings));
}

function classifierBytes(classifier: string, readings: Readings): Buffer {
  // UNCONFIRMED: names.classifier-hash
  switch (readings.get('names.classifier-hash')) {
    case 'utf-16le':
      return Buffer.from(classifier, 'utf16le');
    case 'utf-16be':
      return Buffer.from(classifier, 'utf16le').swap16();
    case 'utf-8':
      return Buffer.from(classifier, 'utf8');
  }
}

function authorityBytes(authority: string, readings: Readings): Buffer {
  if (authority === '0') return Buffer.alloc(HASH_BYTES);
  const digest = Buffer.from(authority, 'hex');
  // UNCONFIRMED: names.authority-hash
  return readings.get('names.authority-hash') === 'reversed' ? digest.reverse() : digest;
}

function sha1(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
