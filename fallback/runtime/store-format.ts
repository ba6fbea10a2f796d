import { StoreFormatError } from '../../lib/errors.js';
import type { StoreEntries } from './store-entries.js';

/**
 * One file a store, `<home>/<name>.json`, UTF-8:
 *
 *     {"format":"winpeer-store","version":1,"name":"<name>","entries":{"<key>":"<value in Base64>"}}
 *
 * It is never changed in place: a writer puts the whole content in a temporary file beside it, `<name>.json.<hex>.tmp`,
 * and renames that over it. `<name>.json.lock` is the folder that keeps the other writers out.
 */
const FORMAT = 'winpeer-store';
const VERSION = 1;

export function formatStore(name: string, entries: StoreEntries): string {
  const encoded = [...entries].map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  return `${JSON.stringify({ format: FORMAT, version: VERSION, name, entries: Object.fromEntries(encoded) })}\n`;
}

/** `file` is for the error. */
export function parseStore(text: string, name: string, file: string): StoreEntries {
  const content = parseObject(text);
  if (content?.format !== FORMAT) throw new StoreFormatError(file, 'damaged');
  const { version, entries } = content;
  if (Number.isInteger(version) && (version as number) > VERSION) throw new StoreFormatError(file, 'newer');
  if (version !== VERSION || content.name !== name || !isObject(entries)) {
    throw new StoreFormatError(file, 'damaged');
  }
  const decoded = Object.entries(entries).map(([key, value]): [string, Uint8Array] => {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
    if (bytes?.toString('base64') !== value) throw new StoreFormatError(file, 'damaged');
    return [key, bytes as Uint8Array];
  });
  return new Map(decoded);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
