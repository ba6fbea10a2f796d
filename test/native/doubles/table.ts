import { areas, codes } from '../../../scripts/inventory.mjs';

type Area = (typeof areas)[number];
type WindowsFunction = Area['functions'][number];
type Parameter = WindowsFunction['parameters'][number];

/** What the pointers lead to that `PeerGetNextItem` gives for an enumeration: the pages say it, no prototype does. */
const ITEMS: Readonly<Record<string, string>> = {
  PeerEnumIdentities: 'PEER_NAME_PAIR',
  PeerEnumGroups: 'PEER_NAME_PAIR',
  PeerGroupEnumMembers: 'PEER_MEMBER',
  PeerGroupEnumConnections: 'PEER_CONNECTION_INFO',
  PeerGroupEnumRecords: 'PEER_RECORD',
  PeerGroupSearchRecords: 'PEER_RECORD',
  PeerCollabEnumApplicationRegistrationInfo: 'PEER_APPLICATION_REGISTRATION_INFO',
  PeerCollabEnumApplications: 'PEER_APPLICATION',
  PeerCollabEnumObjects: 'PEER_OBJECT',
  PeerCollabEnumEndpoints: 'PEER_ENDPOINT',
  PeerCollabEnumPeopleNearMe: 'PEER_PEOPLE_NEAR_ME',
  PeerCollabEnumContacts: 'PEER_CONTACT',
  PeerGraphEnumConnections: 'PEER_CONNECTION_INFO',
  PeerGraphEnumNodes: 'PEER_NODE_INFO',
  PeerGraphEnumRecords: 'PEER_RECORD',
  PeerGraphSearchRecords: 'PEER_RECORD',
};

/** Functions that go on after they have returned and of which a handle has one at a time, by how their names begin. */
const ALONE: Readonly<Record<string, string>> = {
  PeerDistRegisterForStatusChangeNotification: 'PeerDistRegisterForStatusChangeNotification',
  PeerDistRegisterForStatusChangeNotificationEx: 'PeerDistRegisterForStatusChangeNotification',
  PeerDistServerPublishAddToStream: 'PeerDistServerPublish',
  PeerDistServerPublishCompleteStream: 'PeerDistServerPublish',
  PeerDistServerRetrieveContentInformation: 'PeerDistServerRetrieve',
  PeerDistClientAddContentInformation: 'PeerDistClientAddContentInformation',
};

/** Those that take the place where they begin from their OVERLAPPED. */
const AT_OFFSET: readonly string[] = ['PeerDistClientAddData', 'PeerDistClientBlockRead'];

/** What ends those that go on: the function, and how to find them. */
const ENDS: Readonly<Record<string, string>> = {
  PeerDistUnregisterForStatusChangeNotification: 'call.ends("PeerDistRegisterForStatusChangeNotification");',
  PeerDistServerUnpublish: 'call.ends_labelled("pContentIdentifier");',
};

/** What the script need not say: the service is there, and its status does not change. */
const USUALLY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  PeerDistStartup: { pdwSupportedVersion: 2 },
  PeerDistGetStatus: { pPeerDistStatus: 2 },
  PeerDistGetStatusEx: { pPeerDistStatus: { status: 2, dwMinVer: 1, dwMaxVer: 2 } },
  PeerDistRegisterForStatusChangeNotification: { completes: false },
  PeerDistRegisterForStatusChangeNotificationEx: { completes: false },
};

/** What the DRT's functions say of themselves that parameters do not. */
const DRT: Readonly<Record<string, string>> = {
  DrtClose: 'call.detaches(hDrt);',
  DrtContinueSearch: 'call.signals();',
  DrtStartSearch: 'call.has_path();',
};

/** What their places and sizes are of. */
const DRT_PLACES: Readonly<Record<string, string>> = {
  pSettings: 'call.settings("pSettings", pSettings);',
  pKey: 'call.key_into("pKey", pKey);',
  pulEventDataLen: 'call.measures<DRT_EVENT_DATA>("pulEventDataLen", pulEventDataLen);',
  pEventData: 'call.draws("pEventData", pEventData, ulEventDataLen);',
  pulSearchResultSize: 'call.measures<DRT_SEARCH_RESULT>("pulSearchResultSize", pulSearchResultSize);',
  pSearchResult: 'call.draws("pSearchResult", pSearchResult, ulSearchResultSize);',
  pulSearchPathSize: 'call.path_size("pulSearchPathSize", pulSearchPathSize);',
  pSearchPath: 'call.path("pSearchPath", pSearchPath, ulSearchPathSize);',
  pulcbInstanceNameSize: 'call.name_size("pulcbInstanceNameSize", pulcbInstanceNameSize);',
  pwzDrtInstanceName: 'call.instance_name("pwzDrtInstanceName", pwzDrtInstanceName, ulcbInstanceNameSize);',
};

