import type { PeerNameParts } from '../../lib/backend/contract/names.js';
import { invalidArgType, PeerError } from '../../lib/errors.js';

/** UTF-16 units, without the terminator that the API counts. [MS-PNRP] 1.3.1.1. */
const CLASSIFIER_LIMIT = 149;

/** Of an unsecured name. */
const NO_AUTHORITY = '0';

/**
 * [MS-PNRP] 2.2.4, and what the managed wrapper accepts beside it: upper-case authorities, and secure names without
 * a classifier or its dot. The longest name, 190 units, follows from the parts. The classifier stays as it came:
 * the wire carries raw text, so bringing it to form C is left to whoever asks a person for it.
 */
export function parsePeerName(peerName: string, operation: string): PeerNameParts {
  if (typeof peerName !== 'string') throw invalidArgType('peerName', 'a string', peerName);
  const parts = readPeerName(peerName);
  if (typeof parts === 'string') throw new PeerError('PEER_E_INVALID_PEER_NAME', operation, parts);
  return parts;
}

/** The specification's own form, always with the dot: the text by which names are compared, case-sensitively. */
export function formatPeerName(parts: Pick<PeerNameParts, 'authority' | 'classifier'>): string {
  return `${parts.authority}.${parts.classifier}`;
}

/** `PeerCreatePeerName`. */
export function createPeerName(identity: string | null, classifier: string | null): string {
  const operation = 'PeerCreatePeerName';
  if (classifier !== null) checkClassifier(classifier, operation);
  if (identity !== null) {
    const own = parsePeerName(identity, operation);
    return formatPeerName({ authority: own.authority, classifier: classifier ?? own.classifier });
  }
  if (classifier === null)
    throw new PeerError('E_INVALIDARG', operation, 'neither an identity nor a classifier is given');
  if (classifier === '') throw classifierError(operation, 'an unsecured peer name needs a classifier');
  return formatPeerName({ authority: NO_AUTHORITY, classifier });
}

export function checkClassifier(classifier: string, operation: string): void {
  if (typeof classifier !== 'string') throw invalidArgType('classifier', 'a string', classifier);
  const fault = classifierFault(classifier);
  if (fault !== undefined) throw classifierError(operation, fault);
}

/** The parts, or what is wrong with the text. */
export function readPeerName(peerName: string): PeerNameParts | string {
  const dot = peerName.indexOf('.');
  const authority = (dot < 0 ? peerName : peerName.slice(0, dot)).toLowerCase();
  const classifier = dot < 0 ? '' : peerName.slice(dot + 1);
  const secure = /^[0-9a-f]{40}$/.test(authority);
  if (!secure && authority !== NO_AUTHORITY) return 'the authority is neither 0 nor 40 hexadecimal digits';
  if (!secure && classifier === '') return 'an unsecured peer name needs a classifier';
  return classifierFault(classifier) ?? { authority, classifier, secure };
}

export function classifierFault(classifier: string): string | undefined {
  if (classifier.includes('\0')) return 'the classifier contains U+0000';
  if (classifier.length <= CLASSIFIER_LIMIT) return undefined;
  return `the classifier has ${classifier.length} UTF-16 units, ${CLASSIFIER_LIMIT} are allowed`;
}

function classifierError(operation: string, sentence: string): PeerError {
  return new PeerError('PEER_E_INVALID_CLASSIFIER', operation, sentence);
}
