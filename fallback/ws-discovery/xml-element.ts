import type { Element } from '@xmldom/xmldom';
import { DecodeError } from '../wire/decode-error.js';
import { escapeXml } from '../wire/xml.js';
import type { QName } from './names.js';

/** What a protocol adds to WS-Discovery's own elements: without attributes, and either text or elements inside. */
export interface XmlElement extends QName {
  readonly content: string | readonly XmlElement[];
}

/** Gives each namespace its prefix: the usual one, or another that is declared along with it. */
export class Prefixes {
  readonly #byNamespace: Map<string, string>;

  constructor(usual: Readonly<Record<string, string>>) {
    this.#byNamespace = new Map(Object.entries(usual).map(([prefix, namespace]) => [namespace, prefix]));
  }

  of({ namespace, name }: QName): string {
    if (namespace === '') return name;
    const prefix = this.#byNamespace.get(namespace) ?? `n${this.#byNamespace.size}`;
    this.#byNamespace.set(namespace, prefix);
    return `${prefix}:${name}`;
  }

  /** Of all that was asked for so far. */
  declarations(): string {
    return [...this.#byNamespace].map(([namespace, prefix]) => ` xmlns:${prefix}="${escapeXml(namespace)}"`).join('');
  }
}

/** Never in the short form of an empty element, which some readers don't know. */
export function elementText(prefixes: Prefixes, { content, ...name }: XmlElement): string {
  const inside =
    typeof content === 'string' ? escapeXml(content) : content.map((it) => elementText(prefixes, it)).join('');
  return `<${prefixes.of(name)}>${inside}</${prefixes.of(name)}>`;
}

export function readElement(element: Element): XmlElement {
  const children = childElements(element);
  const content = children.length > 0 ? children.map(readElement) : textOf(element);
  return { namespace: element.namespaceURI ?? '', name: nameOf(element), content };
}

export function childElements(parent: Element): Element[] {
  return [...parent.childNodes].filter((node) => node.nodeType === node.ELEMENT_NODE) as Element[];
}

/** The one child of that name; undefined where there is none. */
export function findChild(parent: Element, namespace: string, name: string): Element | undefined {
  const [child, second] = childElements(parent).filter((it) => it.namespaceURI === namespace && it.localName === name);
  if (second !== undefined) throw new DecodeError(name, 0, 'there is more than one');
  return child;
}

export function child(parent: Element, namespace: string, name: string): Element {
  return findChild(parent, namespace, name) ?? missing(name);
}

export function missing(name: string): never {
  throw new DecodeError(name, 0, 'is missing');
}

/** Without the blanks around it: published samples write values on lines of their own. */
export function textOf(element: Element): string {
  const text = String(element.textContent).trim();
  // A reference may stand for a character that no XML has.
  if (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) {
    throw new DecodeError(nameOf(element), 0, 'there is a character in it that is none of XML');
  }
  return text;
}

/** Only what was made without namespaces has none. */
function nameOf(element: Element): string {
  return element.localName as string;
}

/** Words with white space between them. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