/** What a place of no type is for. */
const UNTYPED: Readonly<Record<string, string>> = {
  PeerDistClientGetInformationByHandle: 'PEERDIST_CLIENT_BASIC_INFO',
};

/** Functions that read from a handle what its script holds for it, one a call, and what they answer after the last. */
const DRAWS: Readonly<Record<string, string>> = {
  PeerGraphGetEventData: 'PEER_S_NO_EVENT_DATA',
  PeerPnrpGetEndpoint: 'PEER_E_NO_MORE',
  PeerGroupGetEventData: 'PEER_S_NO_EVENT_DATA',
  PeerCollabGetEventData: 'PEER_S_NO_EVENT_DATA',
};

/** Which members of its union an event's data is, by the type; events of other types carry none. */
const UNIONS: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> = {
  DRT_EVENT_DATA: {
    DRT_EVENT_STATUS_CHANGED: ['statusChange.status', 'statusChange.bootstrapAddresses.pAddresses'],
    DRT_EVENT_LEAFSET_KEY_CHANGED: [
      'leafsetKeyChange.change',
      'leafsetKeyChange.localKey',
      'leafsetKeyChange.remoteKey',
    ],
    DRT_EVENT_REGISTRATION_STATE_CHANGED: ['registrationStateChange.state', 'registrationStateChange.localKey'],
  },
  PEER_GROUP_EVENT_DATA: {
    PEER_GROUP_EVENT_STATUS_CHANGED: 'dwStatus',
    PEER_GROUP_EVENT_RECORD_CHANGED: 'recordChangeData',
    PEER_GROUP_EVENT_DIRECT_CONNECTION: 'connectionChangeData',
    PEER_GROUP_EVENT_NEIGHBOR_CONNECTION: 'connectionChangeData',
    PEER_GROUP_EVENT_INCOMING_DATA: 'incomingData',
    PEER_GROUP_EVENT_MEMBER_CHANGED: 'memberChangeData',
    PEER_GROUP_EVENT_CONNECTION_FAILED: 'hrConnectionFailedReason',
  },
  PEER_GRAPH_EVENT_DATA: {
    PEER_GRAPH_EVENT_STATUS_CHANGED: 'dwStatus',
    PEER_GRAPH_EVENT_RECORD_CHANGED: 'recordChangeData',
    PEER_GRAPH_EVENT_DIRECT_CONNECTION: 'connectionChangeData',
    PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION: 'connectionChangeData',
    PEER_GRAPH_EVENT_INCOMING_DATA: 'incomingData',
    PEER_GRAPH_EVENT_NODE_CHANGED: 'nodeChangeData',
    PEER_GRAPH_EVENT_SYNCHRONIZED: 'synchronizedData',
  },
  PEER_COLLAB_EVENT_DATA: {
    PEER_EVENT_WATCHLIST_CHANGED: 'watchListChangedData',
    PEER_EVENT_ENDPOINT_CHANGED: 'endpointChangedData',
    PEER_EVENT_MY_ENDPOINT_CHANGED: 'endpointChangedData',
    PEER_EVENT_ENDPOINT_PRESENCE_CHANGED: 'presenceChangedData',
    PEER_EVENT_MY_PRESENCE_CHANGED: 'presenceChangedData',
    PEER_EVENT_ENDPOINT_APPLICATION_CHANGED: 'applicationChangedData',
    PEER_EVENT_MY_APPLICATION_CHANGED: 'applicationChangedData',
    PEER_EVENT_ENDPOINT_OBJECT_CHANGED: 'objectChangedData',
    PEER_EVENT_MY_OBJECT_CHANGED: 'objectChangedData',
    PEER_EVENT_PEOPLE_NEAR_ME_CHANGED: 'peopleNearMeChangedData',
    PEER_EVENT_REQUEST_STATUS_CHANGED: 'requestStatusChangedData',
  },
};

/** What counts a list, where the inventory does not say. */
const LENGTHS: Readonly<Record<string, string>> = {
  pRoles: 'cRoles',
  ppwzClassifiers: 'cClassifiers',
  pAddresses: 'cAddresses',
  pbSecurityInfo: 'cbSecurityInfo',
  'statusChange.bootstrapAddresses.pAddresses': 'statusChange.bootstrapAddresses.cntAddress',
};

