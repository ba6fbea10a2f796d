import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workplace } from './command.ts';

describe('agent', () => {
  test('keeps what commands share that come and go', async () => {
    const at = await workplace();
    const agent = at.start(['--json', 'agent']);
    expect(await agent.event('listening')).toEqual({ event: 'listening', areas: ['distribution'] });
    const claim = await readFile(join(at.home, 'run/cache.1/keeper.json'), 'utf8');
    for (let n = 0; n < 2; n++) {
      expect(await at.json('dist', 'status')).toMatchObject({ status: 'available', segments: 0, bytes: 0 });
    }
    // Commands that had kept it themselves would have made claims of their own.
    expect(await readFile(join(at.home, 'run/cache.1/keeper.json'), 'utf8')).toBe(claim);
    agent.signal('SIGINT');
    expect(await agent.ended).toMatchObject({ code: 130, stderr: '' });
  });

  test('takes over from another that is killed', async () => {
    const at = await workplace();
    const [first, second] = [at.start(['--json', 'agent']), at.start(['--json', 'agent'])];
    await Promise.all([first.event('listening'), second.event('listening')]);
    for (const agent of [first, second]) {
      await agent.kill();
      expect(await at.json('dist', 'status')).toMatchObject({ status: 'available' });
    }
  });

  test('says what can’t be kept', async () => {
    const at = await workplace();
    await mkdir(join(at.home, 'cache'), { recursive: true });
    await writeFile(join(at.home, 'cache/format.json'), '{"format":"winpeer-cache","version":2}');
    const error = await at.failure(['agent']);
    expect(error).toMatchObject({ code: 'PEERDIST_ERROR_SERVICE_UNAVAILABLE' });
    expect(error.message).toContain('was written by a newer version of winpeer: update winpeer to use it');
  });
});
