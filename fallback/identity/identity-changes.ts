import { PeerError } from '../../lib/errors.js';
import {
  DEFAULT_KEY,
  defaultIdentity,
  type Entries,
  encodeIdentity,
  keyOf,
  type StoredIdentity,
  storedNames,
} from './stored-identity.js';

/** Windows publishes no number. This one keeps the one file in which all of them are at a few hundred kilobytes. */
export const IDENTITIES_LIMIT = 256;

/** The identity, and the default where there was none. */
export function additions(current: Entries, identity: StoredIdentity, operation: string): Map<string, Uint8Array> {
  const { peerName } = identity;
  if (current.has(keyOf(peerName))) {
    throw new PeerError('PEER_E_ALREADY_EXISTS', operation, `the identity ${peerName} exists`);
  }
  if (storedNames(current).length >= IDENTITIES_LIMIT) {
    throw new PeerError(
      'PEER_E_TOO_MANY_IDENTITIES',
      operation,
      `there are ${IDENTITIES_LIMIT} identities, the most a user can have`,
    );
  }
  const changes = new Map([[keyOf(peerName), encodeIdentity(identity)]]);
  if (defaultIdentity(current) === undefined) changes.set(DEFAULT_KEY, Buffer.from(peerName));
  return changes;
}

/** Where the default goes, the oldest of those that are left follows it. */
export function removals(current: Entries, peerName: string, operation: string): Map<string, Uint8Array | undefined> {
  if (!current.has(keyOf(peerName))) throw notFound(peerName, operation);
  const changes = new Map<string, Uint8Array | undefined>([[keyOf(peerName), undefined]]);
  if (defaultIdentity(current) !== peerName) return changes;
  const left = new Map(current);
  left.delete(keyOf(peerName));
  const next = defaultIdentity(left);
  return changes.set(DEFAULT_KEY, next === undefined ? undefined : Buffer.from(next));
}

export function notFound(identity: string, operation: string): PeerError {
  return new PeerError('PEER_E_NOT_FOUND', operation, `there is no identity ${JSON.stringify(identity)}`);
}

export function damaged(identity: string, operation: string): PeerError {
  return new PeerError(
    'PEER_E_CERT_STORE_CORRUPTED',
    operation,
    `what is stored of the identity ${identity} is damaged`,
  );
}
