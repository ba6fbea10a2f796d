// What the generators read: the inventory of the Windows API, and the conformance cases by their titles.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ name: string, type: string, direction: 'in' | 'out' | 'inout', optional: boolean, length?: string }} Parameter
 * @typedef {{
 *   uses?: string[], frees?: string, creates?: { kind: string, parameter: string }[],
 * }} HandleKind
 * @typedef {{
 *   name: string, dll: string, returns: string, parameters: Parameter[], handleKind: HandleKind | null,
 *   errors: string[], completionErrors?: string[], successCodes?: string[],
 * }} WindowsFunction
 * @typedef {{
 *   name: string | null, type: string, length?: string, returns?: string, parameters?: Parameter[], members?: Field[],
 * }} Field
 * @typedef {{ name: string, fields: Field[] }} Structure
 * @typedef {{ name: string, returns: string, parameters: Parameter[] }} Callback
 * @typedef {{ name: string, values: Record<string, number> }} Enumeration
 * @typedef {{
 *   area: string, functions: WindowsFunction[], structs: Structure[], enums: Enumeration[],
 *   handleTypes: Record<string, string>, callbacks: Callback[],
 * }} Area
 */

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} path From the root. */
export function read(path) {
  return readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');
}

/** @type {{ areas: readonly Area[], errors: Readonly<Record<string, { code: string }>> }} */
const inventory = JSON.parse(read('data/inventory.json'));

/** Codes by their symbols. */
export const codes = inventory.errors;

/** By the names that the areas have here. */
export const areas = inventory.areas.map((it) => ({ ...it, area: it.area.replace('-pnrp', '') }));

/** The cases as they run, without the backend that each ran on: `{ area, title }`. */
export function conformanceCases() {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, 'list', 'test/conformance', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status !== 0) throw new Error(`vitest list: ${stderr}${stdout}`);
  /** @type {{ name: string }[]} */
  const listed = JSON.parse(stdout.slice(stdout.indexOf('[')));
  const titles = new Set(listed.map(({ name }) => name.replace(/^(\w+): .*? > /, '$1: ')));
  return [...titles].map((name) => {
    const [, area = '', title = ''] = /^(\w+): (.*)$/s.exec(name) ?? [];
    return { area, title };
  });
}

/** One row of a Markdown table. @param {readonly string[]} cells */
export function row(...cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The head of a Markdown table. @param {readonly string[]} titles */
export function head(...titles) {
  return `${row(...titles)}\n${row(...titles.map(() => '---'))}`;
}
