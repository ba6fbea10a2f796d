import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { realCaches } from '#fallback/runtime/cache/caches';
import type { CacheStore } from '#lib/backend/contract/cache-store';
import { eventually } from '../keeper/sharer.ts';
import { suite } from '../needs.ts';
import { freshFolder } from '../runtime/real-host.ts';
import { BLOCK, brief, id, plain, SEGMENT, segment, tag } from './blocks.ts';

const run = promisify(execFile);
const WRITER = join(import.meta.dirname, 'writer.mjs');

async function open(home: string, limit?: number): Promise<CacheStore> {
  const store = await realCaches(home).open(limit === undefined ? {} : { limit });
  onTestFinished(() => store.close());
  return store;
}

/** A cache with segments 1 to 3, of a block each. */
async function filled(home: string): Promise<CacheStore> {
  const store = await open(home);
  for (const n of [1, 2, 3]) {
    await store.addSegment(segment(n));
    expect(await store.addBlock(id(n), 0, plain(n))).toBe(true);
  }
  return store;
}

function blockFile(home: string, n: number): string {
  return join(home, 'cache/blocks/00', `${id(n)}.0`);
}

function index(home: string): string {
  return join(home, 'cache/index');
}

function files(home: string): string[] {
  return readdirSync(join(home, 'cache/blocks'), { recursive: true, encoding: 'utf8' }).filter((it) =>
    it.includes('.'),
  );
}

describe('the folder of a cache', () => {
  test.skipIf(process.platform === 'win32')('is the user’s alone', async () => {
    const home = freshFolder();
    await filled(home);
    const modes = ['cache', 'cache/format.json', 'cache/blocks', 'cache/blocks/00', `cache/blocks/00/${id(1)}.0`].map(
      (it) => statSync(join(home, it)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o700, 0o700, 0o600]);
  });

  test('may be another than the home’s', async () => {
    const [home, folder] = [freshFolder(), join(freshFolder(), 'deep', 'cache')];
    const store = await realCaches(home).open({ folder });
    await store.addSegment(segment(1));
    await store.close();
    expect(readdirSync(folder).sort()).toEqual(['cache', 'run']);
    expect(readdirSync(home)).toEqual([]);
  });

  test('takes 5 % of the disk where nobody says', async () => {
    const home = freshFolder();
    const { limit } = await (await open(home)).usage();
    const size = Number(spawnSync('df', ['--output=size', '-B1', home], { encoding: 'utf8' }).stdout.split('\n')[1]);
    expect(limit).toBe(Math.floor(size / 20));
  });

  test('of a newer release is refused with a sentence, and stays as it is', async () => {
    const home = freshFolder();
    await (await filled(home)).close();
    const file = join(home, 'cache/format.json');
    writeFileSync(file, '{"format":"winpeer-cache","version":2}');
    await expect(realCaches(home).open()).rejects.toMatchObject({
      name: 'StoreFormatError',
      reason: 'newer',
      message: `${file} was written by a newer version of winpeer: update winpeer to use it`,
    });
    writeFileSync(file, '{"format":"winpeer-cache","version":1}');
    expect(brief(await (await open(home)).block(id(1), 0))).toEqual(brief(plain(1)));
  });

  test('that somebody removes costs misses, and is made anew', async () => {
    const home = freshFolder();
    const store = await filled(home);
    rmSync(join(home, 'cache'), { recursive: true });
    expect(await store.block(id(1), 0)).toBeUndefined();
    await eventually(async () => {
      await store.addSegment(segment(4));
      return store.addBlock(id(4), 0, plain(4));
    }).toBe(true);
    expect(brief(await store.block(id(4), 0))).toEqual(brief(plain(4)));
    await store.close();
    expect(brief(await (await open(home)).block(id(4), 0))).toEqual(brief(plain(4)));
  });

  test('of version 1 is read for ever', async () => {
    const home = freshFolder();
    cpSync(join(import.meta.dirname, 'format-1'), home, { recursive: true });
    const store = await open(home);
    expect(await store.usage()).toMatchObject({ segments: 2, blocks: 3, bytes: 2 * SEGMENT + 3 * 4096 });
    expect(await store.segment(id(1))).toEqual({
      id: id(1),
      length: 300,
      blockSize: 100,
      tags: [tag(1), tag(2)],
      keys: {
        algorithm: 'sha256',
        hashOfData: new Uint8Array(32).fill(1),
        secret: new Uint8Array(32).fill(2),
        blockHashes: [undefined, new Uint8Array(32).fill(3)],
      },
      created: expect.any(BigInt),
      blocks: [0, 2],
    });
    expect(await store.block(id(1), 0)).toEqual(plain(1, 100));
    const encrypted = { cipher: 'aes-256', iv: new Uint8Array(16).fill(4), bytes: new Uint8Array(112).fill(5) };
    expect(await store.block(id(1), 2)).toEqual(encrypted);
    expect(await store.block(id(2, 64), 0)).toEqual(plain(6, 50));
    expect(await store.flush(tag(2))).toBe(0);
    expect(await store.flush(tag(1))).toBe(SEGMENT + 2 * 4096);
  });
});

