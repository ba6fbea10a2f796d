import type { PnrpAddress, PublicationInfo, ResolveOptions } from '../../lib/backend/contract/pnrp.js';
import type { NameQuery, PnrpService } from '../../lib/backend/contract/winsock.js';
import { invalid, type WinsockOperation } from './codes.js';

const GLOBAL_CLOUD = 'Global_';
/** `dwLifetime` of PNRPINFO, in seconds. */
const LIFETIME_S = 86_400;
const LONGEST_LIFETIME_S = 0xffff_ffff;

const WANTS: readonly string[] = ['name', 'comment', 'addr'];
const SCOPES: readonly string[] = ['global', 'site-local', 'link-local'];

/** A null or an empty context is the global cloud. */
export function cloudOf({ cloud }: { readonly cloud?: string }): string {
  return cloud === undefined || cloud === '' ? GLOBAL_CLOUD : cloud;
}

export function lifetimeOf({ lifetime = LIFETIME_S }: PnrpService, operation: WinsockOperation): number {
  if (Number.isInteger(lifetime) && lifetime >= 1 && lifetime <= LONGEST_LIFETIME_S) return lifetime;
  throw invalid(operation, `a lifetime is from 1 to ${LONGEST_LIFETIME_S} seconds, not ${lifetime}`);
}

export function publicationOf(service: PnrpService, operation: WinsockOperation): PublicationInfo {
  const { addresses, identity, comment, payload, hint } = service;
  const [first] = addresses;
  if (first === undefined) throw invalid(operation, 'a service has at least one address');
  if (hint !== undefined) checkHint(hint, operation);
  return {
    cloud: cloudOf(service),
    addresses,
    hint: (hint ?? first).address,
    ...(identity === undefined ? {} : { identity }),
    ...(comment === undefined ? {} : { comment }),
    ...(payload === undefined ? {} : { payload }),
  };
}

/** What must be the same when a name is deleted: everything but the addresses. */
export function identifying(service: PnrpService): string {
  const { identity, comment = '', lifetime = LIFETIME_S, hint, payload = '' } = service;
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'utf16le') : payload;
  const type = payload.length === 0 ? 'none' : typeof payload === 'string' ? 'text' : 'bytes';
  const where = hint && [hint.address, hint.port, hint.scope];
  return JSON.stringify([identity, comment, lifetime, where, type, Buffer.from(bytes).toString('base64')]);
}

export function resolveOptionsOf(query: NameQuery, operation: WinsockOperation): ResolveOptions & { cloud: string } {
  const { want = [], max, timeoutMs, criteria, hint } = query;
  const unknown = want.find((it) => !WANTS.includes(it));
  if (unknown !== undefined) throw invalid(operation, `one can want ${WANTS.join(', ')}, not "${unknown}"`);
  if (hint !== undefined) checkHint(hint, operation);
  return {
    cloud: cloudOf(query),
    ...(max === undefined ? {} : { max }),
    // `dwTimeout` counts seconds.
    ...(timeoutMs === undefined ? {} : { timeoutMs: 1000 * Math.ceil(timeoutMs / 1000) }),
    ...(criteria === undefined ? {} : { criteria }),
    ...(hint === undefined ? {} : { hint: hint.address }),
  };
}

export function checkScope(scope: string | undefined, operation: WinsockOperation): void {
  if (scope !== undefined && !SCOPES.includes(scope)) {
    throw invalid(operation, `a scope is one of ${SCOPES.join(', ')}, not "${scope}"`);
  }
}

/** PNRP checks the address, and takes no port; as part of a SOCKADDR it must be one all the same. */
function checkHint({ port }: PnrpAddress, operation: WinsockOperation): void {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw invalid(operation, `port ${port} of the hint is not one from 0 to 65535`);
  }
}
