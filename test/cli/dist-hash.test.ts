import { createHash } from 'node:crypto';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { generated, vectors } from '../distribution/content-information/samples.ts';
import { suite } from '../needs.ts';
import { MAIN, workplace } from './command.ts';

const SECRET = ['--secret-hex', Buffer.from(vectors.secretKey).toString('hex')];
const WARNING = 'warning: a secret on the command line can be seen by everybody on this machine; use --secret-file\n';

const { version1, version2 } = vectors.tiny;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A folder with the content of the vectors. */
async function withTiny() {
  const at = await workplace();
  await writeFile(at.path('tiny'), vectors.tiny.content);
  return at;
}

const TINY_1 = {
  version: 1,
  algorithm: 'sha256',
  offset: 0,
  length: 21,
  segments: [
    {
      offset: 0,
      length: 21,
      hashOfData: version1.hashOfData,
      secret: version1.secret,
      id: version1.id,
      blocks: [{ index: 0, hash: version1.blockHash }],
    },
  ],
  contentInformationBytes: 134,
  contentInformationSha256: sha256(Buffer.from(version1.contentInformation, 'hex')),
};

const TINY_2 = {
  version: 2,
  algorithm: 'sha512-256',
  offset: 0,
  length: 21,
  segments: [
    {
      offset: 0,
      length: 21,
      hashOfData: version2.hashOfData,
      secret: version2.secret,
      id: version2.id,
      blocks: [],
    },
  ],
  contentInformationBytes: 104,
  contentInformationSha256: sha256(Buffer.from(version2.contentInformation, 'hex')),
};

