import { isPeerError } from '../../errors.js';
import type { Addon } from './addon.js';

/** Why an area can't be native here, and the same for a person. */
export interface Refusal {
  readonly reason: 'dll-missing' | 'export-missing' | 'service-disabled' | 'service-not-available' | 'no-ipv6';
  readonly detail: string;
}

/** ERROR_MOD_NOT_FOUND. */
const NOT_FOUND = 126;
/** ERROR_SERVICE_DISABLED. */
const SERVICE_DISABLED = 1058;

/** What of a DLL is missing. */
export function missing(addon: Addon, dll: string, exports: readonly string[]): Refusal | undefined {
  const found = addon.probe(dll, exports);
  if (!found.loaded) {
    const why = found.error === NOT_FOUND ? 'this Windows has no' : `error ${found.error} keeps Windows from loading`;
    return { reason: 'dll-missing', detail: `${why} ${dll}` };
  }
  if (found.missing.length === 0) return undefined;
  return { reason: 'export-missing', detail: `the ${dll} of this Windows lacks ${found.missing.join(', ')}` };
}

/** What the error of a first call says of the services behind a DLL. */
export function refused(error: unknown): Refusal {
  if (!isPeerError(error)) throw error;
  const { win32, message: detail } = error;
  if (win32 === SERVICE_DISABLED) return { reason: 'service-disabled', detail };
  if (error.code === 'PEER_E_IPV6_NOT_INSTALLED') return { reason: 'no-ipv6', detail };
  return { reason: 'service-not-available', detail };
}
