import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { content } from '../distribution/http/scene.ts';
import { suite } from '../needs.ts';
import { Link, type Machine } from './link.ts';

const SIZE = 8_000_000;
const BYTES = content(SIZE);
const SECRET = 'the branch office';

/** Of every 100 bytes so many may still come from the origin. */
const FEW = 5;

/** They start about twenty programs, some of which work at once. */
const TIMEOUT_MS = 180_000;

/** A folder with the content, which nobody has touched for an hour. */
function folder(machine: Machine): string {
  const root = machine.path('root');
  mkdirSync(root);
  const file = join(root, 'update.bin');
  writeFileSync(file, BYTES);
  const then = Date.now() / 1000 - 3600;
  utimesSync(file, then, then);
  return root;
}

interface Got {
  readonly bytes: number;
  readonly fromServer: number;
  readonly fromPeers: number;
  readonly fromHostedCache: number;
}

/** Fetches, and holds the file against the content. */
async function get(machine: Machine, url: string, ...options: readonly string[]): Promise<Got> {
  const out = machine.path('update.bin');
  const { code, ...got } = await machine.run('dist', 'get', `${url}update.bin`, '--out', out, '--share', ...options);
  expect(code, JSON.stringify(got)).toBe(0);
  const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  expect(hash(readFileSync(out))).toBe(hash(BYTES));
  return got as unknown as Got;
}

/** The origin, whose hashes the first client's first request has made. */
async function origin(machine: Machine, client: Machine): Promise<string> {
  const listen = `${machine.address}:0`;
  const serving = machine.start('dist', 'serve', folder(machine), '--secret', SECRET, '--listen', listen);
  const { url } = (await serving.event('listening')) as { url: string };
  await get(client, url);
  await serving.event('hashed');
  return url;
}

suite('a branch office', ['netns'], () => {
  describe.concurrent('with an origin and four clients', { timeout: TIMEOUT_MS }, () => {
    test('the first fetches from the origin, the others from each other; a peer that lies changes nothing', async ({
      onTestFinished,
    }) => {
      const link = await Link.open(onTestFinished);
      const [server, one, two, three, four] = [
        await link.machine(),
        await link.machine(),
        await link.machine(),
        await link.machine(),
        await link.machine(),
      ];
      for (const client of [one, two, three]) await client.start('dist', 'peer').event('listening');
      const url = await origin(server, one);
      expect(await get(one, url, '--peers')).toMatchObject({ fromServer: SIZE, fromPeers: 0 });

      const before = await server.transmitted();
      for (const client of [two, three]) {
        const { fromPeers } = await get(client, url, '--peers');
        expect(fromPeers).toBeGreaterThanOrEqual(SIZE * (1 - FEW / 100));
      }
      expect((await server.transmitted()) - before).toBeLessThan((2 * SIZE * FEW) / 100);

      const silent = await link.machine();
      const hashes = silent.script(
        join(import.meta.dirname, 'hashes-only.mjs'),
        folder(silent),
        SECRET,
        silent.address,
      );
      const { url: hashesOnly } = (await hashes.event('listening')) as { url: string };
      await get(one, hashesOnly);
      await hashes.event('hashed');
      const liar = await link.machine();
      const lying = liar.script(join(import.meta.dirname, 'lying-peer.mjs'));
      await lying.event('listening');
      expect(await get(four, hashesOnly, '--peers')).toMatchObject({ bytes: SIZE, fromPeers: SIZE });
      await lying.event('lied');
    });

    test('the first offers what it fetched to the hosted cache, which serves the others', async ({
      onTestFinished,
    }) => {
      const link = await Link.open(onTestFinished);
      const [server, hosted, ...clients] = [
        await link.machine(),
        await link.machine(),
        await link.machine(),
        await link.machine(),
        await link.machine(),
        await link.machine(),
      ];
      const [first, ...others] = clients as [Machine, ...Machine[]];
      const caching = hosted.start('dist', 'cache', '--listen', `${hosted.address}:0`);
      const { url: cache } = (await caching.event('listening')) as { url: string };
      const url = await origin(server, first);
      expect(await get(first, url, '--hosted-cache', cache)).toMatchObject({ fromServer: SIZE, fromHostedCache: 0 });

      const before = await server.transmitted();
      for (const client of others) {
        const { fromHostedCache } = await get(client, url, '--hosted-cache', cache);
        expect(fromHostedCache).toBeGreaterThanOrEqual(SIZE * (1 - FEW / 100));
      }
      expect((await server.transmitted()) - before).toBeLessThan((3 * SIZE * FEW) / 100);
    });
  });
});
