import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { content } from '../distribution/http/scene.ts';
import { type Line, type Workplace, workplace } from './command.ts';

const BYTES = content(300_000);
const NONE = { fromServer: 0, fromPeers: 0, fromHostedCache: 0, fromCache: 0 };

function folder(at: Workplace): string {
  const root = at.path('root');
  mkdirSync(root);
  writeFileSync(join(root, 'file.bin'), BYTES);
  utimesSync(join(root, 'file.bin'), 1_700_000_000, 1_700_000_000);
  return root;
}

/** A content server with hashes of its one content; the URL of that. */
async function serving(at: Workplace): Promise<{ url: string; requests: () => Line[] }> {
  const server = at.start(['--json', 'dist', 'serve', folder(at), '--listen', '127.0.0.1:0']);
  const { url } = (await server.event('listening')) as { url: string };
  await at.run(['dist', 'get', `${url}file.bin`, '--out', at.path('first')]);
  await server.event('hashed');
  return { url: `${url}file.bin`, requests: () => server.lines.filter(({ event }) => event === 'request') };
}

/** The URL of a server that answers so. */
async function answering(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('dist serve and dist get', () => {
  test('a folder is served by content information, and fetched to a file', async () => {
    const at = await workplace();
    const { url, requests } = await serving(at);
    const fetched = await at.json('dist', 'get', url, '--out', at.path('out'), '--share');
    expect(fetched).toMatchObject({ ...NONE, bytes: 300_000, fromServer: 300_000, ms: expect.any(Number) });
    expect(readFileSync(at.path('out')).equals(BYTES)).toBe(true);
    expect(requests().map(({ kind }) => kind)).toEqual(['content', 'content-information', 'content']);
    expect(requests()[0]).toMatchObject({
      method: 'GET',
      path: '/file.bin',
      status: 200,
      bytes: 300_000,
      remote: '127.0.0.1',
    });

    expect(await at.json('dist', 'get', url, '--out', at.path('out'))).toMatchObject({ ...NONE, fromCache: 300_000 });
    const status = await at.json('dist', 'status');
    expect(status).toMatchObject({ status: 'available', minVersion: 1, maxVersion: 2, limit: expect.any(Number) });
    expect(status.bytes).toBeGreaterThanOrEqual(300_000);
    expect((await at.json('dist', 'flush')).bytes).toBe(status.bytes);
    expect(await at.json('dist', 'status')).toMatchObject({ bytes: 0, segments: 0 });
    const { stdout } = await at.run(['dist', 'get', url, '--out', at.path('out')]);
    expect(stdout).toMatch(/^293 KB in [\d.]+ s: 293 KB from the server\n$/);
  });

  test('what can’t be fetched leaves no file', async () => {
    const at = await workplace();
    const { url } = await serving(at);
    const error = await at.failure(['dist', 'get', url.replace('file', 'none'), '--out', at.path('none')]);
    expect(error).toMatchObject({ code: 'PEER_E_NOT_FOUND', operation: 'dist get' });
    expect(error.message).toContain('answered with 404');
    const { code, stderr } = await at.run(['dist', 'get', 'http://127.0.0.1:1/', '--out', at.path('none')]);
    expect([code, stderr]).toEqual([1, 'winpeer: fetch failed: bad port\n']);
    expect(readdirSync(at.folder).filter((name) => name.startsWith('none'))).toEqual([]);
  });

  test('a file of another program keeps its bytes, whatever its name', async () => {
    const at = await workplace();
    const { url } = await serving(at);
    writeFileSync(at.path('out.part'), 'of another program');
    const cut = await answering((response) =>
      response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
    );
    await at.failure(['dist', 'get', cut, '--out', at.path('out')]);
    await at.json('dist', 'get', url, '--out', at.path('out'));
    expect(readFileSync(at.path('out.part'), 'utf8')).toBe('of another program');
    expect(
      readdirSync(at.folder)
        .filter((name) => name.startsWith('out'))
        .sort(),
    ).toEqual(['out', 'out.part']);
  });

  test.each([
    [403, 'ERR_WINPEER'],
    [404, 'PEER_E_NOT_FOUND'],
    [410, 'PEER_E_NOT_FOUND'],
    [500, 'ERR_WINPEER'],
  ])('an answer with %i is told apart', async (status, code) => {
    const at = await workplace();
    const url = await answering((response) => response.writeHead(status).end());
    const error = await at.failure(['dist', 'get', url, '--out', at.path('out')]);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(`was answered with ${status}`)]);
  });

  test('a folder in place of a file is refused before the server is asked', async () => {
    const at = await workplace();
    // Asking there fails with another sentence.
    const { code, stderr } = await at.run(['dist', 'get', 'http://127.0.0.1:1/', '--out', at.folder]);
    expect([code, stderr]).toEqual([2, `winpeer: --out takes a file, and ${at.folder} is a folder\n`]);
  });

  test.each(['cache', 'ftp://cache', 'http://cache/path', 'http://user@cache', 'http://cache:port'])(
    'a hosted cache at %s is wrong usage',
    async (cache) => {
      const at = await workplace();
      const args = ['http://127.0.0.1:1/', '--out', at.path('out'), '--hosted-cache', cache];
      const { code, stderr } = await at.run(['dist', 'get', ...args]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('It has to read http://host:port or https://')]);
    },
  );

  test('a port that is taken, and what is no folder, are refused in a sentence', async () => {
    const at = await workplace();
    const { url } = await serving(at);
    const { code, stderr } = await at.run([
      'dist',
      'serve',
      at.path('root'),
      '--listen',
      `127.0.0.1:${new URL(url).port}`,
    ]);
    expect([code, stderr]).toEqual([1, `winpeer: port ${new URL(url).port} is taken: another program listens there\n`]);
    expect((await at.run(['dist', 'serve', at.path('first')])).code).toBe(2);
  });
});

