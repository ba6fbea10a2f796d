import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Line, MAIN, workplace } from './command.ts';

const AREAS = 'identity names pnrp winsock graphing grouping collaboration drt distribution'.split(' ');
const SERVICES = ['server', 'peer-cache', 'hosted-cache'].map((it) => `distribution/${it}`);

describe('winpeer', () => {
  test('--version and --help end well, on standard output', async () => {
    const at = await workplace();
    const [version, help, nothing] = await Promise.all([at.run(['--version']), at.run(['--help']), at.run([])]);
    expect(version).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: winpeer \[options\] \[command\]\n/);
    // Without a command it is a mistake, and the same text an answer to it.
    expect(nothing).toMatchObject({ code: 2, stdout: '', stderr: help.stdout });
  });

  test('commands have help that fits 80 columns and describes each option', async () => {
    const at = await workplace();
    const commands = [
      'demo',
      'identity',
      'identity export',
      'name create',
      'pnrp host',
      'pnrp register',
      'pnrp resolve',
    ];
    const pages = await Promise.all(commands.map((it) => at.run([...it.split(' '), '--help'])));
    for (const [index, { code, stdout, stderr }] of pages.entries()) {
      const command = commands[index];
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: winpeer ${command} `);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(stdout, 'an option without a word').not.toMatch(/^ {2}--?[^ ]+( <[^>]+>)?$/m);
    }
  });

  test('an empty WINPEER_HOME counts as unset, an empty --home is wrong usage', async () => {
    const at = await workplace();
    const user = at.path('user');
    const env = { WINPEER_HOME: '', HOME: user, XDG_DATA_HOME: user, LOCALAPPDATA: user };
    const [unset, wrong] = await Promise.all([
      at.run(['identity', 'create'], { env }),
      at.run(['--json', 'identity', 'create', '--home', '']),
    ]);
    expect(unset).toMatchObject({ code: 0, stderr: '' });
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^winpeer: .*home is empty/) });
    expect(await readdir(at.folder)).toEqual(['user']);
  });

  test('a reader that closes standard output early is no failure', async () => {
    const at = await workplace();
    const running = at.start(['backends'], { input: '' });
    running.closeOutput();
    expect(await running.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test.runIf(process.platform === 'linux')('a full standard output is a failure with a sentence', async () => {
    const at = await workplace();
    const { code, stderr } = await at.startProgram('sh', [
      '-c',
      `"$@" > /dev/full`,
      'sh',
      process.execPath,
      MAIN,
      'backends',
    ]).ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^winpeer: standard output: ENOSPC[^\n]*\n$/),
    });
  });

  test('no colours into a pipe, whatever a build machine says', async () => {
    const at = await workplace();
    const env = { CI: '1', FORCE_COLOR: '1' };
    const [doctor, list, failed] = await Promise.all([
      at.run(['doctor'], { env }),
      at.run(['backends'], { env }),
      at.run(['identity', 'show', 'nobody'], { env }),
    ]);
    for (const { stdout, stderr } of [doctor, list, failed]) expect(stdout + stderr).not.toContain('\u001b');
  });
});

describe('winpeer backends', () => {
  test('says which backend serves each area, and why', async () => {
    const at = await workplace();
    const { platform, areas } = await at.json('backends', '--backend', 'pnrp=fallback');
    expect(platform).toBe(`${process.platform} ${process.arch}, Node.js ${process.versions.node}`);
    expect((areas as Line[]).map((it) => it.area)).toEqual([...AREAS, ...SERVICES]);
    for (const area of areas as Line[]) {
      expect(Object.keys(area)).toEqual(['area', 'backend', 'reason', 'detail']);
    }
    expect((areas as Line[])[2]).toEqual({ area: 'pnrp', backend: 'fallback', reason: 'forced', detail: 'asked for' });
  });

  test('as a table whose columns stand below each other', async () => {
    const at = await workplace();
    const { stdout } = await at.run(['backends', '--backend', 'fallback']);
    const [platform, empty, ...rows] = stdout.trimEnd().split('\n');
    expect([platform, empty]).toEqual([expect.stringContaining('Node.js'), '']);
    expect(rows).toHaveLength(1 + AREAS.length + SERVICES.length);
    expect(rows[0]).toBe(`${'area'.padEnd(27)}backend   ${'reason'.padEnd(14)}detail`);
    expect(rows[3]).toBe(`${'pnrp'.padEnd(27)}fallback  ${'forced'.padEnd(14)}asked for`);
  });

  test('--backend wins over WINPEER_BACKEND; what can’t be is a failure, what is no backend wrong usage', async () => {
    const at = await workplace();
    const env = { WINPEER_BACKEND: 'nonsense' };
    const [won, wrong] = await Promise.all([
      at.run(['backends', '--backend', 'fallback'], { env }),
      at.run(['--json', 'backends'], { env }),
    ]);
    expect(won.code).toBe(0);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^winpeer: .*backend is auto, native, fallback or a list .*"nonsense"/);
  });

  test.runIf(process.platform !== 'win32')('native is refused where there is no Windows', async () => {
    const at = await workplace();
    const error = await at.failure(['backends', '--backend', 'native']);
    expect(error).toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', hresult: null, operation: null });
  });
});

describe('winpeer doctor', () => {
  const CHECKS = ['ipv6', 'multicast', 'port 3540', 'port 3587', 'port 3702', 'port 1900', 'firewall', 'clock', 'home'];

  test('has a sentence for each thing, and what to do where it is not well', async () => {
    const at = await workplace();
    const { checks } = await at.json('doctor');
    expect((checks as Line[]).map((it) => it.check)).toEqual(CHECKS);
    for (const { state, detail, advice } of checks as Line[]) {
      expect(['ok', 'hint', 'problem']).toContain(state);
      expect(detail).toMatch(/\w+ \w+/);
      expect(advice === undefined).toBe(state === 'ok');
    }
    const { stdout } = await at.run(['doctor']);
    for (const check of CHECKS) expect(stdout).toMatch(new RegExp(`^${check.padEnd(12)} (ok|hint|problem): `, 'm'));
    expect(stdout).toMatch(
      new RegExp(`^home {9}ok: .*${at.home.replaceAll('\\', '.')} can be written and is private$`, 'm'),
    );
  });

  test('sees a home that can’t be written', async () => {
    const at = await workplace();
    await writeFile(at.path('file'), '');
    const { checks } = await at.json('doctor', '--home', at.path('file/home'));
    expect((checks as Line[]).at(-1)).toMatchObject({
      check: 'home',
      state: 'problem',
      advice: expect.stringContaining('--home'),
    });
  });

  test.runIf(process.platform !== 'win32')('sees a home that others can read', async () => {
    const at = await workplace();
    await mkdir(at.home);
    await chmod(at.home, 0o755);
    const { checks } = await at.json('doctor');
    expect((checks as Line[]).at(-1)).toMatchObject({
      check: 'home',
      state: 'problem',
      advice: `chmod 700 ${at.home}`,
    });
  });
});
