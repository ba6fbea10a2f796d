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
};

/** Functions that read from a handle what its script holds for it, one a call, and what they answer after the last. */
const DRAWS: Readonly<Record<string, string>> = {
  PeerPnrpGetEndpoint: 'PEER_E_NO_MORE',
  PeerGroupGetEventData: 'PEER_S_NO_EVENT_DATA',
  PeerCollabGetEventData: 'PEER_S_NO_EVENT_DATA',
};

/** Which member of its union an event's data is, by the type; events of other types carry none. */
const UNIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  PEER_GROUP_EVENT_DATA: {
    PEER_GROUP_EVENT_STATUS_CHANGED: 'dwStatus',
    PEER_GROUP_EVENT_RECORD_CHANGED: 'recordChangeData',
    PEER_GROUP_EVENT_DIRECT_CONNECTION: 'connectionChangeData',
    PEER_GROUP_EVENT_NEIGHBOR_CONNECTION: 'connectionChangeData',
    PEER_GROUP_EVENT_INCOMING_DATA: 'incomingData',
    PEER_GROUP_EVENT_MEMBER_CHANGED: 'memberChangeData',
    PEER_GROUP_EVENT_CONNECTION_FAILED: 'hrConnectionFailedReason',
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
};

/** Exports that are written by hand: what is read or freed there is not of one type. */
const BY_HAND = ['PeerFreeData', 'PeerGetItemCount', 'PeerGetNextItem'];

/** The exports of a DLL that some areas have. */
export function functionsOf(dll: string, names: readonly string[]): readonly WindowsFunction[] {
  return chosen(names)
    .flatMap(({ functions }) => functions)
    .filter((it) => it.dll.toLowerCase() === dll);
}

/** Their C++: each names its parameters to `Call`, of call.h. */
export function exportsOf(functions: readonly WindowsFunction[]): string {
  return functions
    .filter(({ name }) => !BY_HAND.includes(name))
    .map(exported)
    .join('\n');
}

/** The C++ that walks the fields of some areas' structures, of values.h. */
export function fieldsOf(names: readonly string[]): string {
  return chosen(names)
    .flatMap(({ structs }) => structs)
    .map(({ name, fields }) => {
      const lines = fields.flatMap((it) => (it.name === null ? union(name) : [visited(it.name, it.length)]));
      return `void fields(auto visit, Is<${name}> auto& it) {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
    })
    .join('\n');
}

function visited(field: string, length = LENGTHS[field]): string {
  const count = length === undefined ? '' : `, it.${length}`;
  return `visit("${field}", it.${field}${count});`;
}

function union(structure: string): readonly string[] {
  return Object.entries(UNIONS[structure] ?? {}).map(
    ([type, member]) => `if (it.eventType == ${type}) ${visited(member)}`,
  );
}

function chosen(names: readonly string[]): readonly Area[] {
  return areas.filter(({ area }) => names.includes(area));
}

function exported(fn: WindowsFunction): string {
  const { name, returns, parameters } = fn;
  const prototype = `${returns} WINAPI ${name}(${parameters.map((it) => `${it.type} ${it.name}`).join(', ')})`;
  const lines = [`Call call("${name}");`, ...parameters.flatMap((it) => told(fn, it)), 'return call.answer();'];
  return `${prototype} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

function told({ name: fn, parameters, handleKind }: WindowsFunction, parameter: Parameter): readonly string[] {
  const { name, type, direction, optional, length } = parameter;
  const presence = optional ? 'kOptional' : 'kRequired';
  const count = length?.replace('*', '');
  const created = handleKind?.creates?.find((it) => it.parameter === name);
  if (created?.kind === 'HCRYPTPROV') return [`call.out_key("${name}", ${name});`];
  if (created !== undefined) {
    const item = ITEMS[fn] === undefined ? '' : `<${ITEMS[fn]}>`;
    return [`call.opens${item}("${name}", ${name}, "${created.kind}", ${presence});`];
  }
  if (type === 'HCRYPTPROV') return [`call.key("${name}", ${name});`];
  if (name === 'hEvent') return [`call.event("${name}", ${name}, ${presence});`];
  if (type === 'HWND') return [`call.in("${name}", reinterpret_cast<ULONG_PTR>(${name}), ${presence});`];
  const kind = type === 'HANDLE' ? 'invitation HANDLE' : type;
  if (handleKind?.frees === kind) return [`call.closes("${name}", ${name}, "${kind}");`];
  if (handleKind?.uses?.includes(kind))
    return [`call.uses("${name}", ${name}, "${kind}");`, ...drawn(fn, parameters, parameter)];
  if (type === 'PVOID') return [`call.in("${name}", static_cast<BYTE*>(${name}), ${count}, ${presence});`];
  if (direction === 'in' && count !== undefined) return [`call.in("${name}", ${name}, ${count}, ${presence});`];
  if (direction === 'in' || direction === 'inout') return [`call.in("${name}", ${name}, ${presence});`];
  if (count !== undefined) return [`call.out("${name}", ${name}, ${count});`];
  // Where a list's count goes is told with the list.
  if (parameters.some((it) => it.length === `*${name}`)) return [];
  return [`call.out("${name}", ${name}, ${presence});`];
}

function drawn(fn: string, parameters: readonly Parameter[], handle: Parameter): readonly string[] {
  const end = DRAWS[fn];
  const out = parameters.find(({ direction }) => direction === 'out');
  if (end === undefined || out === undefined) return [];
  return [`call.draws("${out.name}", ${handle.name}, "${handle.type}", ${codes[end]?.code});`];
}
