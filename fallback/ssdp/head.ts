import type { ByteReader } from '../wire/byte-reader.js';
import { Limit } from './bounds.js';

/** The lines before the empty one of an HTTP message over UDP: all that SSDP uses. */
export interface Head {
  /** Its words with one blank between them. */
  readonly start: string;
  /** Values without the blanks around them, by name in lower case. Of a name that comes twice, the first. */
  readonly headers: ReadonlyMap<string, string>;
}

export function headText(start: string, headers: readonly (readonly [name: string, value: string])[]): string {
  const lines = headers.map(([name, value]) => `${name}:${value}\r\n`);
  const wrong = lines.find((line) => !isPrintable(line.slice(0, -2)));
  if (wrong !== undefined) throw new RangeError(`no header: ${wrong}`);
  return `${start}\r\n${lines.join('')}\r\n`;
}

/** What comes behind the empty line is passed over. */
export function parseHead(text: string, reader: ByteReader): Head {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return reader.fail('head', 'has no end');
  const [start = '', ...lines] = text.slice(0, end.index).split('\n');
  if (lines.length > Limit.HEADERS) reader.fail('head', `${lines.length} headers are too many`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trimEnd().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !isPrintable(value)) reader.fail('header', 'is none');
    if (!headers.has(name)) headers.set(name, value);
  }
  return { start: start.trim().replace(/[ \t]+/g, ' '), headers };
}

function isPrintable(text: string): boolean {
  return !/[^\t -~\x80-\xff]/.test(text);
}
