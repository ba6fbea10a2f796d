import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { declarationsOf } from './declarations.ts';
import { type CallClass, exportsOf, fieldsOf, functionsOf } from './table.ts';

/** The areas that each DLL is assembled from, those of them that mingw-w64 has no header for, and what its calls are. */
const DLLS = {
  // Of graphing, structures alone.
  'p2p.dll': { areas: ['identity', 'pnrp', 'grouping', 'collaboration', 'graphing'], undeclared: [], call: 'Call' },
  'p2pgraph.dll': { areas: ['graphing'], undeclared: [], call: 'GraphCall' },
  'peerdist.dll': { areas: ['distribution'], undeclared: ['distribution'], call: 'OverlappedCall' },
} as const satisfies Record<
  string,
  { readonly areas: readonly string[]; readonly undeclared: readonly string[]; readonly call: CallClass }
>;

export type Dll = keyof typeof DLLS;

const COMPILER = 'x86_64-w64-mingw32-g++-posix';
const FLAGS = [
  '-std=c++20',
  '-D_WIN32_WINNT=0x0601',
  '-DWIN32_LEAN_AND_MEAN',
  '-DNOMINMAX',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-static',
  '-s',
];

/** The DLL, compiled unless one of the very same sources is cached. */
export function double(dll: Dll): string {
  return join(compiledDouble(dll), dll);
}

/** A folder with the DLL, its import library and its declarations. */
function compiledDouble(dll: Dll): string {
  const { areas, undeclared, call } = DLLS[dll];
  const functions = functionsOf(dll, areas);
  const generated = {
    'declarations.inc': declarationsOf(undeclared),
    'exports.inc': exportsOf(functions, call),
    'fields.inc': fieldsOf(areas),
    // Without it, mingw-w64 would export what it finds.
    'exports.def': `LIBRARY ${dll}\nEXPORTS\n${functions.map(({ name }) => `  ${name}\n`).join('')}`,
  };
  return compiled(dll, 'dll.cc', generated, [
    '-shared',
    'exports.def',
    '-lws2_32',
    `-Wl,--out-implib,lib${dll.replace('.dll', '.a')}`,
  ]);
}

/** A Node.js addon for Windows: loading it redirects Winsock's name spaces to the double. */
export function winsockDouble(): string {
  return join(compiled('winsock.node', 'winsock.cc', {}, ['-shared', '-lws2_32']), 'winsock.node');
}

/** A program of this folder, compiled likewise. It links with mingw-w64's own import libraries. */
export function program(exe: string): string {
  return join(compiled(exe, exe.replace('.exe', '.cc'), {}, ['-lp2p', '-lp2pgraph', '-ladvapi32', '-lws2_32']), exe);
}

function compiled(
  file: string,
  source: string,
  generated: Readonly<Record<string, string>>,
  flags: readonly string[],
): string {
  const folder = import.meta.dirname;
  const sources = readdirSync(folder).filter((name) => name.endsWith('.h') || name === source);
  const inputs = [
    COMPILER,
    FLAGS,
    flags,
    generated,
    sources.map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  ];
  const hash = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return cached(`${file}-${hash}`, (place) => {
    for (const [name, text] of Object.entries(generated)) writeFileSync(join(place, name), text);
    // The one header of the host: its folder would hide mingw-w64's.
    mkdirSync(join(place, 'include'));
    symlinkSync('/usr/include/nlohmann', join(place, 'include', 'nlohmann'));
    const all = [...FLAGS, `-I${folder}`, '-I.', '-isystem', 'include', join(folder, source), ...flags, '-o', file];
    execFileSync(COMPILER, all, { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  });
}
