import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';

/** Publishes a content of version 2 and reads it, with nobody but a hosted cache that is not there to be asked. */
const PROGRAM = `
  import { createPlatform } from 'winpeer';
  const platform = createPlatform({ backend: 'fallback', home: process.env.WINPEER_HOME });
  const { distribution } = platform;
  const bytes = new Uint8Array(100_000).map((_, at) => at ^ (at >> 8));
  const contentId = Uint8Array.of(1);
  const publication = await distribution.publishStream({ contentId });
  await publication.add(bytes);
  await publication.complete();
  const information = await distribution.openContentInformation({ contentId, minVersion: 2 });
  const content = await distribution.openContent(new Uint8Array(16), { hostedCache: 'http://127.0.0.1:1' });
  await content.addContentInformation(await information.read(1_000_000));
  await content.completeContentInformation();
  console.log((await content.streamRead({ max: 1000 })).kind);
`;

const END: Readonly<Record<string, string>> = {
  'closes its platform': 'await platform.close();',
  'closes what it opened': 'await content.close(); await information.close(); await publication.close();',
  'serves peers and does not hold on to that': 'await distribution.peerCache(); platform.unref();',
};

describe('a process', () => {
  test.each(Object.keys(END))('that %s ends by itself, and not before its reads did', async (how) => {
    const home = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    const program = [PROGRAM, END[how], "console.log('done');"].join('\n');
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, WINPEER_HOME: home },
    });
    expect(stdout).toBe('missing\ndone\n');
  });
});