describe('dist cache', () => {
  test('takes offers and serves them, with figures for Prometheus', async () => {
    const at = await workplace();
    const { url } = await serving(at);
    const branch = await workplace();
    const args = ['--listen', '127.0.0.1:0', '--metrics', '0', '--dir', branch.path('cache'), '--size', '10000000'];
    const cache = branch.start(['--json', 'dist', 'cache', ...args]);
    const listening = (await cache.event('listening')) as { url: string; metrics: string; https: string[] };
    expect(listening.https).toEqual([]);
    const first = await at.json('dist', 'get', url, '--out', at.path('out'), '--hosted-cache', listening.url);
    expect(first).toMatchObject({ ...NONE, fromServer: 300_000 });
    const other = await workplace();
    const second = await other.json('dist', 'get', url, '--out', other.path('out'), '--hosted-cache', listening.url);
    expect(second).toMatchObject({ ...NONE, fromHostedCache: 300_000 });
    expect(readFileSync(other.path('out')).equals(BYTES)).toBe(true);
    expect(await (await fetch(listening.metrics)).text()).toMatch(/^# (HELP|TYPE) winpeer_/m);
  });

  test('what does not go together is wrong usage', async () => {
    const at = await workplace();
    for (const args of [
      [],
      ['--listen', '127.0.0.1'],
      ['--listen', '[::1]'],
      ['--listen', '1.2.3:80'],
      ['--listen', '0', '--https', '0'],
      ['--listen', '0', '--redis', 'redis://127.0.0.1', '--dir', 'x'],
      ['--listen', '0', '--size', 'big'],
      ['--listen', '0', '--redis', '127.0.0.1:6379'],
      ['--listen', '0', '--redis', 'http://127.0.0.1/0'],
      ['--listen', '0', '--redis', 'redis:///0'],
      ['--listen', '0', '--redis', 'redis://127.0.0.1:port/0'],
      ['--listen', '0', '--metrics', '0.0.0.0:0'],
      ['--listen', '0', '--metrics', '[2001:db8::1]:9100'],
    ]) {
      expect((await at.run(['dist', 'cache', ...args])).code, args.join(' ')).toBe(2);
    }
  });

  test('a certificate or a key that is none is called by its file', async () => {
    const at = await workplace();
    const tls = fileURLToPath(new URL('../runtime/tls/', import.meta.url));
    const text = at.path('text');
    writeFileSync(text, 'text\n');
    const [certificate, key, other] = ['server', 'server-key', 'root'].map((it) => join(tls, `${it}.pem`));
    for (const [pem, privateKey, sentence] of [
      [text, key, `${text} holds no certificate in PEM: `],
      [certificate, text, `${text} holds no private key in PEM: `],
      [other, key, `${key} is not the key of ${other}`],
    ] as [string, string, string][]) {
      const files = ['--certificate', pem, '--key', privateKey];
      const { code, stderr } = await at.run(['dist', 'cache', '--listen', '0', '--https', '0', ...files]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    }
  });
});

describe('a store that keeps nothing is warned of', () => {
  test.each([
    ['--dir', 'file', 'ENOTDIR'],
    ['--redis', 'redis://127.0.0.1:1/0', 'ECONNREFUSED'],
  ])('by dist cache, and by its metrics, with %s', async (option, where, why) => {
    const at = await workplace();
    writeFileSync(at.path('file'), '');
    const cache = at.start(['--json', 'dist', 'cache', '--listen', '127.0.0.1:0', '--metrics', '0', option, where]);
    const { metrics } = await cache.event('listening');
    expect(await (await fetch(String(metrics))).text()).toContain('\nwinpeer_hosted_cache_fault 1\n');
    cache.signal('SIGINT');
    expect((await cache.ended).stderr).toMatch(new RegExp(`^warning: .*${why}.*\n$`));
  });

  test('by dist peer', async () => {
    const at = await workplace();
    writeFileSync(at.home, '');
    const peer = at.start(['--json', 'dist', 'peer']);
    await peer.event('listening');
    peer.signal('SIGINT');
    expect((await peer.ended).stderr).toMatch(/^warning: .*ENOTDIR.*\n$/);
  });
});

test('dist peer says where it listens, and ends with Ctrl-C', async () => {
  const at = await workplace();
  const peer = at.start(['--json', 'dist', 'peer']);
  const { addresses } = (await peer.event('listening')) as { addresses: string[] };
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.every((it) => /:\d+$/.test(it))).toBe(true);
});

describe('dist secret', () => {
  test('goes from one server to another by a key file', async () => {
    const [one, two] = [await workplace(), await workplace()];
    const env = { WINPEER_PASSWORD: 'pass phrase' };
    writeFileSync(one.path('secret'), 'the branch office\n');
    const run = async (at: Workplace, ...args: string[]) => {
      const { code, stderr } = await at.run(['dist', 'secret', ...args], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    };
    await run(one, 'set', '--secret-file', one.path('secret'));
    await run(one, 'export', '--out', one.path('key'));
    await run(two, 'import', one.path('key'));
    writeFileSync(two.path('file.bin'), BYTES);
    const given = await two.json('dist', 'hash', two.path('file.bin'), '--secret-file', one.path('secret'));
    expect((await two.json('dist', 'hash', two.path('file.bin'))).segments).toEqual(given.segments);

    const wrong = await two.run(['dist', 'secret', 'import', one.path('key')], { env: { WINPEER_PASSWORD: 'other' } });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('the pass phrase is another one')]);
    expect((await one.run(['dist', 'secret', 'set'])).code).toBe(2);
    const key = readFileSync(one.path('key'));
    const again = await one.run(['dist', 'secret', 'export', '--out', one.path('key')], { env });
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('EEXIST')]);
    expect(readFileSync(one.path('key')).equals(key)).toBe(true);
  });
});