describe('winpeer dist hash and show', () => {
  test.each([
    ['1', TINY_1, version1],
    ['2', TINY_2, version2],
  ])('version %s, as JSON, to a file that only its owner reads, and out of it', async (version, shown, vector) => {
    const at = await withTiny();
    const args = ['--json', 'dist', 'hash', at.path('tiny'), ...SECRET, '--content-version', version];
    await writeFile(at.path('information'), 'of before', { mode: 0o644 });
    const { code, stdout, stderr } = await at.run([...args, '--out', at.path('information')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: WARNING });
    expect(JSON.parse(stdout)).toEqual(shown);
    expect((await readFile(at.path('information'))).toString('hex')).toBe(vector.contentInformation);
    if (process.platform !== 'win32') expect((await stat(at.path('information'))).mode & 0o777).toBe(0o600);
    expect(await at.json('dist', 'show', at.path('information'))).toEqual(shown);
  });

  test('as text', async () => {
    const at = await withTiny();
    await writeFile(at.path('version1'), Buffer.from(version1.contentInformation, 'hex'));
    await writeFile(at.path('version2'), Buffer.from(version2.contentInformation, 'hex'));
    const [one, two] = await Promise.all(['version1', 'version2'].map((it) => at.run(['dist', 'show', at.path(it)])));
    expect(one?.stdout).toBe(
      [
        'version              1.0, sha256',
        'range                0 to 21 (21 bytes)',
        'segments             1',
        'content information  134 bytes',
        `its SHA-256          ${TINY_1.contentInformationSha256}`,
        '',
        `offset  length  blocks  segment identifier`,
        `0       21      1       ${version1.id}`,
        '',
      ].join('\n'),
    );
    expect(two?.stdout).toContain(`\noffset  length  segment identifier\n0       21      ${version2.id}\n`);
  });

  test('a range of a larger content, and another hash', async () => {
    const at = await workplace();
    await writeFile(at.path('content'), generated(1_000_000));
    const hash = async (...args: string[]) => {
      const { code, stdout } = await at.run(['--json', 'dist', 'hash', at.path('content'), ...SECRET, ...args]);
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    const [whole, range, sha384] = await Promise.all([
      hash('--content-version', '2'),
      hash('--range', '70000:100000'),
      hash('--algorithm', 'sha384'),
    ]);
    expect(whole.segments.map((it: { length: number }) => it.length)).toEqual(vectors.generated.x1000000.lengths);
    const { length, sha256: wanted } = vectors.generated.x1000000.contentInformation;
    expect([whole.contentInformationBytes, whole.contentInformationSha256]).toEqual([length, wanted]);
    expect([range.offset, range.length, range.segments[0].blocks.length]).toEqual([70_000, 100_000, 3]);
    expect([sha384.algorithm, sha384.segments[0].id.length]).toEqual(['sha384', 96]);
    const text = await at.run(['dist', 'hash', at.path('content'), ...SECRET, '--content-version', '2']);
    expect(text.stdout.split('\n')).toHaveLength(5 + 1 + 1 + 13 + 1);
  });

  test('more segments than anybody reads are left out of the text', async () => {
    const at = await workplace();
    await writeFile(at.path('content'), new Uint8Array(25 * 131_072));
    const { stdout } = await at.run(['dist', 'hash', at.path('content'), ...SECRET, '--content-version', '2']);
    expect(stdout.split('\n').slice(-3, -1)).toEqual([
      expect.stringMatching(/^2490368 {2}131072 {2}[0-9a-f]{64}$/),
      'and 5 more, which --json shows',
    ]);
  });

  test('a pass phrase is taken as Windows takes it, and without one the home has a secret that stays', async () => {
    const at = await withTiny();
    await writeFile(at.path('phrase'), 'sésame\n');
    const id = async (...args: string[]): Promise<string> => {
      const { stdout } = await at.run(['--json', 'dist', 'hash', at.path('tiny'), ...args]);
      return JSON.parse(stdout).segments[0].id;
    };
    const bytes = Buffer.from('sésame', 'utf16le').toString('hex');
    const home = await id();
    const [text, hex, file, again] = await Promise.all([
      id('--secret', 'sésame'),
      id('--secret-hex', bytes),
      id('--secret-file', at.path('phrase')),
      id(),
    ]);
    expect([hex, file, again]).toEqual([text, text, home]);
    expect(home).not.toBe(text);
  });

  test('what can’t be', async () => {
    const at = await withTiny();
    await writeFile(at.path('empty'), '');
    await writeFile(at.path('newer'), Buffer.from(version1.contentInformation.replace(/^0001/, '0003'), 'hex'));
    await writeFile(at.path('damaged'), Buffer.from(version1.contentInformation.slice(0, 100), 'hex'));
    const [none, folder, empty, range, newer, damaged] = await Promise.all([
      at.failure(['dist', 'hash', at.path('none')]),
      at.failure(['dist', 'hash', at.folder]),
      at.failure(['dist', 'hash', at.path('empty')]),
      at.failure(['dist', 'hash', at.path('tiny'), '--range', '5:17']),
      at.failure(['dist', 'show', at.path('newer')]),
      at.failure(['dist', 'show', at.path('damaged')]),
    ]);
    expect(none).toMatchObject({ code: 'ENOENT', hresult: null });
    expect(folder.code).toBe('EISDIR');
    expect(empty).toMatchObject({ code: 'E_INVALIDARG', message: expect.stringContaining('empty content') });
    expect(range).toMatchObject({ code: 'E_INVALIDARG', message: expect.stringContaining('17 bytes from 5 on') });
    expect(newer.code).toBe('PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED');
    expect(damaged.code).toBe('PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO');
  });

  test('wrong usage', async () => {
    const at = await withTiny();
    const ends = await Promise.all(
      [
        ['--content-version', '3'],
        ['--algorithm', 'md5'],
        ['--content-version', '2', '--algorithm', 'sha512'],
        ['--range', '5'],
        ['--range', '-5:1'],
        ['--secret-hex', 'xy'],
      ].map((args) => at.run(['dist', 'hash', at.path('tiny'), ...args])),
    );
    for (const { code, stdout, stderr } of ends) {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/\w/);
    }
  });
});

test('dist hash refuses a folder in place of a file before anything is hashed', async () => {
  const at = await workplace();
  // Hashing what is not there fails with another sentence.
  const { code, stderr } = await at.run(['dist', 'hash', at.path('nothing'), '--out', at.folder]);
  expect([code, stderr]).toEqual([2, `winpeer: --out takes a file, and ${at.folder} is a folder\n`]);
});

suite('winpeer dist hash on a terminal', ['script'], () => {
  test('shows how far it is, how fast, and how long it will take; Ctrl-C ends it with 130', async () => {
    const at = await workplace();
    await writeFile(at.path('content'), '');
    // Zeros that take no room on the disk, and longer than a second.
    await truncate(at.path('content'), 2 ** 36);
    const command = [process.execPath, MAIN, 'dist', 'hash', at.path('content')].map((it) => `'${it}'`).join(' ');
    const hashing = at.startProgram('script', ['-qec', `stty cols 100; ${command}`, '/dev/null']);
    await hashing.printed(' left');
    hashing.type('\u0003');
    const { code, stdout } = await hashing.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/░ \d+ % {2}[\d.]+ [MG]B of 64 GB, [\d.]+ [MGK]B\/s, \d.* left/);
  });
});
