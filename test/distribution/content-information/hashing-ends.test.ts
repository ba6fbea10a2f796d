import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ContentHashing } from '#fallback/distribution/content-information/index';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { Host } from '#lib/backend/contract/host';
import { freshFolder, realHost } from '../../runtime/real-host.ts';
import { plain } from '../../wire/codec-law.ts';
import { expected, file, hashingOn, pushed } from './hashed.ts';
import { generated, MIB, READINGS } from './samples.ts';

describe('files', () => {
  test('progress rises to the length', async () => {
    const seen: number[] = [];
    await hashingOn(realHost()).hashFile(file(new Uint8Array(9 * MIB)), ['sha256', 'sha512-256'], {
      progress: (bytes) => seen.push(bytes),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect([seen.length, seen.at(-1)]).toEqual([3, 9 * MIB]);
  });

  test.each([
    ['grows', (path: string) => appendFileSync(path, 'x')],
    ['shrinks', (path: string) => truncateSync(path, 5 * MIB)],
    ['is written again', (path: string) => writeFileSync(path, new Uint8Array(24 * MIB).fill(1))],
  ])('one that %s meanwhile is ESTALE', async (_, change) => {
    const path = file(new Uint8Array(24 * MIB));
    const hashing = hashingOn(realHost());
    const hashed = hashing.hashFile(path, ['sha256'], { progress: (bytes) => bytes === 4 * MIB && change(path) });
    await expect(hashed).rejects.toMatchObject({ code: 'ESTALE' });
    // And what comes after it is not disturbed.
    const [hashes] = await hashing.hashFile(path, ['sha256']);
    expect(hashes?.length).toBeGreaterThan(0n);
  });

  test('one that is not there, and a folder', async () => {
    const hashing = hashingOn(realHost());
    const folder = freshFolder();
    await expect(hashing.hashFile(join(folder, 'none'), ['sha256'])).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(hashing.hashFile(folder, ['sha256'])).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test('a signal ends it, and no progress is told afterwards', async () => {
    const hashing = hashingOn(realHost());
    const path = file(new Uint8Array(24 * MIB));
    const stop = new AbortController();
    const seen: number[] = [];
    const progress = (bytes: number): void => {
      seen.push(bytes);
      stop.abort(new Error('enough'));
    };
    await expect(hashing.hashFile(path, ['sha256'], { progress, signal: stop.signal })).rejects.toThrow('enough');
    expect(seen).toHaveLength(1);
    await expect(hashing.hashFile(path, ['sha256'], { signal: stop.signal })).rejects.toThrow('enough');
  });
});

describe('threads', () => {
  /** Those of the host, with every call and close seen. */
  function watched(
    host: Host,
    { call, close }: { call?: (name: string) => void; close?: () => void },
  ): Host['threads'] {
    return {
      count: 2,
      open(module) {
        const thread = host.threads.open(module);
        return {
          async call(name, argument) {
            call?.(name);
            return await thread.call(name, argument);
          },
          async close() {
            close?.();
            await thread.close();
          },
        };
      },
    };
  }

  test('one that fails ends the contents that it works on, and no others', async () => {
    const host = new VirtualNetwork({ seed: 1 }).host();
    let cuts = 0;
    const call = (name: string): void => {
      if (name === 'cut') cuts++;
      if (name === 'cut' && cuts === 3) throw new Error('it broke');
    };
    const hashing = new ContentHashing({ clock: host.clock, threads: watched(host, { call }) }, READINGS);
    const content = generated(4 * MIB);
    await expect(pushed(hashing, content, ['sha512-256'], MIB)).rejects.toThrow('it broke');
    expect(plain(await pushed(hashing, content, ['sha512-256'], MIB))).toEqual([
      plain(expected(content, 'sha512-256')),
    ]);
  });

  test('those with nothing to do are ended after ten seconds', async () => {
    const network = new VirtualNetwork({ seed: 1 });
    const host = network.host();
    let closed = 0;
    const threads = watched(host, { close: () => void closed++ });
    const hashing = new ContentHashing({ clock: host.clock, threads }, READINGS);
    const hash = () => pushed(hashing, generated(100), ['sha256'], 100);
    await hash();
    await network.time.advance(9_000);
    await hash();
    await network.time.advance(9_999);
    expect(closed).toBe(0);
    await network.time.advance(1);
    expect(closed).toBe(2);
    expect(await hash()).toHaveLength(1);
  });
});