/** The exports of a DLL that some areas have. */
export function functionsOf(dll: string, names: readonly string[]): readonly WindowsFunction[] {
  return chosen(names)
    .flatMap(({ functions }) => functions)
    .filter((it) => it.dll.toLowerCase() === dll);
}

/** Their C++: each names its parameters to `Call`, of call.h. */
export function exportsOf(functions: readonly WindowsFunction[], call: CallClass): string {
  return functions.map((it) => exported(it, call)).join('\n');
}

/** The C++ that declares them, for programs that link with the double. */
export function prototypesOf(functions: readonly WindowsFunction[]): string {
  return functions.map((it) => `extern "C" ${prototypeOf(it)};\n`).join('');
}

function prototypeOf({ name, returns, parameters }: WindowsFunction): string {
  return `${returns} WINAPI ${name}(${parameters.map((it) => `${it.type} ${it.name}`).join(', ')})`;
}

/** What the exports of a DLL name their parameters to. */
export type CallClass = 'Call' | 'GraphCall' | 'DrtCall' | 'OverlappedCall';

/** The C++ that walks the fields of some areas' structures, of values.h. */
export function fieldsOf(names: readonly string[]): string {
  return chosen(names)
    .flatMap(({ structs }) => structs)
    .map(({ name, fields }) => {
      const lines = fields.flatMap((it) => {
        if (it.name === null) return union(name, fields[0]?.name ?? '');
        // As many as there are, at the end of what is never handed over.
        return it.type.endsWith('[1]') ? [] : [visited(it.name, it.length)];
      });
      const body = lines.map((line) => `  ${line}\n`).join('');
      return `void fields(auto visit, Is<${name}> auto& it) {\n${body}}\n${fields[0]?.name === 'cbSize' ? sized(name) : ''}`;
    })
    .join('\n');
}

function sized(structure: string): string {
  return `template <>\nconstexpr std::string_view doubles::kSize<${structure}> = "cbSize";\n`;
}

function visited(field: string, length = LENGTHS[field]): string {
  const count = length === undefined ? '' : `, it.${length}`;
  return `visit("${field}", it.${field}${count});`;
}

function union(structure: string, by: string): readonly string[] {
  return Object.entries(UNIONS[structure] ?? {}).flatMap(([type, members]) =>
    [members].flat().map((member) => `if (it.${by} == ${type}) ${visited(member)}`),
  );
}

function chosen(names: readonly string[]): readonly Area[] {
  return areas.filter(({ area }) => names.includes(area));
}

