import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { workplace } from './command.ts';

const FOLDER = 'examples/hosted-cache';
const unit = readFileSync(`${FOLDER}/winpeer-hosted-cache.service`, 'utf8');
const container = readFileSync(`${FOLDER}/Containerfile`, 'utf8');

/** The arguments of the command behind `winpeer`. */
const COMMANDS = {
  'systemd unit': /^ExecStart=\/usr\/bin\/env winpeer (.*)$/m.exec(unit)?.[1]?.split(' ') ?? [],
  Containerfile: ['ENTRYPOINT', 'CMD'].flatMap((word) => {
    const words = JSON.parse(new RegExp(`^${word} (.*)$`, 'm').exec(container)?.[1] ?? '[]') as string[];
    return words.filter((it) => it !== 'winpeer');
  }),
};

describe.each(Object.entries(COMMANDS))('the command in the example %s', (_, args) => {
  test('starts a hosted cache, with metrics', async () => {
    const at = await workplace();
    expect(args.slice(0, 2)).toEqual(['dist', 'cache']);
    // Ports that are free here, and a folder that may be written.
    const own = args.map((it, n) => (/^(80|9100)$/.test(it) ? '0' : args[n - 1] === '--dir' ? at.path('cache') : it));
    expect(own).not.toEqual(args);
    const running = at.start(['--json', ...own]);
    const { url, metrics } = await running.event('listening');
    expect((await fetch(String(metrics))).status).toBe(200);
    expect((await fetch(String(url).replace('0.0.0.0', '127.0.0.1'), { method: 'POST' })).status).toBe(404);
  });
});

test('what a hosted cache ends with when systemd stops it is a success in the example unit', async () => {
  const at = await workplace();
  const running = at.start(['--json', 'dist', 'cache', '--listen', '127.0.0.1:0']);
  await running.event('listening');
  running.signal('SIGTERM');
  const { code, signal } = await running.ended;
  expect(signal).toBeNull();
  expect(/^SuccessExitStatus=(.*)$/m.exec(unit)?.[1]).toBe(String(code));
});

suite('the example unit', ['systemd'], () => {
  test('is one that systemd takes', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', `${FOLDER}/winpeer-hosted-cache.service`], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});
