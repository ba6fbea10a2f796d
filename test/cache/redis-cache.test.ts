import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { realCaches } from '#fallback/runtime/cache/caches';
import type { CacheLocation, CacheStore } from '#lib/backend/contract/cache-store';
import { eventually } from '../keeper/sharer.ts';
import { suite } from '../needs.ts';
import { realHost } from '../runtime/real-host.ts';
import { cacheStoreSuite } from '../runtime/suites/cache-store.ts';
import { brief, id, plain, segment, tag } from './blocks.ts';
import { RedisProcess } from './redis-process.ts';

const WRITER = join(import.meta.dirname, 'writer.mjs');

async function open(location: CacheLocation): Promise<CacheStore> {
  const store = await realCaches('/nowhere').open(location);
  onTestFinished(() => store.close());
  return store;
}

suite('Redis', ['redis'], () => {
  const folder = mkdtempSync(join(tmpdir(), 'winpeer-redis-'));
  let server: RedisProcess;
  let databases = 0;
  const fresh = (): string => server.address(databases++);

  beforeAll(async () => {
    server = await RedisProcess.start(folder);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  cacheStoreSuite('cache store', () => ({ host: realHost(), location: { redis: fresh() } }));

  test('two machines have one cache; when one is killed nothing is lost that it had acknowledged', async () => {
    const redis = fresh();
    const [one, two] = [spawnWriter(redis, 0), await open({ redis })];
    await two.addSegment(segment(1_000_000));
    let acknowledged = 0;
    for await (const line of createInterface(one.stdout)) {
      acknowledged = Number(line);
      if (acknowledged === 50) one.kill('SIGKILL');
      await two.addBlock(id(1_000_000), acknowledged % 2, plain(9, 100));
    }
    expect(acknowledged).toBeGreaterThanOrEqual(50);
    for (let n = 1; n <= acknowledged; n++)
      expect(brief(await two.block(id(n), 0))).toEqual(brief(plain(n % 256, 1000)));
    expect((await two.usage()).blocks).toBeGreaterThanOrEqual(acknowledged);
  });

  test('many that learn of a segment at once lose nothing of it', async () => {
    const redis = fresh();
    const stores = await Promise.all(Array.from({ length: 8 }, () => open({ redis })));
    await Promise.all(stores.map((store, n) => store.addSegment(segment(1, { tags: [tag(n + 1)] }))));
    expect([...((await stores[0]?.segment(id(1)))?.tags ?? [])].sort()).toEqual(stores.map((_, n) => tag(n + 1)));
    expect(await stores[0]?.usage()).toMatchObject({ segments: 1, bytes: 4096 });
  });

  test('caches of other versions and programs are left alone', async () => {
    const redis = fresh();
    const { Redis } = await import('ioredis');
    const client = new Redis(redis);
    onTestFinished(() => client.disconnect());
    await client.mset('theirs', 'x', 'winpeer:cache:2:totals', 'y');
    const store = await open({ redis });
    await store.addSegment(segment(1));
    await store.clear();
    expect(await client.mget('theirs', 'winpeer:cache:2:totals')).toEqual(['x', 'y']);
  });

  test('a server that goes away costs misses that say so, and works again when it is back, empty', async () => {
    const own = await RedisProcess.start(folder);
    onTestFinished(() => own.stop());
    const store = await open({ redis: own.address(), limit: 1e6 });
    await store.addSegment(segment(1));
    expect(await store.addBlock(id(1), 0, plain(1))).toBe(true);
    await own.stop();
    expect(await store.block(id(1), 0)).toBeUndefined();
    await expectAway(store);
    await own.start();
    await eventually(async () => (await store.usage()).fault).toBeUndefined();
    expect(await store.block(id(1), 0)).toBeUndefined();
    await store.addSegment(segment(1));
    expect(await store.addBlock(id(1), 0, plain(1))).toBe(true);
    expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
    expect(await store.usage()).toMatchObject({ limit: 1e6 });
  });

  test('a server that stands still costs one wait, and goes on where it was', async () => {
    const own = await RedisProcess.start(folder);
    onTestFinished(() => own.stop());
    const store = await open({ redis: own.address() });
    await store.addSegment(segment(1));
    await store.addBlock(id(1), 0, plain(1));
    own.signal('SIGSTOP');
    expect(await store.block(id(1), 0)).toBeUndefined();
    await expectAway(store);
    own.signal('SIGCONT');
    await eventually(async () => brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
  });

  test('one that was never there may come', async () => {
    const own = await RedisProcess.start(folder);
    onTestFinished(() => own.stop());
    await own.stop();
    const store = await open({ redis: own.address() });
    await expectAway(store);
    await own.start();
    await eventually(async () => (await store.usage()).fault).toBeUndefined();
    await store.addSegment(segment(1));
    expect(await store.segment(id(1))).toMatchObject({ blocks: [] });
  });

  async function expectAway(store: CacheStore): Promise<void> {
    // A thousand, because none may wait.
    for (let n = 0; n < 1000; n++) expect(await store.block(id(1), 0)).toBeUndefined();
    expect(await store.segment(id(1))).toBeUndefined();
    await store.addSegment(segment(2));
    expect(await store.addBlock(id(1), 1, plain(1, 100))).toBe(false);
    await store.removeBlock(id(1), 1);
    await store.removeSegment(id(1));
    await expect(store.flush(tag(1))).rejects.toThrow(/^redis:\/\/127\.0\.0\.1:\d+ is away/);
    await expect(store.clear()).rejects.toThrow(/is away/);
    const fault = expect.stringMatching(/^redis:\/\/127\.0\.0\.1:\d+ is away/);
    expect(await store.usage()).toEqual({ segments: 0, blocks: 0, bytes: 0, limit: 0, fault });
  }

  function spawnWriter(redis: string, start: number) {
    const child = spawn(process.execPath, [WRITER, JSON.stringify({ redis }), String(start)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      if (!child.kill('SIGKILL')) return;
      await once(child, 'close');
    });
    return child;
  }
});

describe('the address of a Redis server', () => {
  test.each(['', 'localhost', 'http://localhost', 'redis:', 'redis:///0', 'redis://'])('can’t be %j', async (redis) => {
    await expect(realCaches('/nowhere').open({ redis })).rejects.toThrow(RangeError);
  });

  test('is told without its password', async () => {
    const store = await open({ redis: 'redis://user:secret@127.0.0.1:1/0' });
    expect((await store.usage()).fault).toMatch(/^redis:\/\/127\.0\.0\.1:1 is away: .*ECONNREFUSED/);
  });
});
