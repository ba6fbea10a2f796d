import { describe, expect, test } from 'vitest';
import type { HashName, Host } from '#lib/backend/contract/host';
import { publicKeyOf } from '../identity-credentials.ts';

const HASHES: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'];
const TEXT = Buffer.from('abc');

export function workSuite(title: string, make: () => Host): void {
  describe(title, () => {
    // FIPS 180-4 and RFC 1321, their example "abc".
    test.each([
      ['md5', '900150983cd24fb0d6963f7d28e17f72'],
      ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
      ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ] as const)('%s', async (hash, digest) => {
      const host = make();
      expect(Buffer.from(await host.awaited(host.work.digest(hash, TEXT))).toString('hex')).toBe(digest);
    });

    test.each(HASHES)('a signature with %s is valid for its key and text only', async (hash) => {
      const host = make();
      const [mine, other] = await host.awaited(Promise.all([host.work.generateKey(1024), host.work.generateKey(1024)]));
      const signature = await host.awaited(host.work.sign(hash, mine, TEXT));
      const verify = (key: Uint8Array, text: Uint8Array) =>
        host.awaited(host.work.verify(hash, publicKeyOf(key), text, signature));
      expect(await verify(mine, TEXT)).toBe(true);
      expect(await verify(other, TEXT)).toBe(false);
      expect(await verify(mine, Buffer.from('abd'))).toBe(false);
    });

    test('more keys than are kept sign each for itself', async () => {
      const host = make();
      const keys = await host.awaited(Promise.all(Array.from({ length: 10 }, () => host.work.generateKey(1024))));
      for (const key of [...keys, ...keys.toReversed()]) {
        const signature = await host.awaited(host.work.sign('sha1', key, TEXT));
        expect(await host.awaited(host.work.verify('sha1', publicKeyOf(key), TEXT, signature))).toBe(true);
      }
    });

    test('garbage has signed nothing', async () => {
      const host = make();
      const key = publicKeyOf(await host.awaited(host.work.generateKey(1024)));
      const verify = (publicKey: Uint8Array, signature: Uint8Array) =>
        host.awaited(host.work.verify('sha1', publicKey, TEXT, signature));
      for (const bad of [new Uint8Array(0), new Uint8Array(128), Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)]) {
        expect(await verify(bad, new Uint8Array(128))).toBe(false);
        expect(await verify(key, bad)).toBe(false);
      }
      expect(await verify(key.subarray(0, 50), new Uint8Array(128))).toBe(false);
    });

    test('signing with what is no key rejects', async () => {
      const host = make();
      await expect(host.awaited(host.work.sign('sha1', new Uint8Array(20), TEXT))).rejects.toThrow();
    });
  });
}
