import { expect, test } from 'vitest';
import { type Workplace, workplace } from './command.ts';

const SEED = ['--listen', '[::1]:0'];
const NAME_OF_NOBODY = `${'0'.repeat(39)}1.chess`;

/** Wrong usage: nothing on standard output, a sentence on standard error, exit code 2. */
const WRONG_USAGE: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown command', ['frob'], /unknown command 'frob'/],
  ['an unknown subcommand', ['pnrp', 'frob'], /unknown command 'frob'/],
  ['an unknown option', ['pnrp', 'resolve', '0.x', '--frob'], /unknown option '--frob'/],
  ['a missing argument', ['pnrp', 'resolve'], /missing required argument 'peername'/],
  ['one argument too many', ['identity', 'list', 'x'], /too many arguments/],
  ['a missing option', ['name', 'create'], /required option '--classifier <text>' not specified/],
  ['a port out of range', ['pnrp', 'register', '0.x', '--port', '65536'], /port from 1 to 65535/],
  ['port 0 to publish', ['pnrp', 'register', '0.x', '--port', '0'], /port from 1 to 65535/],
  ['a port to listen at out of range', ['pnrp', 'host', '--listen', '[::1]:99999'], /port from 0 to 65535/],
  ['an address without brackets', ['pnrp', 'host', '--seed', '::1'], /\[IPv6 address\]:port, such as \[::1\]:3540/],
  [
    'an application without a port',
    ['pnrp', 'register', '0.x', '--address', '[::1]'],
    /port of the application: \[::1\]:port/,
  ],
  ['an application at port 0', ['pnrp', 'register', '0.x', '--address', '[::1]:0'], /port from 1 to 65535/],
  ['half a byte of hexadecimal', ['pnrp', 'register', '0.x', '--payload', 'abc'], /pairs of hexadecimal digits/],
  ['no hexadecimal', ['pnrp', 'register', '0.x', '--payload', 'xy'], /pairs of hexadecimal digits/],
  ['a count of 0', ['pnrp', 'resolve', '0.x', '--max', '0'], /a whole number from 1/],
  ['no time at all', ['pnrp', 'resolve', '0.x', '--timeout', '0'], /a number of seconds up to 600/],
  ['no URL of a content', ['dist', 'get', 'nonsense', '--out', 'x'], /It has to read http:\/\/host\/path/],
  [
    'two passwords',
    ['identity', 'export', 'Ada', '--out', 'x', '--password', 'a', '--password-file', 'b'],
    /cannot be used with option/,
  ],
  ['a time too long', ['pnrp', 'resolve', '0.x', '--timeout', '601'], /a number of seconds up to 600/],
];

test('wrong usage is exit code 2 with a sentence, and nothing on standard output', async () => {
  const at = await workplace();
  const ends = await Promise.all(WRONG_USAGE.map(([, args]) => at.run(['--json', ...args])));
  for (const [index, { code, stdout, stderr }] of ends.entries()) {
    const [title, , sentence] = WRONG_USAGE[index] as (typeof WRONG_USAGE)[number];
    expect({ title, code, stdout }).toEqual({ title, code: 2, stdout: '' });
    expect(stderr, title).toMatch(sentence);
    expect(stderr, title).toContain('(winpeer --help shows the commands)');
  }
});

