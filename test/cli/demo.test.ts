import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { jsonLines, workplace } from './command.ts';

const SECONDS_30 = 30_000;

describe.concurrent('winpeer demo', () => {
  test('shows the whole tour in order, and leaves nothing behind', { timeout: SECONDS_30 }, async ({
    onTestFinished,
  }) => {
    const at = await workplace(onTestFinished);
    const { code, stdout, stderr } = await at.run(['--json', 'demo']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = jsonLines(stdout).map((line) => line.event as string);
    const stages = events.filter((event, index) => event !== 'hop' && event !== events[index - 1]);
    const count = (name: string): number => events.filter((event) => event === name).length;
    expect(count('started')).toBe(16);
    expect(count('identity')).toBe(2);
    expect(count('registered')).toBe(2);
    const searches = stages.filter((event) => event === 'resolved');
    expect(searches).toHaveLength(6);
    expect(stages.slice(0, 4)).toEqual(['started', 'identity', 'registered', 'resolved']);
    expect(events.indexOf('crashed')).toBeGreaterThan(events.indexOf('resolved'));
    expect(events.indexOf('crashed')).toBeLessThan(events.lastIndexOf('resolved'));
    expect(stages.slice(-3)).toEqual(['resolved', 'left', 'done']);
    expect(await readdir(at.folder)).toEqual([]);
  });

  test('reads as a story, with fewer nodes too', async ({ onTestFinished }) => {
    const at = await workplace(onTestFinished);
    const { code, stdout, stderr } = await at.run(['demo', '--peers', '5']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const stable = stdout
      .split('\n')
      .filter((line) => /^[A-Z0-9]/.test(line))
      .map((line) => line.replace(/\d+\.\d s/, 'N s'));
    expect(stable).toEqual([
      "5 nodes on this machine's loopback in Global_, each with a UDP port of its own; peer 1 is the seed",
      'Two identities, each a key pair with a name that nobody else can prove:',
      'A secure name and an unsecured one are registered:',
      'Other nodes resolve them, without any server:',
      'One node crashes: no goodbye, its neighbours still believe in it. The names are still found:',
      'All nodes took their names back and left.',
      'Done in N s.',
    ]);
  });

  test.skipIf(process.platform === 'win32')(
    'Ctrl-C in the middle leaves no file and no process',
    async ({ onTestFinished }) => {
      const at = await workplace(onTestFinished);
      const running = at.start(['--json', 'demo', '--peers', '5']);
      // By then identities have been written, and with them locks taken.
      await running.event('registered');
      running.signal('SIGINT');
      expect(await running.ended).toMatchObject({ code: 130, signal: null, stderr: '' });
      expect(running.lines.map((line) => line.event)).not.toContain('done');
      expect(await readdir(at.folder)).toEqual([]);
    },
  );
});
