import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, inject, test } from 'vitest';
import type { TestProject } from 'vitest/node';

/** Where Node.js for Windows is. */
const WINDOWS = join(import.meta.dirname, 'native', 'windows', 'node_modules');
/** Where the package has the addon for it. */
const ADDON = join(import.meta.dirname, '..', 'prebuilds', 'win32-x64', 'winpeer.node');

/** What some suites stand on beyond Node.js, how to get it, and how to see that it is there. */
const TOOLS = {
  openssl: { install: 'apt-get install openssl', probe: () => onPath('openssl') },
  tshark: { install: 'apt-get install tshark', probe: () => onPath('tshark') },
  wine: {
    install: 'apt-get install wine wine64, and npm ci --prefix test/native/windows',
    probe: () => onPath('wine') && ['node-20', 'node-22'].every((name) => existsSync(join(WINDOWS, name))),
  },
  mingw: {
    install: 'apt-get install g++-mingw-w64-x86-64-posix nlohmann-json3-dev',
    probe: () => onPath('x86_64-w64-mingw32-g++-posix') && existsSync('/usr/include/nlohmann/json.hpp'),
  },
  addon: { install: 'npm run build:native:cross', probe: () => existsSync(ADDON) },
  systemd: { install: 'apt-get install systemd', probe: () => onPath('systemd-analyze') },
  redis: { install: 'apt-get install redis-server', probe: () => onPath('redis-server') },
  script: {
    install: 'apt-get install bsdutils',
    probe: () => process.platform === 'linux' && onPath('script'),
  },
  netns: {
    install: 'apt-get install iproute2 util-linux (and run as root on Linux, or where users may have namespaces)',
    probe: () =>
      onPath('ip') &&
      [['--net'], ['--user', '--map-root-user', '--net']].some((it) => succeeds('unshare', ...it, 'true')),
  },
  mount: {
    install: 'apt-get install mount (and run as root on Linux)',
    probe: () => spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp']).status === 0,
  },
  cmake: {
    install: 'apt-get install cmake g++-mingw-w64-x86-64-posix',
    probe: () => onPath('cmake') && onPath('x86_64-w64-mingw32-g++-posix'),
  },
  tmpfs: { install: 'mount -t tmpfs tmpfs /dev/shm', probe: () => isTmpfs('/dev/shm') },
} as const satisfies Record<string, { readonly install: string; readonly probe: () => boolean }>;

export type Need = keyof typeof TOOLS;

declare module 'vitest' {
  interface ProvidedContext {
    /** Tools that this machine lacks. */
    readonly missing: readonly Need[];
    /** Tools whose absence is a failure, by `WINPEER_TEST_REQUIRE`: `all`, or a list with commas. */
    readonly required: readonly Need[];
  }
  interface TaskMeta {
    /** What a skipped suite would have needed. */
    missing?: readonly Need[];
  }
}

/** Runs once, before all tests. */
export function setup({ provide }: TestProject): void {
  const names = Object.keys(TOOLS) as Need[];
  const asked = (process.env.WINPEER_TEST_REQUIRE ?? '').split(',').filter((name) => name !== '');
  const unknown = asked.find((name) => name !== 'all' && !Object.hasOwn(TOOLS, name));
  if (unknown !== undefined)
    throw new RangeError(`WINPEER_TEST_REQUIRE: ${unknown} is none of ${names.join(', ')}, all`);
  provide('required', asked.includes('all') ? names : (asked as Need[]));
  provide(
    'missing',
    names.filter((name) => !TOOLS[name].probe()),
  );
}

/** A `describe` that stands on tools: skipped and counted where one is missing, a failure where that one is required. */
export function suite(title: string, needs: readonly Need[], body: () => void): void {
  const missing = inject('missing').filter((name) => needs.includes(name));
  const lacking = missing.filter((name) => inject('required').includes(name));
  if (lacking.length > 0) {
    describe(title, () => {
      test(`needs ${lacking.join(', ')}`, () => {
        throw new Error(lacking.map(installLine).join('\n'));
      });
    });
  } else if (missing.length > 0) describe.skip(title, { meta: { missing } }, body);
  else describe(title, body);
}

export function installLine(need: Need): string {
  return `${need} is missing: ${TOOLS[need].install}`;
}

function succeeds(file: string, ...args: readonly string[]): boolean {
  return spawnSync(file, args).status === 0;
}

function onPath(...names: readonly string[]): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return folders.some((folder) =>
    names.some((name) => endings.some((ending) => isExecutable(join(folder, name + ending)))),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isTmpfs(path: string): boolean {
  const TMPFS_MAGIC = 0x01021994;
  try {
    return process.platform === 'linux' && statfsSync(path).type === TMPFS_MAGIC;
  } catch {
    return false;
  }
}
