import { CODES } from '../../errors/codes.js';
import { invalidArgType, isPeerError, PeerError, type PeerErrorCode } from '../../errors.js';
import type { Enumeration, EnumerationCalls } from './addon.js';

/** Makes calls of the addon; what Windows answers with is thrown as a PeerError. */
export async function windows<T>(calls: () => Promise<T>): Promise<T> {
  try {
    return await calls();
  } catch (error) {
    throw peerErrorOf(error);
  }
}

/** What Windows answered as a PeerError; anything else as it is. */
export function peerErrorOf(error: unknown): unknown {
  if (!isWindowsError(error)) return error;
  return new PeerError(error.hresult, error.operation, 'Windows refused the call', { cause: error });
}

function isWindowsError(error: unknown): error is Error & { readonly hresult: number; readonly operation: string } {
  return error instanceof Error && !(error instanceof PeerError) && 'hresult' in error && 'operation' in error;
}

/**
 * The same for functions of Win32 codes: their names begin so. Some numbers are also an HRESULT's or another area's,
 * whose name is not meant here.
 */
export async function win32Calls<T>(prefixes: readonly string[], calls: () => Promise<T>): Promise<T> {
  try {
    return await windows(calls);
  } catch (error) {
    throw named(prefixes, error);
  }
}

/** The error of Windows under the name that it has among those that begin so. */
function named(prefixes: readonly string[], error: unknown): unknown {
  const fault = peerErrorOf(error);
  if (!isPeerError(fault)) return fault;
  const names = Object.keys(CODES) as PeerErrorCode[];
  const name = names.find((it) => CODES[it] === fault.win32 && prefixes.some((prefix) => it.startsWith(prefix)));
  return name === undefined || name === fault.code ? fault : fault.as(name, fault.operation);
}

/** Items that one call asks for: as many pointers are a few kilobytes. */
const BATCH = 256;

/** Every item of an enumeration, which is ended however that goes. */
export async function itemsOf<Item>(addon: EnumerationCalls, begun: Promise<Enumeration<Item>>): Promise<Item[]> {
  const enumeration = await begun;
  try {
    const count = await addon.PeerGetItemCount(enumeration);
    const items: Item[] = [];
    while (items.length < count) {
      const batch = await addon.PeerGetNextItem(enumeration, Math.min(BATCH, count - items.length));
      if (batch.length === 0) break;
      items.push(...batch);
    }
    return items;
  } finally {
    await addon.PeerEndEnumeration(enumeration);
  }
}

/** A text for Windows, where it would end at its first NUL. */
export function checkText(
  name: string,
  value: unknown,
  operation: string,
  code: PeerErrorCode = 'E_INVALIDARG',
): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'a string', value);
  if (value.includes('\0')) throw new PeerError(code, operation, `the ${name} has a NUL in it`);
}

export function checkOptionalText(
  name: string,
  value: unknown,
  operation: string,
  code?: PeerErrorCode,
): asserts value is string | null {
  if (value !== null) checkText(name, value, operation, code);
}
