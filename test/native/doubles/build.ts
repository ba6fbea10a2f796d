import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { declarationsOf } from './declarations.ts';
import { type CallClass, exportsOf, fieldsOf, functionsOf, prototypesOf } from './table.ts';

interface Family {
  /** One object of all of their exports is compiled, and each has its own of it. */
  readonly dlls: readonly string[];
  readonly areas: readonly string[];
  /** The areas that mingw-w64 has no header for. */
  readonly undeclared: readonly string[];
  readonly call: CallClass;
}

const FAMILIES = [
  // Of graphing, structures alone.
  {
    dlls: ['p2p.dll'],
    areas: ['identity', 'pnrp', 'grouping', 'collaboration', 'graphing'],
    undeclared: [],
    call: 'Call',
  },
  { dlls: ['p2pgraph.dll'], areas: ['graphing'], undeclared: [], call: 'GraphCall' },
  {
    dlls: ['drt.dll', 'drtprov.dll', 'drttransport.dll'],
    areas: ['drt'],
    undeclared: ['drt'],
    call: 'DrtCall',
  },
  { dlls: ['peerdist.dll'], areas: ['distribution'], undeclared: ['distribution'], call: 'OverlappedCall' },
] as const satisfies readonly Family[];

export type Dll = (typeof FAMILIES)[number]['dlls'][number];

/** Where each kind of call is. */
const HEADERS: Readonly<Record<CallClass, string>> = {
  Call: 'call.h',
  GraphCall: 'graph-call.h',
  DrtCall: 'drt-call.h',
  OverlappedCall: 'overlapped-call.h',
};

const FOLDER = import.meta.dirname;

/** The header of those here that includes the most. */
const COMMON = 'values.h';

const COMPILER = 'x86_64-w64-mingw32-g++-posix';
const FLAGS = [
  '-std=c++20',
  // As fast to compile as without, and a tenth of the time to link.
  '-Og',
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
  return join(doubles(familyOf(dll)), dll);
}

function familyOf(dll: Dll): Family {
  const families: readonly Family[] = FAMILIES;
  return families.find(({ dlls }) => dlls.includes(dll)) as Family;
}

/** A folder with a family's DLLs, their import libraries and their declarations. */
function doubles({ dlls, areas, undeclared, call }: Family): string {
  const functions = dlls.flatMap((dll) => functionsOf(dll, areas));
  const generated = {
    'call.inc': `#include "${HEADERS[call]}"\n`,
    'declarations.inc': declarationsOf(undeclared),
    'exports.inc': exportsOf(functions, call),
    'prototypes.inc': prototypesOf(functions),
    'fields.inc': fieldsOf(areas),
    ...Object.fromEntries(dlls.map((dll) => [`${dll}.def`, definitionOf(dll, areas)])),
  };
  return built(dlls[0] as string, 'dll.cc', generated, (source) => [
    [source, '-c', '-o', 'dll.o'],
    ...dlls.map((dll) => ['dll.o', '-shared', `${dll}.def`, '-lws2_32', `-Wl,--out-implib,${library(dll)}`, '-o', dll]),
  ]);
}

/** What the DLL exports; without it, mingw-w64 would export what it finds. */
function definitionOf(dll: string, names: readonly string[]): string {
  const exported = [...functionsOf(dll, names).map(({ name }) => name), 'DoubleHandleName'];
  return `LIBRARY ${dll}\nEXPORTS\n${exported.map((name) => `  ${name}\n`).join('')}`;
}

function library(dll: string): string {
  return `lib${dll.replace('.dll', '.a')}`;
}

/** A Node.js addon for Windows: loading it redirects Winsock's name spaces to the double. */
export function winsockDouble(): string {
  const file = 'winsock.node';
  return join(
    built(file, 'winsock.cc', {}, (source) => [[source, '-shared', '-lws2_32', '-o', file]]),
    file,
  );
}

/** A program of this folder, compiled likewise. It links with mingw-w64's own import libraries, or with those of these doubles. */
export function program(exe: string, dll?: Dll): string {
  const own = dll === undefined ? undefined : familyOf(dll);
  const folder = own === undefined ? undefined : doubles(own);
  const flags = [
    ...(folder === undefined ? [] : [`-I${folder}`]),
    ...(own?.dlls.map((it) => join(`${folder}`, library(it))) ?? LIBRARIES),
  ];
  return join(
    built(exe, exe.replace('.exe', '.cc'), {}, (source) => [[source, ...flags, '-o', exe]]),
    exe,
  );
}

const LIBRARIES = ['-lp2p', '-lp2pgraph', '-ladvapi32', '-lws2_32'];

/** A folder where these commands of the compiler were run; their source is one of this folder. */
function built(
  name: string,
  source: string,
  generated: Readonly<Record<string, string>>,
  commands: (source: string) => readonly (readonly string[])[],
): string {
  const inputs = [commands(source), generated, textsOf((it) => it.endsWith('.h') || it === source)];
  return compiled(name, inputs, (place) => {
    for (const [file, text] of Object.entries(generated)) writeFileSync(join(place, file), text);
    return commands(join(FOLDER, source)).map((it) => ['-include', join(precompiled(), COMMON), ...it]);
  });
}

/** What all of them include is read once: that is half of the work. */
function precompiled(): string {
  const inputs = textsOf((it) => it.endsWith('.h'));
  return compiled(COMMON, inputs, () => [['-x', 'c++-header', join(FOLDER, COMMON), '-o', `${COMMON}.gch`]]);
}

function textsOf(wanted: (file: string) => boolean): readonly (readonly [string, string])[] {
  return readdirSync(FOLDER)
    .filter(wanted)
    .map((it) => [it, readFileSync(join(FOLDER, it), 'utf8')]);
}

function compiled(
  name: string,
  inputs: unknown,
  commandsIn: (place: string) => readonly (readonly string[])[],
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([COMPILER, FLAGS, inputs]))
    .digest('hex')
    .slice(0, 16);
  return cached(`${name}-${hash}`, (place) => {
    // The one header of the host: its folder would hide mingw-w64's.
    mkdirSync(join(place, 'include'));
    symlinkSync('/usr/include/nlohmann', join(place, 'include', 'nlohmann'));
    for (const command of commandsIn(place)) {
      const all = [...FLAGS, `-I${FOLDER}`, '-I.', '-isystem', 'include', ...command];
      execFileSync(COMPILER, all, { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  });
}
