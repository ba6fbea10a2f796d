import type { IdentityCreateOptions } from '../../lib/backend/contract/identity.js';
import { invalidArgType, PeerError } from '../../lib/errors.js';
import { FRIENDLY_NAME_LIMIT } from '../certificates/limits.js';
import { isKeySize, MAX_KEY_BITS, MIN_KEY_BITS, type RsaPrivateKey, readPrivateKey } from '../certificates/rsa-key.js';
import { checkClassifier } from '../names/peer-name.js';

/** The key that was given, if one was. */
export function checkCreateOptions(options: IdentityCreateOptions, operation: string): RsaPrivateKey | undefined {
  if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'an object', options);
  const { classifier, friendlyName, keyBits, privateKey } = options;
  if (classifier !== undefined) {
    checkClassifier(classifier, operation);
    // Such an identity could neither be exported nor put into a certificate.
    if (!isXmlText(classifier)) {
      throw new PeerError(
        'PEER_E_INVALID_CLASSIFIER',
        operation,
        'the classifier has a character that XML can not carry',
      );
    }
  }
  if (friendlyName !== undefined) checkFriendlyName(friendlyName, operation);
  if (keyBits !== undefined) checkKeyBits(keyBits, operation);
  if (privateKey === undefined) return undefined;
  if (!(privateKey instanceof Uint8Array)) throw invalidArgType('privateKey', 'a Uint8Array', privateKey);
  const key = readPrivateKey(privateKey);
  if (key === undefined) throw new PeerError('E_INVALIDARG', operation, 'the private key is no RSA key in PKCS#8 form');
  checkKeyBits(key.bits, operation);
  if (keyBits !== undefined && keyBits !== key.bits) {
    throw new PeerError('E_INVALIDARG', operation, `the private key has ${key.bits} bits, not ${keyBits}`);
  }
  return key;
}

/** Null and the empty name stand for the peer name. */
export function friendlyNameOr(peerName: string, friendlyName: string | null, operation: string): string {
  if (friendlyName === null || friendlyName === '') return peerName;
  checkFriendlyName(friendlyName, operation);
  return friendlyName;
}

export function requirePassword(password: string, operation: string): void {
  if (typeof password !== 'string') throw invalidArgType('password', 'a string', password);
  if (password === '') throw new PeerError('E_INVALIDARG', operation, 'the password is empty');
}

function checkFriendlyName(friendlyName: string, operation: string): void {
  if (typeof friendlyName !== 'string') throw invalidArgType('friendlyName', 'a string', friendlyName);
  if (friendlyName.length > FRIENDLY_NAME_LIMIT) {
    const sentence = `the friendly name has ${friendlyName.length} UTF-16 units, ${FRIENDLY_NAME_LIMIT} are allowed`;
    throw new PeerError('E_INVALIDARG', operation, sentence);
  }
  if (!isXmlText(friendlyName)) {
    throw new PeerError(
      'E_INVALIDARG',
      operation,
      'the friendly name has a control character or half a surrogate pair',
    );
  }
}

function checkKeyBits(bits: number, operation: string): void {
  if (typeof bits !== 'number') throw invalidArgType('keyBits', 'a number', bits);
  if (isKeySize(bits)) return;
  throw new PeerError(
    'E_INVALIDARG',
    operation,
    `${bits} is not a key size from ${MIN_KEY_BITS} to ${MAX_KEY_BITS} bits`,
  );
}

/** XML 1.0, section 2.2: no control characters, no lone surrogates. */
function isXmlText(text: string): boolean {
  return /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text);
}
