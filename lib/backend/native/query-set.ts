import { PeerError } from '../../errors.js';
import type { CloudState, PnrpAddress, PnrpScope } from '../contract/pnrp.js';
import type { CloudFlag, CloudResult, NameQuery, NameResult, PnrpService } from '../contract/winsock.js';
import type { PnrpInfo, QueryResult, QuerySet, WindowsSocketAddress } from './addon.js';
import { CRITERIA } from './resolve-criteria.js';
import type { SocketAddresses } from './socket-addresses.js';

/** WSAQUERYSETW for the PNRP name space, and what its results say. winsock2.h, pnrpns.h, pnrpdef.h. */
export const NS_PNRPNAME = 38;
const NS_PNRPCLOUD = 39;

const LUP_RETURN_NAME = 0x10;
const LUP_RETURN_BLOB = 0x200;
const LUP_RETURN_ALL = 0xff0;
const WANTS: Readonly<Record<string, number>> = { name: LUP_RETURN_NAME, comment: 0x80, addr: 0x100 };
export const CLOUD_FLAGS = LUP_RETURN_NAME | LUP_RETURN_BLOB;

/** PNRP_SCOPE, by value; 0 is any. */
const SCOPES: readonly (PnrpScope | undefined)[] = [undefined, 'global', 'site-local', 'link-local'];
/** PNRP_CLOUD_STATE, by value. */
const STATES: readonly CloudState[] = ['virtual', 'synchronising', 'active', 'dead', 'disabled', 'no-net', 'alone'];
/** PNRP_CLOUD_FLAGS. */
const CLOUD_FLAG_BITS: readonly (readonly [number, CloudFlag])[] = [
  [1, 'name-local'],
  [2, 'resolve-only'],
  [4, 'full-participant'],
];
/** RESULT_IS_*. */
const CHANGES: readonly (readonly [number, 'added' | 'changed' | 'deleted'])[] = [
  [0x10, 'added'],
  [0x20, 'changed'],
  [0x40, 'deleted'],
];

const GLOBAL_CLOUD = 'Global_';
const MOST_ADDRESSES = 10;
const MOST_COMMENT_UNITS = 39;
const MOST_PAYLOAD_BYTES = 4096;
const LIFETIME_S = 86_400;
const TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 600_000;
const LARGEST_NUMBER = 0xffff_ffff;

const NO_INFO: PnrpInfo = {
  identity: null,
  maxResolve: 0,
  timeout: 0,
  lifetime: 0,
  resolveCriteria: 0,
  hint: null,
  payload: null,
};

/** A null or an empty context is the global cloud. */
export function cloudOf({ cloud }: { readonly cloud?: string }): string {
  return cloud || GLOBAL_CLOUD;
}

/** Throws WSAEINVAL for what Windows' structures can not say, or would say as something else. */
export function serviceSet(service: PnrpService, addresses: SocketAddresses): QuerySet {
  const operation = 'WSASetServiceW';
  const { peerName, comment, identity, lifetime = LIFETIME_S, hint, payload } = service;
  checkText('comment', comment, operation);
  checkText('identity', identity, operation);
  if ((comment?.length ?? 0) > MOST_COMMENT_UNITS)
    throw invalid(operation, `a comment has at most ${MOST_COMMENT_UNITS} UTF-16 units`);
  if (service.addresses.length > MOST_ADDRESSES)
    throw invalid(operation, `a name has at most ${MOST_ADDRESSES} addresses`);
  checkPayload(payload, operation);
  checkNumber('lifetime', lifetime, LARGEST_NUMBER, operation);
  return {
    ...placeOf(peerName, service, operation),
    comment: comment || null,
    localAddresses: service.addresses.map((it) => checked(operation, () => addresses.toWindows(it))),
    blob: {
      ...NO_INFO,
      identity: identity ?? null,
      lifetime,
      hint: hintOf(hint, addresses, operation),
      payload: payload === undefined || payload.length === 0 ? null : payload,
    },
  };
}

export function nameSet(query: NameQuery, addresses: SocketAddresses): QuerySet {
  const operation = 'WSALookupServiceBeginW';
  const { peerName, max = 1, timeoutMs = TIMEOUT_MS, criteria = 'default', hint } = query;
  checkNumber('max', max, LARGEST_NUMBER, operation);
  checkNumber('timeoutMs', timeoutMs, LONGEST_TIMEOUT_MS, operation);
  const resolveCriteria = CRITERIA.indexOf(criteria);
  if (resolveCriteria < 0) throw invalid(operation, `the criteria are ${CRITERIA.join(', ')}, not "${criteria}"`);
  return {
    ...placeOf(peerName, query, operation),
    comment: null,
    localAddresses: [],
    blob: {
      ...NO_INFO,
      maxResolve: max,
      timeout: Math.ceil(timeoutMs / 1000),
      resolveCriteria,
      hint: hintOf(hint, addresses, operation),
    },
  };
}

