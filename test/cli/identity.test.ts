import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { MAIN, type Workplace, workplace } from './command.ts';

const PEER_NAME = /^[0-9a-f]{40}\.$/;
const PASSWORD = { env: { WINPEER_PASSWORD: 'sésame' } };

interface Pair {
  readonly peerName: string;
  readonly friendlyName: string;
}

async function created(at: Workplace, ...args: string[]): Promise<Pair> {
  return (await at.json('identity', 'create', ...args)) as unknown as Pair;
}

describe('winpeer identity', () => {
  test('create, list, show, default, rename, delete', async () => {
    const at = await workplace();
    expect(await at.json('identity', 'list')).toEqual({ identities: [] });
    const ada = await created(at, '--name', 'Ada Ł', '--classifier', 'chess');
    expect(ada).toEqual({ peerName: expect.stringMatching(/^[0-9a-f]{40}\.chess$/), friendlyName: 'Ada Ł' });
    const plain = await created(at);
    expect(plain).toEqual({ peerName: expect.stringMatching(PEER_NAME), friendlyName: plain.peerName });

    const [listed, shown, first] = await Promise.all([
      at.json('identity', 'list'),
      at.json('identity', 'show', 'Ada Ł'),
      at.json('identity', 'default'),
    ]);
    const byName = [ada, plain].sort((a, b) => (a.peerName < b.peerName ? -1 : 1));
    expect(listed).toEqual({ identities: byName });
    expect(shown).toEqual({ ...ada, hostName: expect.stringMatching(/\.pnrp\.net$/), groups: [] });
    expect(first).toEqual(ada);

    expect(await at.json('identity', 'rename', ada.peerName, 'Ada')).toEqual({ ...ada, friendlyName: 'Ada' });
    expect(await at.json('identity', 'rename', 'Ada', '')).toEqual({ ...ada, friendlyName: ada.peerName });
    expect(await at.json('identity', 'delete', ada.peerName)).toEqual({ peerName: ada.peerName });
    expect(await at.json('identity', 'list')).toEqual({ identities: [plain] });
    expect(await at.json('identity', 'default')).toEqual(plain);
  });

  test('reads well without --json', async () => {
    const at = await workplace();
    expect(await at.run(['identity', 'list'])).toMatchObject({ code: 0, stdout: 'no identity yet\n' });
    const { stdout: name } = await at.run(['identity', 'create', '--name', 'Ada', '--classifier', 'x']);
    const peerName = name.trimEnd();
    // A host name has a p before an authority that starts with a digit.
    const authority = peerName.slice(0, 40);
    const [list, show, xml] = await Promise.all([
      at.run(['identity', 'list']),
      at.run(['identity', 'show', 'Ada']),
      at.run(['identity', 'xml', 'Ada']),
    ]);
    expect(list.stdout).toBe(`${'peer name'.padEnd(42)}  friendly name\n${peerName}  Ada\n`);
    expect(show.stdout.replaceAll(new RegExp(`(?<=\\.)p?${authority}|${authority}`, 'g'), 'AUTHORITY')).toBe(
      [
        'peer name      AUTHORITY.x',
        'friendly name  Ada',
        'host name      x.AUTHORITY.pnrp.net',
        'groups         none',
        '',
      ].join('\n'),
    );
    expect(xml.stdout).toContain('PEERIDENTITYINFO');
    expect(await at.json('identity', 'xml', 'Ada')).toEqual({ xml: xml.stdout.slice(0, -1) });
    expect(await at.run(['identity', 'delete', 'Ada'])).toMatchObject({ code: 0, stdout: `deleted ${peerName}\n` });
  });

  test('an unknown or ambiguous name, a duplicate, a limit', async () => {
    const at = await workplace();
    await at.identity('Ada');
    await at.identity('Ada');
    const [unknown, ambiguous, classifier, name] = await Promise.all([
      at.failure(['identity', 'show', 'nobody']),
      at.failure(['identity', 'delete', 'Ada']),
      at.failure(['identity', 'create', '--classifier', 'c'.repeat(150)]),
      at.failure(['identity', 'create', '--name', 'n'.repeat(256)]),
    ]);
    expect(unknown).toMatchObject({ code: 'PEER_E_NOT_FOUND', hresult: 0x80070490, operation: 'finding an identity' });
    expect(unknown.message).toContain('none is called "nobody"; winpeer identity list shows them');
    expect(ambiguous).toMatchObject({ code: 'E_INVALIDARG', hresult: 0x80070057 });
    expect(ambiguous.message).toContain('2 are called "Ada"; use the peer name');
    expect(classifier.code).toBe('PEER_E_INVALID_CLASSIFIER');
    expect(name.code).toBe('E_INVALIDARG');
    expect((await at.json('identity', 'list')).identities).toHaveLength(2);
  });
});