describe('a block whose file', () => {
  test.each<[string, (file: string) => void]>([
    ['has another byte', (file) => writeFileSync(file, readFileSync(file).fill(9, 1000, 1001))],
    ['is shorter', (file) => truncateSync(file, BLOCK - 1)],
    ['is empty', (file) => truncateSync(file, 0)],
    ['is longer', (file) => appendFileSync(file, 'x')],
    ['is gone', (file) => rmSync(file)],
    ['is another block’s', (file) => writeFileSync(file, new Uint8Array(BLOCK).fill(2))],
  ])('%s is a miss, and may be kept again', async (_, damage) => {
    const home = freshFolder();
    const store = await filled(home);
    damage(blockFile(home, 1));
    expect(await store.block(id(1), 0)).toBeUndefined();
    expect((await store.segment(id(1)))?.blocks).toEqual([]);
    expect(await store.usage()).toMatchObject({ segments: 3, blocks: 2, bytes: 3 * SEGMENT + 2 * BLOCK });
    expect(await store.addBlock(id(1), 0, plain(7))).toBe(true);
    expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(7)));
  });

  test('nobody knows goes some time after a process was killed', async () => {
    const home = freshFolder();
    await (await filled(home)).close();
    const orphan = join(home, 'cache/blocks/ff', `${'f'.repeat(64)}.12`);
    mkdirSync(join(home, 'cache/blocks/ff'));
    for (const file of [orphan, join(home, 'cache/blocks/00', `${id(1)}.1`)]) writeFileSync(file, 'x');
    await killed(home);
    await open(home);
    await eventually(() => files(home).length).toBe(3);
    expect(files(home).sort()).toEqual([1, 2, 3].map((n) => join('00', `${id(n)}.0`)));
  });
});

/** A process that has the cache open is killed. */
async function killed(home: string): Promise<void> {
  const program = `
    import { realCaches } from '#fallback/runtime/cache/caches';
    const store = await realCaches('${home}').open();
    await store.usage();
    process.kill(process.pid, 'SIGKILL');`;
  await expect(run(process.execPath, ['--input-type=module', '-e', program])).rejects.toMatchObject({
    signal: 'SIGKILL',
  });
}

describe('an index', () => {
  test('with a record that is damaged begins anew once that is read, and says so', async () => {
    const home = freshFolder();
    await (await filled(home)).close();
    const { ClassicLevel } = await import('classic-level');
    const level = new ClassicLevel<string, Uint8Array>(index(home), { valueEncoding: 'view' });
    const record = (await level.get(`held!${id(2)}`)) as Uint8Array;
    record[record.length - 1] = 1 ^ Number(record.at(-1));
    await level.put(`held!${id(2)}`, record);
    await level.close();
    const store = await open(home);
    expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
    expect(await store.block(id(2), 0)).toBeUndefined();
    const usage = await store.usage();
    expect(usage).toMatchObject({ segments: 0, blocks: 0, bytes: 0 });
    expect(usage.fault).toMatch(/^the index was damaged, and the cache began anew at 2/);
    await store.addSegment(segment(1));
    expect(await store.addBlock(id(1), 0, plain(4))).toBe(true);
    expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(4)));
  });

  /** What the files of the index with such names become. */
  const each = (name: RegExp, change: (file: string) => void) => (home: string) => {
    const names = readdirSync(index(home)).filter((it) => name.test(it));
    expect(names.length).toBeGreaterThan(0);
    for (const it of names) change(join(index(home), it));
  };
  const scramble = (file: string): void => writeFileSync(file, Buffer.alloc(statSync(file).size, 0xa5));

  test.each<[string, (home: string) => void]>([
    ['says nothing any more', each(/^CURRENT$/, (file) => truncateSync(file, 0))],
    ['leads nowhere', each(/^MANIFEST/, rmSync)],
    ['has a list of files that is none', each(/^MANIFEST/, scramble)],
    ['is of a format that is none', (home) => writeFileSync(join(home, 'cache/format.json'), '{"format":"x"}')],
    ['is of a format that is half said', (home) => truncateSync(join(home, 'cache/format.json'), 10)],
    ['is of no format', (home) => rmSync(join(home, 'cache/format.json'))],
  ])('that %s begins anew, empty, and its blocks go', async (_, damage) => {
    const home = freshFolder();
    await (await filled(home)).close();
    damage(home);
    const store = await open(home);
    expect(await store.block(id(1), 0)).toBeUndefined();
    expect(await store.usage()).toMatchObject({ segments: 0, blocks: 0, bytes: 0 });
    await store.addSegment(segment(2));
    expect(await store.addBlock(id(2), 0, plain(5))).toBe(true);
    expect(brief(await store.block(id(2), 0))).toEqual(brief(plain(5)));
    await eventually(() => files(home).length).toBe(1);
  });
});

