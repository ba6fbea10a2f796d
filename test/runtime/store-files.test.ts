import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fileStores } from '#fallback/runtime/store';
import { suite } from '../needs.ts';
import { freshFolder } from './real-host.ts';

const WRITER = join(import.meta.dirname, 'store-writer.mjs');
const run = promisify(execFile);

async function countIn(home: string): Promise<number> {
  const store = await fileStores(home).open('things');
  return Number(Buffer.from((await store.get('n')) ?? []).toString());
}

/** As if whoever held it had been gone for long. */
function ageLock(home: string): void {
  const lock = join(home, 'things.json.lock');
  if (existsSync(lock)) utimesSync(lock, 0, 0);
}

describe('processes that share a store', () => {
  test('two that write 200 times each lose nothing', async () => {
    const home = freshFolder();
    await Promise.all([run('node', [WRITER, home, '200']), run('node', [WRITER, home, '200'])]);
    expect(await countIn(home)).toBe(400);
    expect(readdirSync(home)).toEqual(['things.json']);
  });

  test('one that is killed while it writes leaves what it had kept', async () => {
    const home = freshFolder();
    for (let round = 0; round < 4; round++) {
      const writer = spawn('node', [WRITER, home, '1000000', '300000']);
      let said = 0;
      for await (const line of createInterface(writer.stdout)) {
        said = Number(line);
        if (said % 5 === 0) writer.kill('SIGKILL');
      }
      if (writer.signalCode === null) await once(writer, 'exit');
      expect(writer.signalCode).toBe('SIGKILL');
      const kept = await countIn(home);
      expect(kept).toBeGreaterThanOrEqual(said);
      ageLock(home);
    }
    await run('node', [WRITER, home, '1']);
    expect(readdirSync(home)).toEqual(['things.json']);
  });
});

describe('a lock', () => {
  test('whose owner is long gone is taken over, and its draft removed', async () => {
    const home = freshFolder();
    mkdirSync(join(home, 'things.json.lock'));
    writeFileSync(join(home, 'things.json.1.draft'), '{');
    ageLock(home);
    const store = await fileStores(home).open('things');
    await store.update(() => new Map([['a', Uint8Array.of(1)]]));
    expect(readdirSync(home)).toEqual(['things.json']);
  });

  test('that another took over while this process stood still is an error, and the other’s content stays', async () => {
    const home = freshFolder();
    const [store, other] = [await fileStores(home).open('things'), join(home, 'things.json')];
    await store.update(() => new Map([['a', Uint8Array.of(1)]]));
    const theirs = readFileSync(other, 'utf8').replace('"a"', '"theirs"');
    const update = store.update(() => {
      writeFileSync(other, theirs);
      return new Map([['a', Uint8Array.of(2)]]);
    });
    await expect(update).rejects.toMatchObject({ code: 'ECOMPROMISED' });
    expect(readFileSync(other, 'utf8')).toBe(theirs);
    expect(readdirSync(home)).toEqual(['things.json']);
  });
});

describe('the file', () => {
  test.skipIf(process.platform === 'win32')('and a folder made for it are the user’s alone', async () => {
    const home = join(freshFolder(), 'deep', 'home');
    const store = await fileStores(home).open('things');
    await store.update(() => new Map([['a', Uint8Array.of(1)]]));
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'things.json')).mode & 0o777).toBe(0o600);
  });

  const good = { format: 'winpeer-store', version: 1, entries: { a: 'AQ==' } };
  test.each([
    ['nothing', ''],
    ['half a file', JSON.stringify(good).slice(0, 30)],
    ['null', 'null'],
    ['a number', '1'],
    ['an array', '[]'],
    ['another format', JSON.stringify({ ...good, format: 'other' })],
    ['no version', JSON.stringify({ ...good, version: undefined })],
    ['version 0', JSON.stringify({ ...good, version: 0 })],
    ['half a version', JSON.stringify({ ...good, version: 1.5 })],
    ['no entries', JSON.stringify({ ...good, entries: undefined })],
    ['a list of entries', JSON.stringify({ ...good, entries: ['AQ=='] })],
    ['an entry that is no string', JSON.stringify({ ...good, entries: { a: 1 } })],
    ['an entry that is no base64', JSON.stringify({ ...good, entries: { a: '*' } })],
    ['a field too many', JSON.stringify({ ...good, more: 1 })],
    ['bytes that are no UTF-8', Buffer.from(JSON.stringify(good).replace('"a"', '"\xff"'), 'latin1')],
  ])('with %s is damaged, and stays as it is', async (_, content) => {
    const home = freshFolder();
    const stores = fileStores(home);
    const store = await stores.open('things');
    const file = join(home, 'things.json');
    writeFileSync(file, content);
    const damaged = { name: 'StoreFormatError', reason: 'damaged' };
    await expect(stores.open('things')).rejects.toMatchObject(damaged);
    await expect(store.update(() => new Map([['b', Uint8Array.of(1)]]))).rejects.toMatchObject(damaged);
    expect(readFileSync(file)).toEqual(Buffer.from(content));
    expect(readdirSync(home)).toEqual(['things.json']);
  });

  test('of a newer release says so, whatever else is in it', async () => {
    const home = freshFolder();
    writeFileSync(join(home, 'things.json'), JSON.stringify({ format: 'winpeer-store', version: 2, rows: [] }));
    await expect(fileStores(home).open('things')).rejects.toMatchObject({ reason: 'newer' });
  });

  test('that can’t be made is the system’s error at once', async () => {
    const home = join(freshFolder(), 'file');
    writeFileSync(home, '');
    const code = /ENOTDIR|EEXIST/;
    await expect(fileStores(home).open('things')).rejects.toMatchObject({ code: expect.stringMatching(code) });
  });
});

suite('a file system', ['mount'], () => {
  /** Runs the script with a mount table of its own, which ends with it: `$1` is the home and `$2` the writer. */
  async function onMount(home: string, script: string): Promise<string> {
    const { stdout } = await run('unshare', ['--mount', 'sh', '-c', script, 'sh', home, WRITER]);
    return stdout;
  }

  test('that is full keeps the old content, and nothing lies around', async () => {
    const stdout = await onMount(
      freshFolder(),
      `mount -t tmpfs -o size=64k tmpfs "$1" && node "$2" "$1" 1; node "$2" "$1" 1 100000; ls -A "$1"; node "$2" "$1" 1`,
    );
    expect(stdout.trim().split('\n')).toEqual(['1', 'ENOSPC', 'things.json', '2']);
  });

  test('that is read-only can be read, and refuses to write at once', async () => {
    const stdout = await onMount(
      freshFolder(),
      `mount -t tmpfs tmpfs "$1" && node "$2" "$1" 1; mount -o remount,ro "$1" && node "$2" "$1" 1; ls -A "$1"`,
    );
    expect(stdout.trim().split('\n')).toEqual(['1', 'EROFS', 'things.json']);
  });
});
