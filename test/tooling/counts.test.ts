import { spawnSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { setup } from '../needs.ts';

const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/tooling/samples/vitest.config.ts'];

/** Runs samples on a machine without any tool. */
function run(samples: readonly string[], required = '') {
  const env = { ...process.env, PATH: '', WINPEER_TEST_REQUIRE: required };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...VITEST, ...samples], { encoding: 'utf8', env });
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

/** What `WINPEER_TEST_REQUIRE` makes of a text. */
function required(text: string): unknown {
  const provided = new Map<string, unknown>();
  vi.stubEnv('WINPEER_TEST_REQUIRE', text);
  try {
    setup({ provide: (key: string, value: unknown) => provided.set(key, value) } as never);
  } finally {
    vi.unstubAllEnvs();
  }
  return provided.get('required');
}

describe('the last line of a run', () => {
  test('counts passed and skipped tests, and names what the skipped ones lack', () => {
    const { status, lines } = run(['passes', 'needs']);
    expect(lines.slice(-2)).toEqual(['tshark is missing: apt-get install tshark', '2 passed, 0 failed, 2 skipped']);
    expect(status).toBe(0);
  });

  test('counts failed tests, failed hooks and files that do not load', () => {
    const { status, lines } = run(['passes', 'fails', 'breaks']);
    expect(lines.at(-1)).toBe('2 passed, 3 failed, 1 skipped');
    expect(status).toBe(1);
  });

  test('counts a missing tool as a failure with WINPEER_TEST_REQUIRE=openssl,tshark', () => {
    const { status, lines, stderr } = run(['passes', 'needs'], 'openssl,tshark');
    expect(lines.at(-1)).toBe('2 passed, 1 failed');
    expect(stderr).toContain('tshark is missing: apt-get install tshark');
    expect(status).toBe(1);
  });

  test('all stands for every tool, and no tool is made up', () => {
    expect(required('all')).toEqual(expect.arrayContaining(['openssl', 'tshark', 'wine', 'netns', 'redis']));
    expect(required('openssl,tshark')).toEqual(['openssl', 'tshark']);
    expect(required('')).toEqual([]);
    expect(() => required('tshork')).toThrow('tshork');
  });

  test('a run that proves nothing fails', () => {
    const { status, lines } = run(['needs']);
    expect(lines.at(-1)).toBe('0 passed, 0 failed, 2 skipped');
    expect(status).toBe(1);
  });
});
