import punycode from 'punycode/punycode.js';
import { invalidArgType, PeerError } from '../../lib/errors.js';
import type { Readings } from '../wire/readings.js';
import { formatPeerName, parsePeerName, readPeerName } from './peer-name.js';

/*
 * Peer names as DNS names: `<classifier>.<authority>.pnrp.net`. What the published notes fix: the order; a `p` before
 * an authority that starts with a digit; no authority for unsecured names; Punycode (RFC 3492); a `p` before and after
 * an encoded classifier that could not stand as a label; labels of at most 63 characters. Observed are `test.pnrp.net`
 * and `ptest-p.p<40 hex>.pnrp.net`: a plain classifier and a wrapped one, which starts and ends with `p`. Both are read.
 */
const SUFFIX = '.pnrp.net';
const LABEL_LIMIT = 63;

/** Of any DNS name as text: 255 octets with the length bytes and the root, RFC 1035 2.3.4. */
const HOST_NAME_LIMIT = 253;

const AUTHORITY_LABEL = /^p?([0-9a-f]{40}|0)$/i;

/** A label that any resolver takes, RFC 1035 2.3.1. */
const LABEL = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

const WRAPPED = /^p(.*)p$/is;

/** `PeerNameToPeerHostName`. A classifier outside of ASCII may become six times as long. */
export function toHostName(peerName: string, readings: Readings): string {
  const operation = 'PeerNameToPeerHostName';
  const { authority, classifier, secure } = parsePeerName(peerName, operation);
  const labels = classifier === '' ? [] : classifierLabels(classifier, readings);
  if (secure) labels.push(/^\d/.test(authority) ? `p${authority}` : authority);
  const hostName = labels.join('.') + SUFFIX;
  if (hostName.length <= HOST_NAME_LIMIT) return hostName;
  const why = `${hostName.length} characters are more than the ${HOST_NAME_LIMIT} of a DNS name`;
  throw new PeerError('PEER_E_CANNOT_CONVERT_PEER_NAME', operation, why);
}

/** `PeerHostNameToPeerName`. */
export function fromHostName(hostName: string): string {
  if (typeof hostName !== 'string') throw invalidArgType('hostName', 'a string', hostName);
  const name = hostName.replace(/\.$/, '');
  if (name.length > HOST_NAME_LIMIT) throw fault(`${name.length} characters are too many`);
  if (!name.toLowerCase().endsWith(SUFFIX)) throw fault(`the name does not end with ${SUFFIX}`);
  const labels = name.slice(0, -SUFFIX.length).split('.');
  if (labels.some((label) => label.length > LABEL_LIMIT))
    throw fault(`a label is longer than ${LABEL_LIMIT} characters`);
  if (labels.includes('')) throw fault('a label is empty');
  const authority = AUTHORITY_LABEL.exec(labels.at(-1) ?? '')?.[1];
  const text = (authority === undefined ? labels : labels.slice(0, -1)).join('');
  const wrapped = WRAPPED.exec(text)?.[1];
  if (wrapped === undefined && /[^\w-]/.test(text)) throw fault('a label has a character that no host name has');
  const classifier = wrapped === undefined ? text : decodeClassifier(wrapped);
  const parts = readPeerName(formatPeerName({ authority: authority ?? '0', classifier }));
  if (typeof parts === 'string') throw fault(parts);
  return formatPeerName(parts);
}

function classifierLabels(classifier: string, readings: Readings): string[] {
  // UNCONFIRMED: names.host-name
  const plain = readings.get('names.host-name') === 'plain';
  const ambiguous = AUTHORITY_LABEL.test(classifier) || WRAPPED.test(classifier);
  if (plain && LABEL.test(classifier) && !ambiguous) return [classifier];
  return `p${encodeClassifier(classifier)}p`.match(/.{1,63}/g) ?? [];
}

/*
 * Punycode copies ASCII as it is, so that a dot would be lost between the labels and a blank would be no host name.
 * Such characters go through it as U+F000 plus their code, as Windows maps what file names can't hold; U+F080 marks
 * a character that has such a code itself. Upper case and the underscore stay: the size of a certificate that
 * Windows 7 made for the classifier HomeGroupClassifier_1 leaves room for that reading only.
 */
function encodeClassifier(classifier: string): string {
  const marked = classifier.replace(/[\uf000-\uf080]/g, '\uf080$&');
  return punycode.encode(
    marked.replace(/[^\w\u0080-\uffff-]/g, (unit) => String.fromCharCode(0xf000 + unit.charCodeAt(0))),
  );
}

function decodeClassifier(encoded: string): string {
  let text: string;
  try {
    text = punycode.decode(encoded);
  } catch (cause) {
    throw fault('the classifier is not Punycode', { cause });
  }
  return text.replace(
    /\uf080([\uf000-\uf080])|[\uf000-\uf07f]/g,
    (found, kept?: string) => kept ?? String.fromCharCode(found.charCodeAt(0) - 0xf000),
  );
}

function fault(sentence: string, options?: ErrorOptions): PeerError {
  return new PeerError('PEER_E_INVALID_PEER_HOST_NAME', 'PeerHostNameToPeerName', sentence, options);
}