describe('processes that share a cache', () => {
  test('go on when their keeper is killed, again and again, and lose nothing that they were told is kept', async () => {
    const home = freshFolder();
    const kept: number[] = [];
    const writers = new Map<number, ChildProcess>();
    let started = 0;
    let told = (): void => undefined;
    const start = (): void => {
      const location = JSON.stringify({ folder: home });
      const child = spawn(process.execPath, [WRITER, location, String(1e6 * started++)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      writers.set(child.pid as number, child);
      createInterface(child.stdout).on('line', (line) => {
        kept.push(Number(line));
        told();
      });
    };
    const more = async (count: number): Promise<void> => {
      const goal = kept.length + count;
      while (kept.length < goal) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    };
    const kill = async (pid: number): Promise<void> => {
      const child = writers.get(pid) as ChildProcess;
      writers.delete(pid);
      child.kill('SIGKILL');
      await once(child, 'close');
    };
    onTestFinished(async () => {
      for (const pid of [...writers.keys()]) await kill(pid);
    });

    for (let n = 0; n < 3; n++) start();
    for (let round = 0; round < 6; round++) {
      await more(10);
      await kill(keeperOf(home));
      start();
    }
    await more(10);
    for (const pid of [...writers.keys()]) await kill(pid);
    const store = await open(home);
    const missing = [];
    for (const n of kept) {
      const block = await store.block(id(n), 0);
      if (!Buffer.from(block?.bytes ?? []).equals(new Uint8Array(1000).fill(n))) missing.push(n);
    }
    expect(missing).toEqual([]);
    expect((await store.usage()).blocks).toBeGreaterThanOrEqual(kept.length);
  });

  test('see that a keeper of a newer release is there', async () => {
    const home = freshFolder();
    const store = await filled(home);
    const file = join(home, 'run/cache.1/keeper.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"version":1', '"version":2'));
    const message = `the process ${process.pid}, which keeps the cache of ${home}, is of a newer version of winpeer: update this one, or end it`;
    await expect(realCaches(home).open()).rejects.toMatchObject({ code: 'ERR_KEEPER_VERSION', message });
    expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
  });

  test('have misses where it can’t be opened, and it says why', async () => {
    const home = freshFolder();
    writeFileSync(join(home, 'cache'), 'no folder');
    const store = await open(home);
    expect(await store.block(id(1), 0)).toBeUndefined();
    await store.addSegment(segment(1));
    expect(await store.addBlock(id(1), 0, plain(1))).toBe(false);
    await expect(store.clear()).rejects.toMatchObject({ code: expect.stringMatching(/EEXIST|ENOTDIR/) });
    expect((await store.usage()).fault).toMatch(/EEXIST|ENOTDIR/);
    rmSync(join(home, 'cache'));
    await eventually(async () => {
      await store.addSegment(segment(1));
      return store.addBlock(id(1), 0, plain(1));
    }).toBe(true);
    expect(await store.usage()).not.toHaveProperty('fault');
  });
});

function keeperOf(home: string): number {
  const [claim = ''] = readdirSync(join(home, 'run'))
    .filter((it) => /^cache\.\d+$/.test(it))
    .sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)));
  return (JSON.parse(readFileSync(join(home, 'run', claim, 'keeper.json'), 'utf8')) as { pid: number }).pid;
}

suite('a disk', ['mount'], () => {
  test('that has little room is left some; one that others fill costs misses that say so, until it has room', async () => {
    const home = freshFolder();
    const script = `mount -t tmpfs -o size=32m tmpfs "$1" && node "$2" "$1"`;
    const program = join(import.meta.dirname, 'full-disk.mjs');
    const { stdout } = await run('unshare', ['--mount', 'sh', '-c', script, 'sh', home, program]);
    const { kept, left, full, why, again, wrong, fault } = JSON.parse(stdout);
    expect(kept).toBe(300);
    expect(left).toBeGreaterThan(1_000_000);
    expect(full).toMatchObject({ kept: false, read: true });
    expect(why).toMatch(/no space left/i);
    expect(again).toBe(true);
    expect({ wrong, fault }).toEqual({ wrong: 0, fault: null });
  });
});
