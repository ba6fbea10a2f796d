import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FileLook, Host, WorkThread } from '#lib/backend/contract/host';
import { freshFolder } from '../real-host.ts';

const MODULE = new URL('../thread-module.mjs', import.meta.url).href;

/** For tests with another kind of host too. */
export function thread(host: Host, module = MODULE): WorkThread {
  const opened = host.threads.open(module);
  onTestFinished(() => opened.close());
  return {
    call: (name, argument) => host.awaited(opened.call(name, argument)),
    close: () => host.awaited(opened.close()),
  };
}

export function threadsSuite(title: string, make: () => Host): void {
  describe(title, () => {
    test('there is at least one', () => expect(make().threads.count).toBeGreaterThanOrEqual(1));

    test('calls are made one after the other, on a module that keeps its state', async () => {
      const { call } = thread(make());
      const counts = await Promise.all([1, 2, 3].map(() => call('count', undefined)));
      expect(counts).toEqual([1, 2, 3]);
    });

    test('each thread has a module of its own', async () => {
      const host = make();
      const [one, other] = [thread(host), thread(host)];
      await one.call('count', undefined);
      expect(await other.call('count', undefined)).toBe(1);
    });

    test('what goes over is a copy', async () => {
      const { call } = thread(make());
      const argument = { bytes: Uint8Array.of(1, 2), text: 'é', number: 5n, list: [undefined, 1] };
      const result = call('echo', argument);
      argument.bytes.fill(0);
      expect(await result).toEqual({ ...argument, bytes: Uint8Array.of(1, 2) });
    });

    test('but for shared memory', async () => {
      const { call } = thread(make());
      const shared = new SharedArrayBuffer(3);
      await call('fill', shared);
      expect([...new Uint8Array(shared)]).toEqual([7, 7, 7]);
    });

    test('what a function throws rejects with its message and code, and the next call is made', async () => {
      const { call } = thread(make());
      const failed = call('fail', { message: 'no room', code: 'ENOSPC' });
      const next = call('count', undefined);
      await expect(failed).rejects.toMatchObject({ message: 'no room', code: 'ENOSPC' });
      await expect(failed).rejects.toBeInstanceOf(Error);
      expect(await next).toBe(1);
    });

    test('an argument that cannot be copied rejects, and nothing else does', async () => {
      const { call } = thread(make());
      await expect(call('echo', () => 1)).rejects.toThrow();
      expect(await call('count', undefined)).toBe(1);
    });

    test('a module that cannot be loaded rejects each call', async () => {
      const { call } = thread(make(), new URL('../no-such-module.mjs', import.meta.url).href);
      await expect(call('count', undefined)).rejects.toThrow(/no-such-module/);
      await expect(call('count', undefined)).rejects.toThrow(/no-such-module/);
    });

    test('after close it begins anew', async () => {
      const { call, close } = thread(make());
      await call('count', undefined);
      await close();
      await close();
      expect(await call('count', undefined)).toBe(1);
    });

    test('files are read in any part, of the version that was looked at', async () => {
      const { call } = thread(make());
      const path = join(freshFolder(), 'file');
      writeFileSync(path, 'hello, branch office');
      const look = (await call('look', path)) as FileLook;
      expect(look.length).toBe(20);
      expect(await call('look', path)).toEqual(look);
      const read = (position: number, length: number) => call('read', { path, look, position, length });
      expect(Buffer.from((await read(7, 6)) as Uint8Array).toString()).toBe('branch');
      expect(await read(20, 0)).toEqual(new Uint8Array(0));
      await expect(read(15, 6)).rejects.toMatchObject({ code: 'ESTALE' });
      appendFileSync(path, '\n');
      await expect(read(7, 6)).rejects.toMatchObject({ code: 'ESTALE', message: expect.stringContaining(path) });
    });

    test('a file in the place of another is another version', async () => {
      const { call } = thread(make());
      const folder = freshFolder();
      const [path, other] = [join(folder, 'file'), join(folder, 'other')];
      writeFileSync(path, 'hello');
      writeFileSync(other, 'HELLO');
      const look = (await call('look', path)) as FileLook;
      renameSync(other, path);
      await expect(call('read', { path, look, position: 0, length: 5 })).rejects.toMatchObject({ code: 'ESTALE' });
    });

    test('what is no regular file is not read', async () => {
      const { call } = thread(make());
      const folder = freshFolder();
      mkdirSync(join(folder, 'folder'));
      await expect(call('look', join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(call('look', join(folder, 'folder'))).rejects.toMatchObject({ code: 'EISDIR' });
      if (process.platform !== 'win32') {
        await expect(call('look', '/dev/zero')).rejects.toMatchObject({ code: 'EINVAL' });
      }
    });
  });
}
