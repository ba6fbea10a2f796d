import { appendFileSync, closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ContentHashing } from '#fallback/distribution/content-information/index';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import type { Host } from '#lib/backend/contract/host';
import { freshFolder, realHost } from '../../runtime/real-host.ts';
import { plain } from '../../wire/codec-law.ts';
import { expected, file, hashingOn, pushed } from './hashed.ts';
import { generated, MIB, READINGS } from './samples.ts';

/** A file that takes no room on most disks. */
function zeros(length: number): string {
  const path = file(new Uint8Array(0));
  truncateSync(path, length);
  return path;
}

function writeAt(path: string, position: number): void {
  const opened = openSync(path, 'r+');
  writeSync(opened, 'x', position);
  closeSync(opened);
}

describe('files', () => {
  test('progress rises to the length', async () => {
    const seen: number[] = [];
    await hashingOn(realHost()).hashFile(zeros(9 * MIB), ['sha256', 'sha512-256'], {
      progress: (bytes) => seen.push(bytes),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect([seen.length, seen.at(-1)]).toEqual([3, 9 * MIB]);
  });

  test.each([
    ['grows', (path: string) => appendFileSync(path, 'x')],
    ['shrinks', (path: string) => truncateSync(path, 5 * MIB)],
    ['gets another byte', (path: string) => writeAt(path, 63 * MIB)],
  ])('one that %s meanwhile is ESTALE', async (_, change) => {
    const path = zeros(64 * MIB);
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
    const path = zeros(64 * MIB);
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
  /** Two of the host, with every call before it is made, and every close. */
  function watched(
    { threads }: Host,
    { call, close }: { call?: (name: string) => Promise<void> | void; close?: () => void },
  ): Host['threads'] {
    return {
      count: 2,
      open(module) {
        const thread = threads.open(module);
        return {
          async call(name, argument) {
            await call?.(name);
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

  function third(what: () => Promise<void> | void): (name: string) => Promise<void> | void {
    let pieces = 0;
    return (name) => {
      if (name === 'hash') pieces++;
      return name === 'hash' && pieces === 3 ? what() : undefined;
    };
  }

  test('one that fails ends the contents that it works on, and no others', async () => {
    const host = realHost();
    const call = third(() => {
      throw new Error('it broke');
    });
    const hashing = hashingOn({ ...host, threads: watched(host, { call }) });
    const content = generated(6 * MIB);
    // The other thread waits for the piece that comes never.
    await expect(pushed(hashing, content, ['sha512-256'], MIB)).rejects.toThrow('it broke');
    expect(plain(await pushed(hashing, content, ['sha512-256'], MIB))).toEqual([
      plain(expected(content, 'sha512-256')),
    ]);
  });

  test('closing ends those that wait for another', async () => {
    const host = realHost();
    let reached: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const call = third(() => {
      reached?.();
      return new Promise(() => undefined);
    });
    const hashing = hashingOn({ ...host, threads: watched(host, { call }) });
    const hashed = expect(pushed(hashing, generated(6 * MIB), ['sha512-256'], MIB)).rejects.toThrow(/closed/);
    await asked;
    await hashing.close();
    await hashed;
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
