// Imports point down only: cli, dashboard -> lib -> contract, and fallback, backend/native -> contract, errors.
import { posix } from 'node:path';
import { Visitor } from 'oxc-parser';

/** @typedef {import('./source.mjs').Fault} Fault */
/** @typedef {{ start: number, specifier: string, type: boolean }} Import */

/** Folders of fallback/ that every area stands on. */
const SHARED = ['wire', 'names', 'certificates', 'routing', 'multicast', 'ssdp', 'ws-discovery'];

/** Of lib, what the native backend may import. */
const NATIVE_STANDS_ON = /^lib\/(errors(\.ts|\/)|backend\/(contract|native)\/)/;

/** @param {import('./source.mjs').Source} source @returns {Fault[]} */
export function importDirections(source) {
  return imports(source).flatMap(({ start, specifier, type }) => {
    const to = specifier.startsWith('.')
      ? posix.join(posix.dirname(source.path), specifier).replace(/\.js$/, '.ts')
      : specifier;
    const why = refusal(source.path, to, type);
    return why === undefined ? [] : [source.fault(start, `imports ${to}: ${why}`)];
  });
}

/** Why `from` must not import `to`. @param {string} from @param {string} to @param {boolean} type @returns {string | undefined} */
function refusal(from, to, type) {
  const inLib = from.startsWith('lib/');
  if (to.startsWith('#') || to === 'winpeer' || to.startsWith('winpeer/')) return 'the package imports itself by path';
  if (inLib && to.startsWith('fallback/') && !mayUseFallback(from, to)) {
    return 'only lib/backend/select.ts knows the fallback, and lib/testing.ts its virtual network';
  }
  if (from.startsWith('lib/backend/contract/') && !to.startsWith('lib/backend/contract/')) {
    return 'a contract stands on contracts alone';
  }
  if (from.startsWith('lib/backend/native/') && to.startsWith('lib/') && !NATIVE_STANDS_ON.test(to)) {
    return 'the native backend stands on contracts and errors';
  }
  if (inLib && /^lib\/(cli|dashboard)\//.test(to) && !/^lib\/(cli|dashboard)\//.test(from)) {
    return 'the library does not know its commands';
  }
  if (from.startsWith('fallback/')) return fallbackRefusal(from, to, type);
  return undefined;
}

/** @param {string} from @param {string} to */
function mayUseFallback(from, to) {
  return from === 'lib/backend/select.ts' || (from === 'lib/testing.ts' && to.startsWith('fallback/runtime/virtual/'));
}

/** @param {string} from @param {string} to @param {boolean} type */
function fallbackRefusal(from, to, type) {
  if (to.startsWith('lib/backend/contract/')) return type ? undefined : 'of a contract only types';
  if (to.startsWith('lib/')) {
    return /^lib\/errors(\.ts|\/)/.test(to) ? undefined : 'of lib, the fallback knows contracts and errors';
  }
  if (!to.startsWith('fallback/')) return undefined;
  const [here, there] = [area(from), area(to)];
  if (here === there || there === undefined || (SHARED.includes(there) && here !== 'wire')) return undefined;
  if (there === 'runtime') return type ? undefined : 'of the runtime only types: a Host is handed in';
  return 'an area reaches another through its contract';
}

/** The folder of fallback/ that a file is in. @param {string} path */
function area(path) {
  const [, folder, file] = path.split('/');
  return file === undefined ? undefined : folder;
}

/** @param {import('./source.mjs').Source} source @returns {Import[]} */
function imports(source) {
  const { staticImports, staticExports } = source.module;
  /** @type {Import[]} */
  const found = staticImports.map(({ start, moduleRequest, entries }) => ({
    start,
    specifier: moduleRequest.value,
    type: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  for (const { start, entries } of staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) found.push({ start, specifier: moduleRequest.value, type: isType });
    }
  }
  new Visitor({
    ImportExpression: ({ start, source: target }) => {
      if (target.type === 'Literal' && typeof target.value === 'string') {
        found.push({ start, specifier: target.value, type: false });
      }
    },
    TSImportType: ({ start, source: { value } }) => void found.push({ start, specifier: value, type: true }),
  }).visit(source.program);
  return found;
}
