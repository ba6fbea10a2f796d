import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { DiskCache } from '#fallback/runtime/cache/disk-cache';
import { SeededRandom } from '#fallback/runtime/virtual/seeded-random';
import { freshFolder } from '../runtime/real-host.ts';
import { id } from './blocks.ts';
import { content } from './killed-content.mjs';

const WRITER = join(import.meta.dirname, 'killed-writer.mjs');
const LANES = 4;
const KILLS = 200;
const SEED = 1;

/** Runs one that caches until it kills itself, and notes in `acknowledged` what must be there then. */
async function kill(home: string, seed: string, operations: number, acknowledged: Set<string>): Promise<void> {
  const child = spawn(process.execPath, [WRITER, home, seed, String(operations)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('+')) acknowledged.add(line.slice(1));
    else acknowledged.delete(line.slice(1));
  }
  expect(await closed).toEqual([null, 'SIGKILL']);
}

/** Reads all that a cache has: nothing acknowledged is missing, nothing is wrong. */
async function examine(home: string, acknowledged: ReadonlySet<string>): Promise<number> {
  const cache = await DiskCache.open(home);
  const found = new Set<string>();
  const wrong: string[] = [];
  for (let segment = 0; segment < 40; segment++) {
    for (const index of (await cache.segment(id(segment)))?.blocks ?? []) {
      const block = await cache.block(id(segment), index);
      if (block !== undefined) found.add(`${segment}.${index}`);
      if (block !== undefined && !Buffer.from(block.bytes).equals(content(segment, index)))
        wrong.push(`${segment}.${index}`);
    }
  }
  const usage = await cache.usage();
  await cache.close();
  expect(wrong).toEqual([]);
  expect([...acknowledged].filter((it) => !found.has(it))).toEqual([]);
  expect(usage).toMatchObject({ blocks: found.size });
  expect(usage.fault).toBeUndefined();
  return found.size;
}

test(`${KILLS} times kill -9 while caching: nothing acknowledged is lost, no byte is wrong`, {
  timeout: 300_000,
}, async () => {
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const [home, acknowledged] = [freshFolder(), new Set<string>()];
    const random = new SeededRandom(`${SEED} ${lane}`);
    for (let round = 1; round <= KILLS / LANES; round++) {
      // Some while it opens, most while it writes.
      await kill(home, `${SEED} ${lane} ${round}`, 1 + random.below(120), acknowledged);
      if (round % 25 === 0) await examine(home, acknowledged);
    }
    return examine(home, acknowledged);
  });
  for (const found of await Promise.all(lanes)) expect(found).toBeGreaterThan(20);
});