describe('winpeer identity export and import', () => {
  test('moves an identity to another home, in a file that only its owner reads', async () => {
    const at = await workplace();
    const peerName = await at.identity('Ada');
    const file = at.path('ada.xml');
    const exported = await at.run(['--json', 'identity', 'export', 'Ada', '--out', file], PASSWORD);
    expect(exported).toMatchObject({ code: 0, stdout: `${JSON.stringify({ file })}\n`, stderr: '' });
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);

    const elsewhere = ['--home', at.path('elsewhere')];
    const moved = await at.run(['--json', ...elsewhere, 'identity', 'import', file], PASSWORD);
    expect(moved).toMatchObject({ code: 0, stdout: `${JSON.stringify({ peerName })}\n`, stderr: '' });
    const again = await at.failure([...elsewhere, 'identity', 'import', file], PASSWORD);
    expect(again.code).toBe('PEER_E_ALREADY_EXISTS');
  });

  test('takes the password from a file, standard input, the environment, and with a warning from the command line', async () => {
    const at = await workplace();
    const peerName = await at.identity('Ada');
    await writeFile(at.path('password'), 'sésame\r\nthis line is none of it\n');
    const ways: [string[], { input?: string; env?: NodeJS.ProcessEnv }][] = [
      [['--password-file', at.path('password')], {}],
      [['--password-file', '-'], { input: 'sésame\n' }],
      [[], PASSWORD],
      [['--password', 'sésame'], {}],
    ];
    const exports = await Promise.all(
      ways.map(([args, how], index) =>
        at.run(['identity', 'export', 'Ada', '--out', at.path(`${index}.xml`), ...args], how),
      ),
    );
    for (const [index, { code, stdout, stderr }] of exports.entries()) {
      expect({ code, stdout }).toEqual({ code: 0, stdout: `wrote ${at.path(`${index}.xml`)}\n` });
      expect(stderr.startsWith('warning: --password can be seen by everybody')).toBe(index === 3);
    }
    for (const index of ways.keys()) {
      const xml = await readFile(at.path(`${index}.xml`), 'utf8');
      const imported = at.use((to) => to.identity.import(xml, { password: 'sésame' }), at.path(`home-${index}`));
      expect(await imported).toMatchObject({ peerName });
    }
  });

  test('without a password and a terminal it is wrong usage, and no file comes into being', async () => {
    const at = await workplace();
    await at.identity('Ada');
    const sentence = 'winpeer: a password is needed: --password-file FILE or WINPEER_PASSWORD\n';
    const ended = await at.run(['--json', 'identity', 'export', 'Ada', '--out', at.path('ada.xml')]);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: sentence });
    expect(await readdir(at.folder)).toEqual(['home']);
  });

  test('an export never replaces a file', async () => {
    const at = await workplace();
    await at.identity('Ada');
    await writeFile(at.path('ada.xml'), 'precious');
    const args = ['identity', 'export', 'Ada', '--out'];
    const [exists, nowhere, empty] = await Promise.all([
      at.failure([...args, at.path('ada.xml')], PASSWORD),
      at.failure([...args, at.path('no/folder/ada.xml')], PASSWORD),
      at.failure([...args, at.path('empty.xml')], { env: { WINPEER_PASSWORD: '' } }),
    ]);
    expect(exists).toMatchObject({ code: 'EEXIST', hresult: null, operation: null });
    expect(await readFile(at.path('ada.xml'), 'utf8')).toBe('precious');
    expect(nowhere.code).toBe('ENOENT');
    expect(empty.code).toBe('E_INVALIDARG');
    expect((await readdir(at.folder)).sort()).toEqual(['ada.xml', 'home']);
  });

  test('a damaged file, another version, a wrong password, no file', async () => {
    const at = await workplace();
    const peerName = await at.identity('Ada');
    const password = PASSWORD.env.WINPEER_PASSWORD;
    const good = await at.use(async ({ identity }) => (await identity.get(peerName)).export({ password }));
    await Promise.all([
      writeFile(at.path('good.xml'), good),
      writeFile(at.path('cut.xml'), good.slice(0, good.length / 2)),
      writeFile(at.path('bytes.xml'), Buffer.from([0, 255, 254, 1])),
      writeFile(at.path('newer.xml'), good.replace('PEERIDENTITYEXPORT', 'PEERIDENTITYEXPORT2')),
    ]);
    const imported = (name: string, env: NodeJS.ProcessEnv): Promise<unknown> =>
      at.failure(['--home', at.path('elsewhere'), 'identity', 'import', at.path(name)], { env });
    const refused = await Promise.all([
      ...['cut.xml', 'bytes.xml', 'newer.xml'].map((name) => imported(name, PASSWORD.env)),
      imported('good.xml', { WINPEER_PASSWORD: 'sesame' }),
    ]);
    for (const error of refused) expect(error).toMatchObject({ code: 'E_INVALIDARG', operation: 'PeerIdentityImport' });
    expect(await imported('none.xml', PASSWORD.env)).toMatchObject({ code: 'ENOENT' });
    expect(await at.json('--home', at.path('elsewhere'), 'identity', 'list')).toEqual({ identities: [] });
  });
});

