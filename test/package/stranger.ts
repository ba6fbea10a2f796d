import { execFile } from 'node:child_process';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);

export const checkout = fileURLToPath(new URL('../../', import.meta.url));

/** What a program of somebody else's can name. */
export const specifiers = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'winpeer'));

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

export async function npm(args: readonly string[], folder: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { cwd: folder, shell: process.platform === 'win32', env: { ...process.env, ...env } };
  return (await run('npm', args, options)).stdout;
}

/** The tarball, into this folder. */
export async function pack(folder: string): Promise<Packed> {
  const args = ['pack', checkout, '--json', '--offline', '--ignore-scripts', '--pack-destination', folder];
  return JSON.parse(await npm(args, folder))[0];
}

/** Prints what each specifier exports, sorted, as JSON. */
function exportsProgram(load: (specifier: string) => string): string {
  const loads = specifiers.map((it) => `all['${it}'] = Object.keys(${load(it)}).sort();`);
  return ['const all = {};', ...loads, 'console.log(JSON.stringify(all));'].join('\n');
}

export const importing = exportsProgram((specifier) => `await import('${specifier}')`);
// In a CommonJS program of Node.js 20 the first require() of an ES module prints a warning, on standard error.
export const requiring = exportsProgram((specifier) => `require('${specifier}')`);

/** Of all files below a folder, in bytes. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((it) => it.isFile()).map((it) => lstat(join(it.parentPath, it.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}
