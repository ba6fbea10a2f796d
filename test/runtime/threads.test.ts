import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { realThreads } from '#fallback/runtime/threads';
import { realHost } from './real-host.ts';
import { thread } from './suites/threads.ts';

test('a call keeps the process alive until its answer, a thread with nothing to do does not', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'thread-process.mjs')]);
  expect(stdout).toBe('answered\n');
});

test('what waits on a thread that is closed rejects', async () => {
  const { call, close } = thread(realHost());
  const calls = [call('count', undefined), call('count', undefined)].map((it) => expect(it).rejects.toThrow(/closed/));
  await Promise.all([...calls, close()]);
});

test('a thread that ends rejects its calls, and the next one begins another', async () => {
  const { call } = thread(realHost());
  await call('count', undefined);
  const calls = [call('exit', undefined), call('count', undefined)].map((it) => expect(it).rejects.toThrow(/ended/));
  await Promise.all(calls);
  expect(await call('count', undefined)).toBe(1);
});

test('as many as processors, and no more than two', () => {
  expect(realThreads().count).toBe(Math.min(2, availableParallelism()));
  expect(realThreads(1).count).toBe(1);
});
