import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { workplace } from '../cli/command.ts';
import { windowsPath } from '../native/stage.ts';
import { Windows } from '../native/wine.ts';
import { suite } from '../needs.ts';
import { checkout, pack } from './stranger.ts';

const NODE = join(checkout, 'test/native/windows/node_modules/node-22/bin/node.exe');

/** In the place of node-gyp: compiles nothing, but says with what it runs, and fails where it is not run as it must be. */
const NODE_GYP = `
  const { copyFileSync, existsSync, mkdirSync } = require('node:fs');
  if (process.argv[2] !== 'rebuild' || !existsSync('binding.gyp')) throw new Error('wrong use');
  console.log(require('node-addon-api').versions);
  if (process.env.WINPEER_TEST_FAULT) process.exit(1);
  mkdirSync('build/Release', { recursive: true });
  copyFileSync('../prebuilds/win32-x64/winpeer.node', 'build/Release/winpeer.node');`;

/** In the place of npm: puts that node-gyp where npm would put the real one. */
const NPM = `
  const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
  if (process.argv[2] !== 'install') throw new Error('wrong use');
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const name of ['node-gyp/bin', 'node-addon-api']) mkdirSync('node_modules/' + name, { recursive: true });
  writeFileSync('node_modules/node-gyp/bin/node-gyp.js', ${JSON.stringify(NODE_GYP)});
  const versions = JSON.stringify(JSON.stringify(dependencies));
  writeFileSync('node_modules/node-addon-api/index.js', 'exports.versions = ' + versions);`;

test.skipIf(process.platform === 'win32')('build-native says where there is nothing to build', async () => {
  const { message } = await (await workplace()).failure(['build-native']);
  expect(message).toMatch(/^build-native: the addon calls the DLLs of Windows: there is nothing to build on \w+ /);
});

suite('build-native in Windows Node.js', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  let root: string;
  let main: string;
  let tools: string;
  beforeAll(async () => {
    windows = new Windows(['p2p.dll']);
    const { folder } = windows.stage();
    execFileSync('tar', ['-xzf', (await pack(folder)).filename], { cwd: folder });
    root = join(folder, 'package');
    symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
    main = windowsPath(join(root, 'dist/lib/cli/main.js'));
    tools = windows.stage().folder;
    writeFileSync(join(tools, 'npm.cjs'), NPM);
    writeFileSync(join(tools, 'npm.cmd'), '@"%NODE_EXE%" "%~dp0npm.cjs" %*\r\n');
  }, 120_000);
  afterAll(() => windows[Symbol.dispose]());

  const build = (more = {}) =>
    windows.node([main, '--json', 'build-native'], {
      env: { WINEPATH: windowsPath(tools), NODE_EXE: windowsPath(NODE), ...more },
    });
  const built = () => join(root, 'build/Release/winpeer.node');

  test('without npm says so', async () => {
    const { status, stderr } = await windows.node([main, 'build-native']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^winpeer: build-native: npm could not get node-gyp/m);
  });

  test('says what node-gyp needs where it fails', async () => {
    const { status, stderr } = await build({ WINPEER_TEST_FAULT: '1' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^winpeer: build-native: node-gyp failed: it needs Python 3 and Visual Studio/m);
    expect(existsSync(built())).toBe(false);
  });

  test('gets the tools, builds the sources of the package, and what it built goes first', async () => {
    const { status, stdout, stderr } = await build();
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ addon: windowsPath(built()) });
    const { 'node-gyp': nodeGyp, 'node-addon-api': nodeAddonApi } = manifest.devDependencies;
    expect(stderr).toContain(JSON.stringify({ 'node-gyp': nodeGyp, 'node-addon-api': nodeAddonApi }));
    expect(readdirSync(join(root, 'build'))).toEqual(['Release']);
    expect(existsSync(join(root, 'native/build'))).toBe(false);

    writeFileSync(built(), '');
    const { stderr: damaged } = await windows.node([main, 'backends']);
    expect(damaged).toContain("build\\Release\\winpeer.node is there, but can't be loaded");
  });
});
