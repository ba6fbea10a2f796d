// A TypeScript file as the rules of this folder see it: its path from the root, its syntax tree, and lines for offsets.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseSync } from 'oxc-parser';

/** @typedef {{ path: string, line: number, message: string }} Fault */
/** @typedef {ReturnType<typeof parse>} Source */

/** @param {string} path @param {string} text */
export function parse(path, text) {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`);
  return {
    path,
    program,
    module,
    comments,
    /** @param {number} start @param {number} end */
    text: (start, end) => text.slice(start, end),
    /** @param {number} offset @param {string} message @returns {Fault} */
    fault: (offset, message) => ({ path, line: text.slice(0, offset).split('\n').length, message }),
  };
}

/** The paths of all files in `folders` that end in `ending`, from the working directory, with slashes. @param {string[]} folders @param {string} ending */
export function paths(folders, ending) {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(ending))
    .map((path) => path.replaceAll(sep, '/'))
    .sort();
}

/** @param {string[]} folders */
export function sources(...folders) {
  return paths(folders, '.ts').map((path) => parse(path, readFileSync(path, 'utf8')));
}
