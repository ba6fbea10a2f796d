import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PeerError } from '../errors.js';
import { action } from './session.js';

/** What is built with: not among the package's dependencies, because its users don't compile. */
const TOOLS = ['node-gyp', 'node-addon-api'] as const;

export function addBuildNative(program: Command): void {
  program
    .command('build-native')
    .description('compile the addon on this Windows, from the sources in this package')
    .action(
      action(async ({ out }) => {
        if (process.platform !== 'win32') {
          throw failure(
            `the addon calls the DLLs of Windows: there is nothing to build on ${process.platform}`,
            'E_NOTIMPL',
          );
        }
        const addon = build(fileURLToPath(new URL('../../..', import.meta.url)));
        out.print({ addon }, `${addon}\nwinpeer backends shows what it serves`);
      }),
    );
}

/** Where the loader looks before it takes the one that came with the package. */
function build(root: string): string {
  const target = join(root, 'build', 'Release');
  const tools = join(root, 'build', 'tools');
  for (const folder of [target, tools]) mkdirSync(folder, { recursive: true });
  // The versions that the package itself is built with.
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = Object.fromEntries(TOOLS.map((name) => [name, devDependencies[name]]));
  writeFileSync(join(tools, 'package.json'), JSON.stringify({ private: true, dependencies }));
  // Windows runs npm.cmd only by a shell, so that no argument is a path.
  run('npm install --no-audit --no-fund', [], 'npm could not get node-gyp', { cwd: tools, shell: true });

  const modules = join(tools, 'node_modules');
  const native = join(root, 'native');
  const needs = 'it needs Python 3 and Visual Studio with C++ and the libraries with Spectre mitigations';
  run(process.execPath, [join(modules, 'node-gyp', 'bin', 'node-gyp.js'), 'rebuild'], `node-gyp failed: ${needs}`, {
    cwd: native,
    // native/winpeer.gypi asks for node-addon-api by its name.
    env: { ...process.env, NODE_PATH: modules },
  });
  const addon = join(target, 'winpeer.node');
  copyFileSync(join(native, 'build', 'Release', 'winpeer.node'), addon);
  for (const folder of [tools, join(native, 'build')]) rmSync(folder, { recursive: true });
  return addon;
}

/** What the tools say goes to standard error: standard output is the command's own. */
function run(file: string, args: readonly string[], failed: string, options: object): void {
  const { status } = spawnSync(file, args, { ...options, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw failure(failed, 'E_FAIL');
}

function failure(sentence: string, code: 'E_NOTIMPL' | 'E_FAIL'): PeerError {
  return new PeerError(code, 'build-native', sentence);
}
