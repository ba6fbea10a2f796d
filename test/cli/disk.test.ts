import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { jsonLines, MAIN, type Workplace, workplace } from './command.ts';

describe('a home that can’t be understood', () => {
  const contents = {
    'PEER_E_CERT_STORE_CORRUPTED of damage': ['{ "format": "winpeer-store", "vers', 'PEER_E_CERT_STORE_CORRUPTED'],
    'PEER_E_CERT_STORE_CORRUPTED of another file': ['{"hello": "world"}', 'PEER_E_CERT_STORE_CORRUPTED'],
    'PEER_E_UNSUPPORTED_VERSION of a newer winpeer': [
      '{ "format": "winpeer-store", "version": 99, "entries": {} }',
      'PEER_E_UNSUPPORTED_VERSION',
    ],
  };
  test.each(Object.entries(contents))('is %s, and stays as it is', async (_title, [content = '', code]) => {
    const at = await workplace();
    await mkdir(at.home, { mode: 0o700 });
    const file = join(at.home, 'identity.json');
    await writeFile(file, content);
    const [listed, created] = await Promise.all([at.failure(['identity', 'list']), at.failure(['identity', 'create'])]);
    expect(listed).toMatchObject({ code, operation: 'PeerEnumIdentities', message: expect.stringContaining(file) });
    expect(created).toMatchObject({ code, operation: 'PeerIdentityCreate' });
    expect(await readFile(file, 'utf8')).toBe(content);
    expect((await readdir(at.home)).sort()).toEqual(['backends.json', 'identity.json']);
  });
});

suite('a disk that takes nothing', ['mount'], () => {
  /** The command with a disk of its own at `disk`; what is on the disk afterwards follows behind a line of dashes. */
  async function withDisk(at: Workplace, options: string, args: readonly string[]) {
    await mkdir(at.path('disk'));
    const script =
      'mount -t tmpfs -o "$1" tmpfs disk; printf full > disk/filler; shift; "$@"; code=$?; echo ---; ls -A disk; exit $code';
    const env = { WINPEER_PASSWORD: 'sesame' };
    const command = ['--mount', 'sh', '-c', script, 'sh', options, process.execPath, MAIN, '--json', ...args];
    const { code, stdout, stderr } = await at.startProgram('unshare', command, { input: '', env }).ended;
    const [printed = '', left] = stdout.split('---\n');
    return { code, stderr, lines: jsonLines(printed), left };
  }

  test('a full one is PEER_E_DISK_FULL for identities, and nothing half-written stays', async () => {
    const at = await workplace();
    const ended = await withDisk(at, 'size=4k', ['--home', at.path('disk'), 'identity', 'create']);
    expect(ended).toMatchObject({ code: 1, left: 'filler\n' });
    expect(ended.stderr).toContain('the disk has no room for the identities');
    expect(ended.lines).toEqual([{ error: expect.objectContaining({ code: 'PEER_E_DISK_FULL' }) }]);
  });

  test('a full one leaves no part of an export', async () => {
    const at = await workplace();
    await at.identity('Ada');
    const ended = await withDisk(at, 'size=4k', ['identity', 'export', 'Ada', '--out', at.path('disk/ada.xml')]);
    expect(ended).toMatchObject({ code: 1, left: 'filler\n' });
    expect(ended.lines).toEqual([{ error: expect.objectContaining({ code: 'ENOSPC' }) }]);
  });

  test('a read-only one is PEER_E_NO_KEY_ACCESS', async () => {
    const at = await workplace();
    const ended = await withDisk(at, 'ro', ['--home', at.path('disk'), 'identity', 'create']);
    expect(ended).toMatchObject({ code: 1, left: '' });
    expect(ended.lines).toEqual([{ error: expect.objectContaining({ code: 'PEER_E_NO_KEY_ACCESS' }) }]);
  });
});
