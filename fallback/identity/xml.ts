import type { Element } from '@xmldom/xmldom';
import { DecodeError } from '../wire/decode-error.js';
import { escapeXml, parseXml, type XmlLimits } from '../wire/xml.js';

/** An invitation with the longest chain of certificates stays far below, and the largest fragment has seven elements. */
const LIMITS: XmlLimits = { characters: 1 << 18, tags: 64 };

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
  const root = parseXml(xml, LIMITS).documentElement;
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
