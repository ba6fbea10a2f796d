import type { Element } from '@xmldom/xmldom';
import type { Codec } from '../wire/codec.js';
import { DecodeError } from '../wire/decode-error.js';
import { escapeXml, parseXml, type XmlLimits } from '../wire/xml.js';
import { Limit } from './bounds.js';
import { ADDRESSING, DISCOVERY, PREFIXES, type QName, SOAP, TO_ALL, TO_ASKER } from './names.js';
import {
  child,
  childElements,
  elementText,
  findChild,
  missing,
  Prefixes,
  readElement,
  textOf,
  words,
  type XmlElement,
} from './xml-element.js';

/** Who is of these types and in these scopes? */
export interface Probe {
  readonly type: 'Probe';
  /** `urn:uuid:` and a GUID: the same in every transmission of the message. */
  readonly messageId: string;
  readonly types: readonly QName[];
  readonly scopes?: Scopes | undefined;
}

export interface Scopes {
  /** The rule by which scopes are compared; the standard's own unless given. */
  readonly matchBy?: string | undefined;
  readonly text: string;
}

/** Whoever answers a Probe tells of itself. */
export interface ProbeMatches {
  readonly type: 'ProbeMatches';
  readonly messageId: string;
  /** The messageId of the Probe. */
  readonly relatesTo: string;
  readonly appSequence: AppSequence;
  readonly matches: readonly TargetService[];
}

/** Puts the messages of one sender in order. */
export interface AppSequence {
  /** Grows with each start of the sender. */
  readonly instanceId: number;
  /** One more with each message. */
  readonly messageNumber: number;
}

export interface TargetService {
  /** The endpoint reference. */
  readonly address: string;
  readonly types: readonly QName[];
  readonly scopes?: string | undefined;
  /** Where it can be reached. */
  readonly xAddrs: readonly string[];
  readonly metadataVersion: number;
  /** What a protocol adds, behind the rest. */
  readonly extensions: readonly XmlElement[];
}

export type DiscoveryMessage = Probe | ProbeMatches;

/**
 * WS-Discovery messages over UDP, of a protocol with these namespaces by prefix. They are written with the prefixes
 * that Windows uses, since some readers look for literal tags; they are read with any.
 */
export function discoveryMessage(namespaces: Readonly<Record<string, string>>): Codec<DiscoveryMessage> {
  const bytesOf = (value: DiscoveryMessage): Buffer =>
    Buffer.from(envelope(value, new Prefixes({ ...PREFIXES, ...namespaces })));
  return {
    name: 'WS-Discovery message',
    length: (value) => bytesOf(value).length,
    write: (writer, value) => writer.bytes(bytesOf(value)),
    read: (reader) => {
      if (reader.remaining > Limit.MESSAGE_BYTES) reader.fail('message', `${reader.remaining} bytes are too many`);
      return fromEnvelope(parseXml(utf8(reader.bytes(reader.remaining, 'message')), XML_LIMITS).documentElement);
    },
  };
}

const XML_LIMITS: XmlLimits = { characters: Limit.MESSAGE_BYTES, tags: Limit.TAGS };

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DecodeError('message', 0, 'is no UTF-8');
  }
}