/** What the API refuses: exit code 1 with the code that docs/api.md names. */
const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [['name', 'parse', 'zzz'], 'PEER_E_INVALID_PEER_NAME'],
  [['name', 'create', '--classifier', 'c'.repeat(150)], 'PEER_E_INVALID_CLASSIFIER'],
  [['name', 'create', '--classifier', 'x', '--identity', 'nobody'], 'PEER_E_NOT_FOUND'],
  [['pnrp', 'resolve', 'zzz', ...SEED], 'PEER_E_INVALID_PEER_NAME'],
  [['pnrp', 'resolve', '0.x', '--cloud', 'Nowhere'], 'PEER_E_CLOUD_NOT_FOUND'],
  [['pnrp', 'resolve', '0.x', '--seed', '[fe80::1%eth0]:3540'], 'E_INVALIDARG'],
  [['pnrp', 'resolve', '0.x', '--criteria', 'best', ...SEED], 'E_INVALIDARG'],
  [['pnrp', 'register', '0.x', ...SEED], 'E_INVALIDARG'],
  [['pnrp', 'register', '0.x', '--port', '5000', '--comment', 'c'.repeat(40), ...SEED], 'E_INVALIDARG'],
  [['pnrp', 'register', '0.x', '--payload', '00'.repeat(4097), ...SEED], 'E_INVALIDARG'],
  [['pnrp', 'register', '0.x', '--port', '5000', '--identity', 'nobody', ...SEED], 'PEER_E_NOT_FOUND'],
  [['pnrp', 'register', NAME_OF_NOBODY, '--port', '5000', ...SEED], 'PEER_E_IDENTITY_NOT_FOUND'],
];

test('what the API refuses is exit code 1 with the documented code, as JSON and as a sentence', async () => {
  const at: Workplace = await workplace();
  const errors = await Promise.all(REFUSED.map(([args]) => at.failure(args)));
  for (const [index, { code, hresult, operation, message }] of errors.entries()) {
    const [args, expected] = REFUSED[index] as (typeof REFUSED)[number];
    expect({ args, code }).toEqual({ args, code: expected });
    expect(message).toBe(`${operation}: ${sentenceOf(message)} (${code} 0x${(hresult as number).toString(16)})`);
  }
});

function sentenceOf(message: unknown): string {
  const [, sentence = ''] = /^[^:]+: (\w.* .*) \(\w+ 0x8[0-9a-f]{7}\)$/.exec(message as string) ?? [];
  expect(sentence).not.toBe('');
  return sentence;
}

test('--verbose shows where an error comes from', async () => {
  const at = await workplace();
  const [brief, verbose] = await Promise.all([
    at.run(['name', 'parse', 'zzz']),
    at.run(['-v', 'name', 'parse', 'zzz']),
  ]);
  expect(brief).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^winpeer: [^\n]+\n$/) });
  expect(verbose).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/\n +at .*peer-name/) });
});

test('a name that is too long for a host name has none', async () => {
  const at = await workplace();
  const classifier = Array.from({ length: 149 }, (_, n) => String.fromCharCode(0x4e00 + 3 * n)).join('');
  await at.use((platform) => platform.identity.create({ classifier, friendlyName: 'Ada' }));
  const [parsed, read, shown] = await Promise.all([
    at.json('name', 'parse', `0.${classifier}`),
    at.run(['name', 'parse', `0.${classifier}`]),
    at.json('identity', 'show', 'Ada'),
  ]);
  expect([parsed.hostName, shown.hostName]).toEqual([null, null]);
  expect(read.stdout).toContain('host name   none\n');
});

test('winpeer name create and parse', async () => {
  const at = await workplace();
  const authority = (await at.identity('Ada')).slice(0, 40);
  const [own, room, parsed, read] = await Promise.all([
    at.json('name', 'create', '--identity', 'Ada', '--classifier', 'chess'),
    at.run(['name', 'create', '--classifier', 'Zimmer é']),
    at.json('name', 'parse', `${authority.toUpperCase()}.chess`),
    at.run(['name', 'parse', '0.x']),
  ]);
  expect(own).toEqual({ peerName: `${authority}.chess` });
  expect(room).toMatchObject({ code: 0, stdout: '0.Zimmer é\n', stderr: '' });
  expect(parsed).toEqual({
    authority,
    classifier: 'chess',
    secure: true,
    hostName: expect.stringMatching(`^chess\\.p?${authority}\\.pnrp\\.net$`),
    p2pId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(read.stdout).toBe(
    [
      'authority   0',
      'classifier  x',
      'secure      no',
      'host name   x.pnrp.net',
      'P2P ID      e8a3e0d7bae1a8ac9e59ea8b8fbf73fd',
      '',
    ].join('\n'),
  );
});
