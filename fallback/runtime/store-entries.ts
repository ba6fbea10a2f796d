import type { StoreChanges } from '../../lib/backend/contract/host.js';

export type StoreEntries = ReadonlyMap<string, Uint8Array>;

/** The entries after `changes`, with copies of the bytes: their owner may go on to change them. */
export function applyChanges(entries: StoreEntries, changes: StoreChanges): StoreEntries {
  const result = new Map(entries);
  for (const [key, value] of changes) {
    if (value === undefined) result.delete(key);
    else result.set(key, Uint8Array.from(value));
  }
  return result;
}

export function copyOf(entries: StoreEntries, key: string): Uint8Array | undefined {
  const value = entries.get(key);
  return value && Uint8Array.from(value);
}

export function rangeOf(entries: StoreEntries, prefix: string): (readonly [string, Uint8Array])[] {
  return [...entries.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort()
    .map((key) => [key, Uint8Array.from(entries.get(key) as Uint8Array)]);
}
