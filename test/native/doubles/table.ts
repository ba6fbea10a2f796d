import { areas, codes } from '../../../scripts/inventory.mjs';

type Area = (typeof areas)[number];
type WindowsFunction = Area['functions'][number];
type Parameter = WindowsFunction['parameters'][number];

/** What the pointers lead to that `PeerGetNextItem` gives for an enumeration: the pages say it, no prototype does. */
const ITEMS: Readonly<Record<string, string>> = {
  PeerEnumIdentities: 'PEER_NAME_PAIR',
  PeerEnumGroups: 'PEER_NAME_PAIR',
};

/** Functions that read from a handle what its script holds for it, one a call, and what they answer after the last. */
const DRAWS: Readonly<Record<string, string>> = { PeerPnrpGetEndpoint: 'PEER_E_NO_MORE' };

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
  const structures = chosen(names).flatMap(({ structs }) => structs);
  return structures
    .map(({ name, fields }) => {
      const lines = fields.map((it) =>
        it.length === undefined
          ? `  visit("${it.name}", it.${it.name});`
          : `  visit("${it.name}", it.${it.name}, it.${it.length});`,
      );
      return `void fields(auto visit, Is<${name}> auto& it) {\n${lines.join('\n')}\n}\n`;
    })
    .join('\n');
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
  if (type === 'HANDLE') return [`call.event("${name}", ${name}, ${presence});`];
  if (handleKind?.frees === type) return [`call.closes("${name}", ${name}, "${type}");`];
  if (handleKind?.uses?.includes(type))
    return [`call.uses("${name}", ${name}, "${type}");`, ...drawn(fn, parameters, parameter)];
  if (direction === 'in' && count !== undefined) return [`call.in("${name}", ${name}, ${count}, ${presence});`];
  if (direction === 'in' || direction === 'inout') return [`call.in("${name}", ${name}, ${presence});`];
  if (count !== undefined) return [`call.out("${name}", ${name}, ${count});`];
  // Where a list's count goes is told with the list.
  if (parameters.some((it) => it.length === `*${name}`)) return [];
  return [`call.out("${name}", ${name});`];
}

function drawn(fn: string, parameters: readonly Parameter[], handle: Parameter): readonly string[] {
  const end = DRAWS[fn];
  const out = parameters.find(({ direction }) => direction === 'out');
  if (end === undefined || out === undefined) return [];
  return [`call.draws("${out.name}", ${handle.name}, "${handle.type}", ${codes[end]?.code});`];
}