function exported(fn: WindowsFunction, call: CallClass): string {
  const { name, parameters } = fn;
  const lines = [
    `${call} call("${name}");`,
    ...parameters.flatMap((it) => (call === 'DrtCall' ? toldDrt(fn, it) : told(fn, it))),
    ...(DRT[name] === undefined ? [] : [DRT[name]]),
    ...(ALONE[name] === undefined ? [] : [`call.alone("${ALONE[name]}");`]),
    ...(ENDS[name] === undefined ? [] : [ENDS[name]]),
    ...(call === 'GraphCall' && parameters[0]?.type === 'HGRAPH' ? ['call.calls_back(hGraph);'] : []),
    ...(USUALLY[name] === undefined ? [] : [`call.usually(R"(${JSON.stringify(USUALLY[name])})");`]),
    ANSWERS[fn.returns] ?? 'return call.answer();',
  ];
  return `${prototypeOf(fn)} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

const ANSWERS: Readonly<Record<string, string>> = {
  VOID: 'call.answer();',
  void: 'call.answer();',
  BOOL: 'return call.succeeds();',
};

/** What a parameter says to `call`. */
function told(fn: WindowsFunction, parameter: Parameter): readonly string[] {
  const { name, type, direction, optional, length } = parameter;
  const { parameters, handleKind } = fn;
  const presence = optional ? 'kOptional' : 'kRequired';
  const count = length?.replace('*', '');
  const goesOn = parameters.some((it) => it.name === 'lpOverlapped') && fn.returns === 'DWORD';
  const created = handleKind?.creates?.find((it) => it.parameter === name);
  if (created?.kind === 'HCRYPTPROV') return [`call.out_key("${name}", ${name});`];
  if (created !== undefined) {
    const item = ITEMS[fn.name] === undefined ? '' : `<${ITEMS[fn.name]}>`;
    return [`call.opens${item}("${name}", ${name}, "${created.kind}", ${presence});`];
  }
  if (handleKind?.frees === 'returned memory') return [`call.frees("${name}", ${name});`];
  if (type === 'HCRYPTPROV') return [`call.key("${name}", ${name});`];
  if (type === 'LPOVERLAPPED') return overlapped(fn, parameter);
  if (type === 'PPEER_SECURITY_INTERFACE') return [`call.secures("${name}", ${name}, ${presence});`];
  if (name === 'hEvent') return [`call.event("${name}", ${name}, ${presence});`];
  if (name === 'hCompletionPort') return [`call.system_handle("${name}", ${name}, ${presence});`];
  if (type === 'HWND') return [`call.in("${name}", reinterpret_cast<ULONG_PTR>(${name}), ${presence});`];
  const kind = type === 'HANDLE' ? 'invitation HANDLE' : type;
  if (handleKind?.frees === kind) return [`call.closes("${name}", ${name}, "${kind}");`];
  if (handleKind?.uses?.includes(kind)) return [`call.uses("${name}", ${name}, "${kind}");`, ...drawn(fn)];
  if (type === 'PVOID' && count !== undefined)
    return [`call.in("${name}", static_cast<BYTE*>(${name}), ${count}, ${presence});`];
  const untyped = UNTYPED[fn.name];
  if (type === 'LPVOID') return [`call.out("${name}", static_cast<${untyped}*>(${name}), ${presence});`];
  if (goesOn && count !== undefined) {
    return direction === 'in'
      ? [`call.lends("${name}", ${name}, ${count});`]
      : [`call.awaits("${name}", ${name}, ${count});`];
  }
  if (direction === 'in' && count !== undefined) return [`call.in("${name}", ${name}, ${count}, ${presence});`];
  // Told with the OVERLAPPED.
  if (fn.returns === 'BOOL' && direction === 'out') return [];
  const handed = [`call.in("${name}", ${name}, ${presence});`];
  if (direction === 'in' || !/\*|^L?P/.test(type)) return handed;
  // Where a list's count goes is told with the list.
  if (parameters.some((it) => it.length === `*${name}`)) return direction === 'inout' ? handed : [];
  if (name === COUNTS) return [`call.counts("${name}", ${name});`];
  if (goesOn) return [...(direction === 'inout' ? handed : []), `call.awaits("${name}", ${name});`];
  if (direction === 'inout') return [...handed, `call.changes("${name}", ${name});`];
  return [`call.out("${name}", ${name}, ${count ?? presence});`];
}

/** Providers are structures that their callers may make themselves, and so no handles; which function makes one says what it is. */
function toldDrt(fn: WindowsFunction, parameter: Parameter): readonly string[] {
  const { name, type, direction } = parameter;
  const created = fn.handleKind?.creates?.find((it) => it.parameter === name);
  const kind = fn.name.replace(/^Drt(Create|Delete)/, '');
  if (created?.kind.endsWith('PROVIDER')) return [`call.provides("${name}", ${name}, "${kind}");`];
  if (type === `${fn.handleKind?.frees} *`) return [`call.closes("${name}", ${name}, "${kind}");`];
  const place = DRT_PLACES[name];
  if (place !== undefined && (direction === 'out' || name === 'pSettings')) return [place];
  return told(fn, parameter);
}

/** How many contents the enumeration has, where no list goes with it. */
const COUNTS = 'pCount';

function overlapped(
  { name: fn, returns, parameters }: WindowsFunction,
  { name, optional }: Parameter,
): readonly string[] {
  if (returns === 'BOOL') {
    const count = 'lpNumberOfBytesTransferred';
    return [`call.result_of("${name}", ${name}, "${count}", ${count});`];
  }
  const label = 'pContentIdentifier';
  if (name === 'pOverlapped' && parameters.some((it) => it.name === label))
    return [`call.cancels("${name}", ${name}, "${label}");`];
  if (name === 'pOverlapped') return [`call.cancels("${name}", ${name}, ${optional ? 'kOptional' : 'kRequired'});`];
  return [`call.overlapped("${name}", ${name}, call.${AT_OFFSET.includes(fn) ? 'kAtOffset' : 'kNoOffset'});`];
}

function drawn({ name, parameters }: WindowsFunction): readonly string[] {
  const end = DRAWS[name];
  const out = parameters.find(({ direction }) => direction === 'out');
  if (end === undefined || out === undefined) return [];
  return [`call.draws("${out.name}", ${codes[end]?.code});`];
}