/** LUP_RETURN_*. All of them let a result have what its page does not promise: the payload. */
export function nameFlags({ want = [] }: NameQuery): number {
  const operation = 'WSALookupServiceBeginW';
  let flags = 0;
  for (const it of want) {
    const flag = WANTS[it];
    if (flag === undefined) throw invalid(operation, `one can want ${Object.keys(WANTS).join(', ')}, not "${it}"`);
    flags |= flag;
  }
  return flags === 0 ? LUP_RETURN_ALL : flags | LUP_RETURN_BLOB;
}

export function cloudSet(scope: PnrpScope | undefined): QuerySet {
  const number = SCOPES.indexOf(scope);
  if (number < 0) throw invalid('WSALookupServiceBeginW', `there is no scope "${scope}"`);
  return {
    nameSpace: NS_PNRPCLOUD,
    serviceInstanceName: null,
    comment: null,
    context: null,
    localAddresses: [],
    blob: scope === undefined ? null : { scope: number },
  };
}

export function nameResult(result: QueryResult, query: NameQuery, addresses: SocketAddresses): NameResult {
  const { serviceInstanceName, comment, context, remoteAddresses, blob } = result;
  const payload = blob !== null && 'payload' in blob ? blob.payload : '';
  return {
    ...(serviceInstanceName === null ? {} : { peerName: serviceInstanceName }),
    cloud: context || cloudOf(query),
    ...(comment ? { comment } : {}),
    addresses: remoteAddresses.map((it) => addresses.fromWindows(it)),
    ...(payload.length === 0 ? {} : { payload }),
  };
}

export function cloudResult({ serviceInstanceName, outputFlags, blob }: QueryResult): CloudResult {
  const info = blob !== null && 'scope' in blob ? blob : undefined;
  const scope = SCOPES[info?.scope ?? 0];
  const state = STATES[info?.cloudState ?? -1];
  if (serviceInstanceName === null || info === undefined || scope === undefined || state === undefined)
    throw new PeerError('E_UNEXPECTED', 'WSALookupServiceNextW', 'Windows described a cloud as no header does');
  const change = CHANGES.find(([bit]) => (outputFlags & bit) !== 0)?.[1];
  return {
    name: serviceInstanceName,
    scope,
    scopeId: info.scopeId,
    state,
    flags: CLOUD_FLAG_BITS.filter(([bit]) => (info.cloudFlags & bit) !== 0).map(([, flag]) => flag),
    ...(change === undefined ? {} : { change }),
  };
}

export function invalid(operation: string, why: string): PeerError {
  return new PeerError('WSAEINVAL', operation, why);
}

function placeOf(peerName: string, { cloud }: { readonly cloud?: string }, operation: string) {
  checkText('peerName', peerName, operation);
  checkText('cloud', cloud, operation);
  return { nameSpace: NS_PNRPNAME, serviceInstanceName: peerName, context: cloud || null };
}

function hintOf(
  hint: PnrpAddress | undefined,
  addresses: SocketAddresses,
  operation: string,
): WindowsSocketAddress | null {
  if (hint === undefined) return null;
  const { port } = hint;
  if (!Number.isInteger(port) || port < 0 || port > 0xffff)
    throw invalid(operation, `port ${port} of the hint is not one from 0 to 65535`);
  // That of an address that one can send to is never 0; nobody sends to a hint.
  return { ...checked(operation, () => addresses.toWindows({ ...hint, port: 1 })), port };
}

function checkPayload(payload: Uint8Array | string | undefined, operation: string): void {
  if (typeof payload === 'string') checkText('payload', payload, operation);
  const bytes = typeof payload === 'string' ? 2 * (payload.length + 1) : (payload?.length ?? 0);
  if (bytes > MOST_PAYLOAD_BYTES) throw invalid(operation, `a payload has at most ${MOST_PAYLOAD_BYTES} bytes`);
}

/** Windows would take a text to end at its first NUL. */
function checkText(name: string, text: string | undefined, operation: string): void {
  if (text?.includes('\0')) throw invalid(operation, `the ${name} has a NUL in it`);
}

function checkNumber(name: string, value: number, most: number, operation: string): void {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw invalid(operation, `${name} is a whole number from 1 to ${most}, not ${value}`);
}

function checked<T>(operation: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PeerError('WSAEINVAL', operation, error.message, { cause: error });
  }
}
