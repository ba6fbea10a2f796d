import { describe, expect, test } from 'vitest';
import { bytes, codeOf, idOf, informationOf, opened, publish, TAG } from './distribution-asking.ts';
import type { Stage } from './stages.ts';

/** What the fallback has of its own: the secret, hashes, the cache of the home. */
export function serviceCases(stage: Stage): void {
  describe('the home', () => {
    test('[PeerDistServerPublishStream PEERDIST_ERROR_SERVICE_UNAVAILABLE] where the secret of the home is out of reach; then that is the status', async () => {
      const { platform, lock } = stage.lockable();
      const { distribution } = platform;
      const seen: string[] = [];
      distribution.on('status-changed', ({ status }) => void seen.push(status));
      await publish(platform, 'locked', bytes('locked', 10));
      lock();
      await expect(distribution.publishStream({ contentId: idOf('locked too') })).rejects.toEqual(
        codeOf('PEERDIST_ERROR_SERVICE_UNAVAILABLE', 'PeerDistServerPublishStream'),
      );
      expect((await distribution.status()).status).toBe('unavailable');
      expect(seen).toEqual(['available', 'unavailable']);
      // With a secret of its own it needs nothing of the home.
      const stream = await distribution.publishStream({ contentId: idOf('locked too'), secret: 'own' });
      await stream.close();
    });

    test('[PeerDistClientFlushContent PEERDIST_ERROR_SERVICE_UNAVAILABLE] where the cache of the home is out of reach; reading goes on without', async () => {
      const { platform, lock } = stage.lockable();
      const { distribution } = platform;
      const content = bytes('without', 10);
      await publish(platform, 'without', content);
      const information = await informationOf(platform, 'without');
      lock();
      await expect(distribution.flush(TAG)).rejects.toEqual(
        codeOf('PEERDIST_ERROR_SERVICE_UNAVAILABLE', 'PeerDistClientFlushContent'),
      );
      await expect(distribution.cache.clear()).rejects.toEqual(
        codeOf('PEERDIST_ERROR_SERVICE_UNAVAILABLE', 'clearCache'),
      );
      await using reading = await opened(platform, information);
      await reading.addData(0n, content);
      expect(await reading.blockRead(0n, { max: 10 })).toMatchObject({ kind: 'data', bytes: content });
    });
  });

  describe('services', () => {
    const content = bytes('services', 500_000);
    async function* parts() {
      for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000);
    }
    const hashOf = async (platform: ReturnType<Stage['platform']>, options: object = {}) =>
      Uint8Array.from((await platform.distribution.hash({ source: parts(), ...options })).contentInformation);

    test('the platforms of a home have one secret, others another', async () => {
      const home = stage.home();
      const [one, two, other] = [stage.platform(home), stage.platform(home), stage.platform()];
      const [first, second, third] = [await hashOf(one), await hashOf(two), await hashOf(other)];
      expect(first).toEqual(second);
      expect(first).not.toEqual(third);
    });

    test('a secret that is set, exported and imported', async () => {
      const [one, two] = [stage.platform(), stage.platform()];
      await one.distribution.setSecret('ein Kennwort');
      expect(await hashOf(one)).toEqual(await hashOf(two, { secret: 'ein Kennwort' }));
      const file = await one.distribution.exportSecret('for the file');
      const refused = { name: 'PeerError', code: 'E_INVALIDARG' };
      await expect(two.distribution.importSecret(file, 'another')).rejects.toMatchObject(refused);
      await expect(two.distribution.importSecret(file.subarray(16), 'for the file')).rejects.toMatchObject(refused);
      await two.distribution.importSecret(file, 'for the file');
      expect(await hashOf(two)).toEqual(await hashOf(one));
      await expect(one.distribution.setSecret('')).rejects.toMatchObject(refused);
    });

    test('what is hashed is what is published', async () => {
      const platform = stage.platform();
      await publish(platform, 'hashed', content);
      for (const version of [1, 2] as const) {
        const versions = { minVersion: version, maxVersion: version };
        expect(await hashOf(platform, { version })).toEqual(await informationOf(platform, 'hashed', versions));
        const range = { offset: 1000n, length: 100_000n };
        expect(await hashOf(platform, { version, range })).toEqual(
          await informationOf(platform, 'hashed', { ...versions, range }),
        );
      }
      await platform.distribution.unpublish(idOf('hashed'));
    });

    test('progress, a signal, algorithms, and what can’t be hashed', async () => {
      const platform = stage.platform();
      const seen: bigint[] = [];
      const hashed = await platform.distribution.hash({
        source: parts(),
        algorithm: 'sha384',
        progress: (bytes) => seen.push(bytes),
      });
      expect(hashed).toMatchObject({ version: 1, algorithm: 'sha384', length: 500_000n });
      expect(hashed.segments[0]?.id.length).toBe(48);
      expect(seen.at(-1)).toBe(500_000n);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(platform.distribution.hash({ source: parts(), signal })).rejects.toThrow('enough');
      const refused = { name: 'PeerError', code: 'E_INVALIDARG' };
      const range = { offset: 0n, length: 500_001n };
      await expect(platform.distribution.hash({ source: parts(), range })).rejects.toMatchObject(refused);
      async function* none() {}
      await expect(platform.distribution.hash({ source: none() })).rejects.toMatchObject(refused);
    });

    test('content information that can’t be read is refused', async () => {
      const { distribution } = stage.platform();
      await expect(distribution.describe(Uint8Array.of(0, 1))).rejects.toMatchObject({
        code: 'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO',
      });
      await expect(distribution.describe(Uint8Array.of(0, 9))).rejects.toMatchObject({
        code: 'PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED',
      });
    });

    test('the cache fills, is counted and cleared', async () => {
      const platform = stage.platform();
      const { distribution } = platform;
      expect(await distribution.cache.usage()).toMatchObject({ segments: 0, blocks: 0 });
      const reading = await distribution.openContent(new Uint8Array(16), { peers: false });
      await reading.addContentInformation(await hashOf(platform));
      await reading.completeContentInformation();
      await reading.addData(0n, content);
      await reading.close();
      expect(await distribution.cache.usage()).toMatchObject({ segments: 1, blocks: 8 });
      await distribution.cache.clear();
      expect(await distribution.cache.usage()).toMatchObject({ segments: 0, blocks: 0 });
    });

    test('what is kept is published by a later platform without its bytes, under the same secret', async () => {
      const home = stage.home();
      const first = stage.platform(home);
      await publish(first, 'kept', content, { keep: true });
      await publish(first, 'kept otherwise', content, { keep: true, keptId: idOf('name') });
      await publish(first, 'not kept', content);
      const information = await informationOf(first, 'kept', { maxVersion: 2 });
      await first.distribution.unpublish(idOf('kept'));
      await first.close();
      const { distribution } = stage.platform(home);
      expect(await distribution.restore({ contentId: idOf('not kept') })).toBe(false);
      expect(await distribution.restore({ contentId: idOf('kept'), secret: 'another' })).toBe(false);
      expect(await distribution.restore({ contentId: idOf('kept') })).toBe(true);
      await expect(distribution.restore({ contentId: idOf('kept') })).rejects.toMatchObject({
        code: 'PEERDIST_ERROR_ALREADY_EXISTS',
      });
      const later = stage.platform(home);
      expect(await later.distribution.restore({ contentId: idOf('kept') })).toBe(true);
      expect(await informationOf(later, 'kept', { maxVersion: 2 })).toEqual(information);
      expect(await later.distribution.restore({ contentId: idOf('kept otherwise') })).toBe(false);
      expect(await later.distribution.restore({ contentId: idOf('new'), keptId: idOf('name') })).toBe(true);
      expect(await informationOf(later, 'new', { maxVersion: 2 })).toEqual(information);
      await distribution.setSecret('another');
      const changed = stage.platform(home);
      expect(await changed.distribution.restore({ contentId: idOf('kept') })).toBe(false);
    });
  });
}