describe('a secret is wrong usage', () => {
  const COMMANDS = [
    ['hash', 'content'],
    ['serve', '.', '--listen', '127.0.0.1:0'],
    ['secret', 'set'],
  ];

  test.each([
    ['--secret', ''],
    ['--secret-hex', ''],
    ['--secret-file', 'empty'],
  ])('where %s gives an empty one', async (...secret) => {
    const at = await workplace();
    writeFileSync(at.path('empty'), '\nsecond line\n');
    const ends = await Promise.all(COMMANDS.map((it) => at.run(['dist', ...it, ...secret])));
    for (const { code, stderr } of ends) expect([code, stderr]).toEqual([2, 'winpeer: the secret is empty\n']);
  });

  test.each([
    ['--secret', 'a', '--secret-hex', '00'],
    ['--secret', 'a', '--secret-file', 'some'],
    ['--secret-file', 'some', '--secret-hex', '00'],
  ])('where %s %s comes with %s', async (...secrets) => {
    const at = await workplace();
    writeFileSync(at.path('some'), 'b\n');
    const ends = await Promise.all(COMMANDS.map((it) => at.run(['dist', ...it, ...secrets])));
    for (const { code, stderr } of ends) expect([code, stderr]).toEqual([2, expect.stringContaining('cannot be used')]);
  });
});

test('a secret on the command line is warned of', async () => {
  const at = await workplace();
  writeFileSync(at.path('file.bin'), BYTES);
  const { code, stderr } = await at.run(['dist', 'hash', at.path('file.bin'), '--secret', 'x']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('use --secret-file')]);
});