suite('winpeer on a terminal', ['script'], () => {
  /** The command on a pseudo terminal: what it prints comes out of the one stream that a terminal is. */
  function onTerminal(at: Workplace, args: readonly string[]) {
    const command = [process.execPath, MAIN, ...args].map((it) => `'${it}'`).join(' ');
    return at.startProgram('script', ['-qec', command, '/dev/null']);
  }

  test('asks twice for the password of an export, and does not show it', async () => {
    const at = await workplace();
    const peerName = await at.identity('Ada');
    const asking = onTerminal(at, ['identity', 'export', 'Ada', '--out', at.path('ada.xml')]);
    await asking.printed('Password: ');
    asking.type('sésame\r');
    await asking.printed('Again: ');
    asking.type('sésame\r');
    const { code, stdout } = await asking.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Password: \r\nAgain: \r\nwrote ${at.path('ada.xml')}\r\n` });

    const once = onTerminal(at, ['--home', at.path('elsewhere'), 'identity', 'import', at.path('ada.xml')]);
    await once.printed('Password: ');
    once.type('sésame\r');
    expect(await once.ended).toMatchObject({ code: 0, stdout: `Password: \r\n${peerName}\r\n` });
  });

  test('two passwords that differ are wrong usage, said in colour; pasted lines are not lost', async () => {
    const at = await workplace();
    await at.identity('Ada');
    const asking = onTerminal(at, ['identity', 'export', 'Ada', '--out', at.path('ada.xml')]);
    await asking.printed('Password: ');
    asking.type('sesame\rsesam\r');
    const { code, stdout } = await asking.ended;
    expect(code).toBe(2);
    expect(stdout).toContain('\u001b[31mwinpeer:\u001b[39m the passwords differ');
    expect(await readdir(at.folder)).toEqual(['home']);
  });

  test('Ctrl-C at the prompt ends the command with 130 and without a word', async () => {
    const at = await workplace();
    await at.identity('Ada');
    const asking = onTerminal(at, ['identity', 'export', 'Ada', '--out', at.path('ada.xml')]);
    await asking.printed('Password: ');
    asking.type('\u0003');
    const { code, stdout } = await asking.ended;
    expect({ code, stdout: stdout.trimEnd() }).toEqual({ code: 130, stdout: 'Password:' });
    expect(await readdir(at.folder)).toEqual(['home']);
  });
});
