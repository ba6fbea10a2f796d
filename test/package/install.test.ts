import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { checkout, npm, pack, sizeOf } from './stranger.ts';

const run = promisify(execFile);

/** What a library on top of this one exports without a type that it writes itself. */
const INFERRED = `
import { backends, createPlatform, distribution, identity, names, pnrp, winsock } from 'winpeer';
export const parts = () => names.parse('0.a');
export const created = () => identity.create();
export const key = async () => (await identity.default()).cryptKey();
export const signer = async () => (await identity.default()).signer();
export const clouds = () => pnrp.clouds();
export const opened = () => pnrp.open();
export const events = async () => (await pnrp.open()).events();
export const registered = () => pnrp.register('0.a');
export const resolved = () => pnrp.resolve('0.a');
export const each = () => pnrp.resolveEach('0.a');
export const found = () => winsock.lookupName({ peerName: '0.a' });
export const status = () => distribution.status();
export const changes = () => distribution.events();
export const fetched = () => distribution.fetchContent('http://localhost/');
export const content = () => distribution.openContent(new Uint8Array());
export const served = () => distribution.contentServer({ root: '.' });
export const peers = () => distribution.peerCache();
export const hosted = () => distribution.hostedCache();
export const described = () => distribution.describe(new Uint8Array());
export const peer = () => distribution.interceptor();
export const statistics = () => createPlatform().stats();
export const machine = () => createPlatform().doctor();
export const chosen = () => backends();
`;

/** What compiles, and what asks for it. */
const COMPILERS = ['python', 'python3', 'make', 'cmake', 'cc', 'c++', 'gcc', 'g++', 'clang', 'clang++'];

describe.skipIf(process.platform === 'win32')('npm installs the tarball and compiles nothing', () => {
  let folder: string;
  let tarball: string;
  let env: { readonly PATH: string };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'winpeer-install-'));
    tarball = join(folder, (await pack(folder)).filename);
    const traps = join(folder, 'traps');
    await mkdir(traps);
    for (const name of COMPILERS) {
      await writeFile(join(traps, name), `#!/bin/sh\necho ${name} "$@" >> '${folder}/compiled'\nexit 1\n`);
      await chmod(join(traps, name), 0o755);
    }
    env = { PATH: `${traps}${delimiter}${process.env.PATH}` };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ['on', []],
    ['off', ['--ignore-scripts']],
  ])(
    'npm install, then npm ci, with scripts %s',
    async (scripts, flags) => {
      const home = join(folder, scripts);
      await mkdir(home);
      await writeFile(join(home, 'package.json'), JSON.stringify({ name: 'stranger', private: true }));
      const winpeer = join(home, 'node_modules/winpeer');
      const options = ['--prefer-offline', '--no-audit', '--no-fund', ...flags];
      for (const args of [['install', tarball], ['ci']]) {
        await npm([...args, ...options], home, env);
        expect(existsSync(join(winpeer, 'dist/lib/index.js')), args[0]).toBe(true);
        expect(existsSync(join(winpeer, 'build')), args[0]).toBe(false);
        expect(existsSync(join(folder, 'compiled')), args[0]).toBe(false);
      }
      const command = (...args: string[]) =>
        run(process.execPath, [join(winpeer, manifest.bin.winpeer), '--json', '--home', join(home, 'home'), ...args]);
      // The cache's index is native code, which came along.
      const cache = JSON.parse((await command('dist', 'status')).stdout);
      expect(cache).toMatchObject({ status: 'available', segments: 0, limit: expect.any(Number) });
      expect(cache).not.toHaveProperty('fault');
      expect(existsSync(join(home, 'node_modules/ioredis'))).toBe(false);
      const redis = command('dist', 'cache', '--listen', '127.0.0.1:0', '--redis', 'redis://127.0.0.1:1');
      await expect(redis).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm install ioredis') });
      expect(await sizeOf(winpeer)).toBeLessThan(5_000_000);
      expect(await sizeOf(join(home, 'node_modules'))).toBeLessThan(25_000_000);
    },
    120_000,
  );

  test('the declarations of a program can name all that it gets', async () => {
    const home = join(folder, 'declarations');
    const winpeer = join(home, 'node_modules/winpeer');
    await mkdir(winpeer, { recursive: true });
    await writeFile(join(home, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }));
    await run('tar', ['-xzf', tarball, '-C', winpeer, '--strip-components', '1']);
    await writeFile(join(home, 'program.ts'), INFERRED);
    const modules = join(checkout, 'node_modules');
    const types = ['--types', 'node', '--typeRoots', join(modules, '@types')];
    const options = ['--declaration', '--emitDeclarationOnly', '--strict', '--module', 'nodenext', ...types];
    const compiled = run(process.execPath, [join(modules, 'typescript/bin/tsc'), 'program.ts', ...options], {
      cwd: home,
    });
    await expect(compiled).resolves.toMatchObject({ stdout: '' });
  }, 120_000);
});