function envelope(message: DiscoveryMessage, prefixes: Prefixes): string {
  const inside =
    message.type === 'Probe'
      ? tag('wsd:Probe', typesText(message.types, prefixes) + scopesText(message.scopes))
      : tag('wsd:ProbeMatches', message.matches.map((it) => matchText(it, prefixes)).join(''));
  const answer = message.type === 'Probe' ? '' : answerHeader(message);
  const header =
    tag('wsa:To', message.type === 'Probe' ? TO_ALL : TO_ASKER) +
    tag('wsa:Action', `${DISCOVERY}/${message.type}`) +
    tag('wsa:MessageID', escapeXml(message.messageId)) +
    answer;
  const content = tag('soap:Header', header) + tag('soap:Body', inside);
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope${prefixes.declarations()}>${content}</soap:Envelope>`;
}

function answerHeader({ relatesTo, appSequence: { instanceId, messageNumber } }: ProbeMatches): string {
  const sequence = `<wsd:AppSequence InstanceId="${instanceId}" MessageNumber="${messageNumber}"></wsd:AppSequence>`;
  return tag('wsa:RelatesTo', escapeXml(relatesTo)) + sequence;
}

function matchText(match: TargetService, prefixes: Prefixes): string {
  const { address, types, scopes, xAddrs, metadataVersion, extensions } = match;
  return tag(
    'wsd:ProbeMatch',
    tag('wsa:EndpointReference', tag('wsa:Address', escapeXml(address))) +
      typesText(types, prefixes) +
      scopesText(scopes === undefined ? undefined : { text: scopes }) +
      tag('wsd:XAddrs', escapeXml(xAddrs.join(' '))) +
      tag('wsd:MetadataVersion', String(metadataVersion)) +
      extensions.map((it) => elementText(prefixes, it)).join(''),
  );
}

function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function typesText(types: readonly QName[], prefixes: Prefixes): string {
  return tag('wsd:Types', types.map((it) => prefixes.of(it)).join(' '));
}

function scopesText(scopes: Scopes | undefined): string {
  if (scopes === undefined) return '';
  const rule = scopes.matchBy === undefined ? '' : ` MatchBy="${escapeXml(scopes.matchBy)}"`;
  return `<wsd:Scopes${rule}>${escapeXml(scopes.text)}</wsd:Scopes>`;
}

function fromEnvelope(root: Element | null): DiscoveryMessage {
  if (root?.namespaceURI !== SOAP || root.localName !== 'Envelope') return missing('Envelope');
  const header = child(root, SOAP, 'Header');
  const body = child(root, SOAP, 'Body');
  const action = textOf(child(header, ADDRESSING, 'Action'));
  const messageId = identifier(header, 'MessageID');
  if (action === `${DISCOVERY}/Probe`) {
    const probe = child(body, DISCOVERY, 'Probe');
    return { type: 'Probe', messageId, types: readTypes(probe), scopes: readScopes(probe) };
  }
  if (action !== `${DISCOVERY}/ProbeMatches`) throw new DecodeError('Action', 0, 'is another');
  const matches = childElements(child(body, DISCOVERY, 'ProbeMatches')).filter(
    (it) => it.namespaceURI === DISCOVERY && it.localName === 'ProbeMatch',
  );
  return {
    type: 'ProbeMatches',
    messageId,
    relatesTo: identifier(header, 'RelatesTo'),
    appSequence: readSequence(child(header, DISCOVERY, 'AppSequence')),
    matches: matches.map(readMatch),
  };
}

function identifier(header: Element, name: string): string {
  const text = textOf(child(header, ADDRESSING, name));
  if (text === '' || text.length > Limit.IDENTIFIER) throw new DecodeError(name, 0, 'is empty or too long');
  return text;
}

function readSequence(element: Element): AppSequence {
  return {
    instanceId: u32(element.getAttribute('InstanceId') ?? '', 'InstanceId'),
    messageNumber: u32(element.getAttribute('MessageNumber') ?? '', 'MessageNumber'),
  };
}

function readMatch(match: Element): TargetService {
  const reference = child(match, ADDRESSING, 'EndpointReference');
  const metadataVersion = child(match, DISCOVERY, 'MetadataVersion');
  const xAddrs = findChild(match, DISCOVERY, 'XAddrs');
  return {
    address: textOf(child(reference, ADDRESSING, 'Address')),
    types: readTypes(match),
    scopes: readScopes(match)?.text,
    xAddrs: xAddrs === undefined ? [] : words(textOf(xAddrs)),
    metadataVersion: u32(textOf(metadataVersion), 'MetadataVersion'),
    extensions: childElements(match)
      .filter((it) => it.namespaceURI !== DISCOVERY && it !== reference)
      .map(readElement),
  };
}

/** The names are resolved by the prefixes that are in force at this element. */
function readTypes(parent: Element): QName[] {
  const element = findChild(parent, DISCOVERY, 'Types');
  if (element === undefined) return [];
  const names = words(textOf(element));
  if (names.length > Limit.TYPES) throw new DecodeError('Types', 0, `${names.length} are too many`);
  return names.map((word) => {
    const [prefix, name] = word.includes(':') ? word.split(':', 2) : ['', word];
    const namespace = element.lookupNamespaceURI(prefix ?? '');
    if (namespace === null && prefix !== '') throw new DecodeError('Types', 0, `${prefix} is no prefix`);
    return { namespace: namespace ?? '', name: name ?? '' };
  });
}

function readScopes(parent: Element): Scopes | undefined {
  const element = findChild(parent, DISCOVERY, 'Scopes');
  if (element === undefined) return undefined;
  return { matchBy: element.getAttribute('MatchBy') ?? undefined, text: textOf(element) };
}

function u32(text: string, field: string): number {
  const value = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffff_ffff)) throw new DecodeError(field, 0, `${text} is no number of 32 bits`);
  return value;
}
