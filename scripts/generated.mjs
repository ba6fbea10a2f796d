// How a generator hands over a file: written, or with `--check` compared, so that no generated file is ever out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @param {string} path From the root. @param {string} text */
export function generated(path, text) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8').replaceAll('\r\n', '\n') !== text) {
    console.error(`${path} is out of date: run node ${relative(process.cwd(), process.argv[1] ?? '')}`);
    process.exitCode = 1;
  }
}
