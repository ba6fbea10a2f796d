import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { windowsPath } from '../native/stage.ts';
import { Windows } from '../native/wine.ts';
import { suite } from '../needs.ts';
import { importing, npm, pack, requiring, specifiers } from './stranger.ts';

suite('npm install in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let folder: string;
  let tarball: string;
  let windows: Windows;
  let cache: string;
  /** That of this machine: it is the same for every system. */
  let npmMain: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'winpeer-windows-'));
    tarball = join(folder, (await pack(folder)).filename);
    cache = (await npm(['config', 'get', 'cache'], folder)).trim();
    npmMain = join((await npm(['root', '--global'], folder)).trim(), 'npm/bin/npm-cli.js');
    // Fills the cache: under Wine npm reaches no registry.
    await npm(['install', tarball, '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
    windows = new Windows(['p2p.dll']);
  }, 120_000);
  afterAll(() => {
    windows[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  async function printed(args: readonly string[], place = windows): Promise<string> {
    const { status, stdout, stderr } = await place.node(args, { env: place.stage().env });
    expect({ status, stderr: stderr.replaceAll(/^.*ExperimentalWarning.*\n.*trace-warnings.*\n/gm, '') }).toEqual({
      status: 0,
      stderr: '',
    });
    return stdout;
  }

  async function identity(main: string, place = windows) {
    const report = JSON.parse(await printed([main, '--json', 'backends'], place));
    return report.areas.find(({ area }: { area: string }) => area === 'identity');
  }

  test.each([
    ['on', []],
    ['off', ['--ignore-scripts']],
  ])(
    'offline, without a compiler, with scripts %s',
    async (_scripts, flags) => {
      // A compiler or a Python would have to be there; what Wine brings is neither.
      expect(await printed(['-p', 'process.env.PATH.replaceAll(/C:.windows[^;]*;?/gi, "")'])).toBe('\n');
      const { folder: home } = windows.stage();
      writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'stranger', private: true }));
      const env = {
        npm_config_cache: windowsPath(cache),
        npm_config_logs_max: '0',
        npm_config_userconfig: 'C:\\npmrc',
      };
      const options = ['--prefix', windowsPath(home), '--offline', '--no-audit', '--no-fund', ...flags];
      const { status, stderr } = await windows.node(
        [windowsPath(npmMain), 'install', windowsPath(tarball), ...options],
        {
          env,
        },
      );
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.not.stringMatching(/gyp (info|verb|http|WARN|ERR)|npm error/),
      });
      expect(existsSync(join(home, 'node_modules/winpeer/build'))).toBe(false);
      expect(existsSync(join(home, 'node_modules/.bin/winpeer.cmd'))).toBe(true);

      for (const [file, program] of Object.entries({ 'importing.mjs': importing, 'requiring.cjs': requiring })) {
        writeFileSync(join(home, file), program);
        const exported = JSON.parse(await printed([windowsPath(join(home, file))]));
        const here = specifiers.map(async (it) => [it, Object.keys(await import(it)).sort()]);
        expect(exported).toEqual(Object.fromEntries(await Promise.all(here)));
      }

      const main = windowsPath(join(home, 'node_modules/winpeer/dist/lib/cli/main.js'));
      expect(await identity(main)).toMatchObject({ backend: 'native', reason: 'available' });
      using bare = new Windows();
      expect(await identity(main, bare)).toMatchObject({ backend: 'fallback', reason: 'dll-missing' });
    },
    300_000,
  );
});
