import { DOMParser, type Element } from '@xmldom/xmldom';
import { DecodeError } from '../wire/decode-error.js';

/** UTF-16 units: an invitation with the longest chain of certificates stays far below. */
const TEXT_LIMIT = 1 << 18;
/** Tags, and so the depth too: the largest fragment has seven elements. */
const TAGS_LIMIT = 64;

const BINARY = 'xmlns:dt="urn:schemas-microsoft-com:datatypes" dt:dt="bin.base64"';

/** One of the platform's fragments, on one line. `children` are elements already. */
export function fragment(name: string, version: string, children: string): string {
  return `<${name} VERSION="${version}">${children}</${name}>`;
}

export function textElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

export function binaryElement(name: string, base64: string): string {
  return `<${name} ${BINARY}>${base64}</${name}>`;
}

/** The root of a fragment, when it has that name and version. */
export function readFragment(xml: string, name: string, version: string): Element {
  const root = parse(xml).documentElement;
  if (root?.nodeName !== name) throw new DecodeError(name, 0, 'the text is another XML document');
  const given = root.getAttribute('VERSION');
  if (given !== version) throw new DecodeError('VERSION', 0, `${given} is not ${version}`);
  return root;
}

/** The text of the one child with one of these names. */
export function childText(parent: Element, ...names: readonly [string, ...string[]]): string {
  const children = [...parent.childNodes].filter((node) => names.includes(node.nodeName)) as Element[];
  const [child, second] = children;
  if (child === undefined || second !== undefined) throw new DecodeError(names[0], 0, 'there is not exactly one');
  if ([...child.childNodes].some((node) => node.nodeType === node.ELEMENT_NODE)) {
    throw new DecodeError(names[0], 0, 'there are elements in it');
  }
  return child.textContent ?? '';
}

function parse(xml: string) {
  if (xml.length > TEXT_LIMIT) throw new DecodeError('XML', 0, `${xml.length} characters are too many`);
  if (/<!DOCTYPE/i.test(xml)) throw new DecodeError('XML', 0, 'a DOCTYPE is refused');
  if (xml.split('<', TAGS_LIMIT + 1).length > TAGS_LIMIT)
    throw new DecodeError('XML', 0, 'there are too many elements');
  const onError = (_level: string, message: string) => {
    throw new DecodeError('XML', 0, message);
  };
  try {
    return new DOMParser({ onError }).parseFromString(xml.replace(/^\ufeff?\s*/, ''), 'text/xml');
  } catch (error) {
    throw new DecodeError('XML', 0, error instanceof Error ? error.message : String(error));
  }
}

/** The carriage return as a reference: a parser would make a line feed of it. */
function escapeXml(text: string): string {
  const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
  return text.replace(/[&<>\r]/g, (character) => references[character] ?? character);
}
