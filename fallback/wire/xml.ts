import { DOMParser, type Document } from '@xmldom/xmldom';
import { DecodeError } from './decode-error.js';

export interface XmlLimits {
  /** UTF-16 units. */
  readonly characters: number;
  /** Tags, and so the depth too; and as many attributes and references, which cost a parser most. */
  readonly tags: number;
}

/** A document that has no DOCTYPE, is well-formed and within the limits, or a DecodeError. */
export function parseXml(xml: string, limits: XmlLimits): Document {
  if (xml.length > limits.characters) throw new DecodeError('XML', 0, `${xml.length} characters are too many`);
  if (/<!DOCTYPE/i.test(xml)) throw new DecodeError('XML', 0, 'a DOCTYPE is refused');
  if (count(xml, '<') > limits.tags) throw new DecodeError('XML', 0, 'there are too many elements');
  if (count(xml, '=') + count(xml, '&') > limits.tags) {
    throw new DecodeError('XML', 0, 'there are too many attributes and references');
  }
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
export function escapeXml(text: string): string {
  const references: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\r': '&#13;',
  };
  return text.replace(/[&<>"\r]/g, (character) => references[character] ?? character);
}

function count(text: string, sign: string): number {
  let found = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) found += 1;
  return found;
}
