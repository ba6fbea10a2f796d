import type { CloudResult, Lookup, NameQuery, NameResult, PnrpService } from 'winpeer/winsock';
import type { Part, System } from './model.ts';
import { readSocketAddress, socketAddress } from './socket-address.ts';

/** PNRPINFO_V2. */
interface Info {
  readonly lpwszIdentity: string | null;
  readonly nMaxResolve: number;
  readonly dwTimeout: number;
  readonly dwLifetime: number;
  readonly enResolveCriteria: number;
  readonly saHint: { readonly lpSockaddr: string | null };
  readonly blobPayload?: string | null;
  readonly pwszPayload?: string | null;
}

/** WSAQUERYSETW. */
interface QuerySet<Blob> {
  readonly lpszServiceInstanceName: string;
  readonly lpszComment: string | null;
  readonly dwNameSpace: number;
  readonly lpszContext: string | null;
  readonly lpcsaBuffer: readonly { readonly LocalAddr: { readonly lpSockaddr: string } }[] | null;
  readonly lpBlob: { readonly pBlobData: Blob } | null;
}

type NameSet = QuerySet<Info> & { readonly lpBlob: object };
type CloudSet = QuerySet<{ readonly Cloud: { readonly Scope: number } }>;

const NS_PNRPNAME = 38;
const NS_PNRPCLOUD = 39;
const RNRSERVICE_DELETE = 2;
/** LUP_RETURN_*. */
const WANTS = [
  [0x10, 'name'],
  [0x80, 'comment'],
  [0x100, 'addr'],
] as const;
/** PNRP_RESOLVE_CRITERIA, PNRP_SCOPE, PNRP_CLOUD_STATE, by value. */
const CRITERIA = [
  'default',
  'remote-peer-name',
  'nearest-remote-peer-name',
  'non-current-process-peer-name',
  'nearest-non-current-process-peer-name',
  'any-peer-name',
  'nearest-peer-name',
] as const;
const SCOPES = ['any', 'global', 'site-local', 'link-local'] as const;
const STATES = ['virtual', 'synchronising', 'active', 'dead', 'disabled', 'no-net', 'alone'] as const;
/** PNRP_CLOUD_FLAGS. */
const FLAGS = { 'name-local': 1, 'resolve-only': 2, 'full-participant': 4 } as const;
/** RESULT_IS_*. */
const CHANGES = { added: 0x10, changed: 0x20, deleted: 0x40 } as const;

function placeOf({ lpszServiceInstanceName, lpszContext, lpBlob }: NameSet) {
  const { lpSockaddr } = lpBlob.pBlobData.saHint;
  return {
    peerName: lpszServiceInstanceName,
    ...(lpszContext === null ? {} : { cloud: lpszContext }),
    ...(lpSockaddr === null ? {} : { hint: readSocketAddress(lpSockaddr) }),
  };
}

function serviceOf(set: NameSet): PnrpService {
  const { lpwszIdentity, dwLifetime, blobPayload = null, pwszPayload = null } = set.lpBlob.pBlobData;
  const payload = blobPayload === null ? pwszPayload : Buffer.from(blobPayload, 'hex');
  return {
    ...placeOf(set),
    ...(set.lpszComment === null ? {} : { comment: set.lpszComment }),
    addresses: (set.lpcsaBuffer ?? []).map(({ LocalAddr }) => readSocketAddress(LocalAddr.lpSockaddr)),
    ...(lpwszIdentity === null ? {} : { identity: lpwszIdentity }),
    lifetime: dwLifetime,
    ...(payload === null ? {} : { payload }),
  };
}

function queryOf(set: NameSet, flags: number): NameQuery {
  const { nMaxResolve, dwTimeout, enResolveCriteria } = set.lpBlob.pBlobData;
  return {
    ...placeOf(set),
    want: WANTS.filter(([flag]) => (flags & flag) !== 0).map(([, want]) => want),
    max: nMaxResolve,
    timeoutMs: 1000 * dwTimeout,
    criteria: CRITERIA[enResolveCriteria] ?? 'default',
  };
}

function nameFound({ peerName, cloud, comment, addresses, payload }: NameResult) {
  const sent =
    typeof payload === 'string'
      ? { enExtendedPayloadType: 2, pwszPayload: payload }
      : { enExtendedPayloadType: 1, blobPayload: Buffer.from(payload ?? []).toString('hex') };
  return {
    dwNameSpace: NS_PNRPNAME,
    ...(peerName === undefined ? {} : { lpszServiceInstanceName: peerName }),
    ...(comment === undefined ? {} : { lpszComment: comment }),
    lpszContext: cloud,
    lpcsaBuffer: addresses.map((it) => ({ RemoteAddr: { lpSockaddr: socketAddress(it), iSockaddrLength: 28 } })),
    ...(payload === undefined ? {} : { lpBlob: { cbSize: 80, pBlobData: sent } }),
  };
}

function cloudFound({ name, scope, scopeId, state, flags, change }: CloudResult) {
  return {
    dwNameSpace: NS_PNRPCLOUD,
    lpszServiceInstanceName: name,
    dwOutputFlags: change === undefined ? 0 : CHANGES[change],
    lpBlob: {
      cbSize: 24,
      pBlobData: {
        Cloud: { AddressFamily: 23, Scope: SCOPES.indexOf(scope), ScopeId: scopeId },
        enCloudState: STATES.indexOf(state as (typeof STATES)[number]),
        enCloudFlags: flags.reduce((sum, flag) => sum | FLAGS[flag], 0),
      },
    },
  };
}

function lookupOf({ lookups }: System, number: number | undefined): Lookup<NameResult | CloudResult> {
  const known = lookups[number ?? -1];
  if (known === undefined) throw new Error(`no lookup ${number}`);
  return known;
}

/** The name spaces of ws2_32.dll. */
export const WINSOCK: Part = {
  async WSASetServiceW({ platform }, given: { readonly lpqsRegInfo: NameSet; readonly essoperation: number }) {
    const service = serviceOf(given.lpqsRegInfo);
    await (given.essoperation === RNRSERVICE_DELETE
      ? platform.winsock.delete(service)
      : platform.winsock.register(service));
    return {};
  },
  async WSALookupServiceBeginW(
    { platform: { winsock }, lookups },
    given: { readonly lpqsRestrictions: NameSet | CloudSet; readonly dwControlFlags: number },
  ) {
    const set = given.lpqsRestrictions;
    const scope = SCOPES[(set as CloudSet).lpBlob?.pBlobData.Cloud?.Scope ?? 0] ?? 'any';
    const lookup =
      set.dwNameSpace === NS_PNRPCLOUD
        ? await winsock.lookupClouds(scope === 'any' ? {} : { scope })
        : await winsock.lookupName(queryOf(set as NameSet, given.dwControlFlags));
    return { lphLookup: lookups.push(lookup as Lookup<NameResult | CloudResult>) - 1 };
  },
  async WSALookupServiceNextW(system, _given, { handles }) {
    const result = await lookupOf(system, handles.hLookup).next();
    if (result === undefined) return { lpqsResults: null };
    return { lpqsResults: 'scope' in result ? cloudFound(result) : nameFound(result) };
  },
  async WSANSPIoctl(system, _given, { handles }) {
    await lookupOf(system, handles.hLookup).notifyChange();
    return {};
  },
  async WSALookupServiceEnd(system, _given, { handles }) {
    await lookupOf(system, handles.hLookup).end();
    return {};
  },
};
