import { describe, expect, test } from 'vitest';
import type { PublishOptions } from 'winpeer/distribution';
import { bytes, codeOf, idOf, informationOf, publish } from './distribution-asking.ts';
import type { Stage } from './stages.ts';

const PUBLISH = 'PeerDistServerPublishStream';
const ADD = 'PeerDistServerPublishAddToStream';
const COMPLETE = 'PeerDistServerPublishCompleteStream';
const OPEN = 'PeerDistServerOpenContentInformation';
const OPEN_EX = 'PeerDistServerOpenContentInformationEx';
const READ = 'PeerDistServerRetrieveContentInformation';

/** Contents that are published, and their content information. */
export function publishingCases(stage: Stage): void {
  describe('publishing', () => {
    const { distribution } = stage.platform();
    const platform = { distribution } as ReturnType<Stage['platform']>;

    test('PeerDistServerPublishStream, PeerDistServerPublishAddToStream, PeerDistServerPublishCompleteStream and PeerDistServerCloseStreamHandle make content information, PeerDistServerUnpublish ends it', async () => {
      const content = bytes('published', 200_000);
      const stream = await distribution.publishStream({ contentId: idOf('published'), length: 200_000n });
      // Calls wait for their turn.
      await Promise.all([
        stream.add(content.subarray(0, 70_000)),
        stream.add(content.subarray(70_000)),
        stream.complete(),
      ]);
      await stream.close();
      await stream.close();
      const described = await distribution.describe(await informationOf(platform, 'published'));
      expect(described).toMatchObject({ version: 1, algorithm: 'sha256', offset: 0n, length: 200_000n });
      expect(described.segments[0]?.blocks.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      await distribution.unpublish(idOf('published'));
      await expect(informationOf(platform, 'published')).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', OPEN));
    });

    test('a content of unknown length, and one of a byte', async () => {
      for (const [name, length] of [
        ['unknown', 100_000],
        ['byte', 1],
      ] as const) {
        await publish(platform, name, bytes(name, length));
        const { length: described } = await distribution.describe(await informationOf(platform, name));
        expect(described).toBe(BigInt(length));
        await distribution.unpublish(idOf(name));
      }
    });

    test('the same bytes have the same content information under every id', async () => {
      await publish(platform, 'one', bytes('same', 300_000));
      await publish(platform, 'two', bytes('same', 300_000));
      expect(await informationOf(platform, 'one')).toEqual(await informationOf(platform, 'two'));
      for (const name of ['one', 'two']) await distribution.unpublish(idOf(name));
    });

    test.each<[string, Partial<PublishOptions>]>([
      ['an empty id', { contentId: new Uint8Array(0) }],
      ['a negative length', { length: -1n }],
      ['a length of more than 64 bits', { length: 1n << 64n }],
      ['version 3', { version: 3 as 2 }],
    ])('[PeerDistServerPublishStream ERROR_INVALID_PARAMETER] %s', async (_what, wrong) => {
      await expect(distribution.publishStream({ contentId: idOf('wrong'), ...wrong })).rejects.toEqual(
        codeOf('ERROR_INVALID_PARAMETER', PUBLISH),
      );
    });

    test('[PeerDistServerPublishStream PEERDIST_ERROR_ALREADY_EXISTS] an id that is published, or being published', async () => {
      const exists = codeOf('PEERDIST_ERROR_ALREADY_EXISTS', PUBLISH);
      const contentId = idOf('twice');
      const stream = await distribution.publishStream({ contentId });
      await expect(distribution.publishStream({ contentId })).rejects.toEqual(exists);
      await stream.add(bytes('twice', 10));
      await stream.complete();
      await stream.close();
      await expect(distribution.publishStream({ contentId })).rejects.toEqual(exists);
      await distribution.unpublish(contentId);
    });

    test('what was not completed when its stream closed was never published', async () => {
      const contentId = idOf('given up');
      const stream = await distribution.publishStream({ contentId });
      await stream.add(bytes('given up', 10));
      await stream.close();
      await expect(informationOf(platform, 'given up')).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', OPEN));
      await publish(platform, 'given up', bytes('given up', 20));
      await distribution.unpublish(contentId);
    });

    test('[PeerDistServerPublishAddToStream ERROR_INVALID_PARAMETER] [PeerDistServerPublishCompleteStream ERROR_INVALID_PARAMETER] nothing, more than the length, and less', async () => {
      const stream = await distribution.publishStream({ contentId: idOf('length'), length: 10n });
      const refused = codeOf('ERROR_INVALID_PARAMETER', ADD);
      await expect(stream.add(new Uint8Array(0))).rejects.toEqual(refused);
      await expect(stream.add(new Uint8Array(11))).rejects.toEqual(refused);
      await stream.add(new Uint8Array(6));
      await expect(stream.complete()).rejects.toEqual(codeOf('ERROR_INVALID_PARAMETER', COMPLETE));
      await stream.add(new Uint8Array(4));
      await stream.complete();
      const completed = (operation: string) => codeOf('PEERDIST_ERROR_ALREADY_COMPLETED', operation);
      await expect(stream.add(new Uint8Array(1))).rejects.toEqual(completed(ADD));
      await expect(stream.complete()).rejects.toEqual(completed(COMPLETE));
      await stream.close();
      await distribution.unpublish(idOf('length'));
    });

    test('[PeerDistServerPublishAddToStream ERROR_INVALID_HANDLE] [PeerDistServerPublishCompleteStream ERROR_INVALID_HANDLE] after the stream closed, or was unpublished', async () => {
      const closed = await distribution.publishStream({ contentId: idOf('closed') });
      await closed.close();
      const unpublished = await distribution.publishStream({ contentId: idOf('unpublished') });
      await distribution.unpublish(idOf('unpublished'));
      for (const stream of [closed, unpublished]) {
        await expect(stream.add(bytes('closed', 1))).rejects.toEqual(codeOf('ERROR_INVALID_HANDLE', ADD));
        await expect(stream.complete()).rejects.toEqual(codeOf('ERROR_INVALID_HANDLE', COMPLETE));
      }
    });

    test('[PeerDistServerPublishAddToStream ERROR_OPERATION_ABORTED] [PeerDistServerPublishCompleteStream ERROR_OPERATION_ABORTED] what goes on when the stream closes', async () => {
      const large = new Uint8Array(64_000_000);
      const adding = await distribution.publishStream({ contentId: idOf('adding') });
      const completing = await distribution.publishStream({ contentId: idOf('completing') });
      await completing.add(large);
      await Promise.all([
        expect(adding.add(large)).rejects.toEqual(codeOf('ERROR_OPERATION_ABORTED', ADD)),
        adding.close(),
        expect(completing.complete()).rejects.toEqual(codeOf('ERROR_OPERATION_ABORTED', COMPLETE)),
        completing.close(),
      ]);
    });

    test('PeerDistServerCancelAsyncOperation: a signal ends a call', async () => {
      const stop = new AbortController();
      const stream = await distribution.publishStream({ contentId: idOf('cut off') });
      const adding = stream.add(new Uint8Array(64_000_000), { signal: stop.signal });
      stop.abort(new Error('enough'));
      await expect(adding).rejects.toThrow('enough');
      await expect(stream.add(bytes('cut off', 1), { signal: stop.signal })).rejects.toThrow('enough');
      await stream.close();
      await expect(informationOf(platform, 'cut off')).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', OPEN));
      await expect(distribution.publishStream({ contentId: idOf('cut off'), signal: stop.signal })).rejects.toThrow(
        'enough',
      );
      await publish(platform, 'cut off', bytes('cut off', 10));
      await distribution.unpublish(idOf('cut off'));
    });

    test('[PeerDistServerUnpublish ERROR_INVALID_PARAMETER] an empty id', async () => {
      await expect(distribution.unpublish(new Uint8Array(0))).rejects.toEqual(
        codeOf('ERROR_INVALID_PARAMETER', 'PeerDistServerUnpublish'),
      );
    });
  });

  describe('content information', () => {
    const platform = stage.platform();
    const { distribution } = platform;
    const content = bytes('information', 1_000_000);

    test('PeerDistServerOpenContentInformationEx: of version 1 unless others are allowed, then of the newest', async () => {
      await publish(platform, 'versions', content);
      const versionOf = async (options: object) =>
        (await distribution.describe(await informationOf(platform, 'versions', options))).version;
      expect(await versionOf({})).toBe(1);
      expect(await versionOf({ minVersion: 1, maxVersion: 1 })).toBe(1);
      expect(await versionOf({ minVersion: 1, maxVersion: 2 })).toBe(2);
      expect(await versionOf({ minVersion: 2 })).toBe(2);
      expect(await versionOf({ maxVersion: 1 })).toBe(1);
      await distribution.unpublish(idOf('versions'));
    });

    test('a content that is published in version 1 alone has no other', async () => {
      await publish(platform, 'first version', content, { version: 1 });
      const { version } = await distribution.describe(
        await informationOf(platform, 'first version', { maxVersion: 2 }),
      );
      expect(version).toBe(1);
      await expect(informationOf(platform, 'first version', { minVersion: 2 })).rejects.toEqual(
        codeOf('PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED', OPEN_EX),
      );
      await distribution.unpublish(idOf('first version'));
    });

    test.each([1, 2] as const)('of a range, in version %i', async (version) => {
      await publish(platform, 'range', content);
      const versions = { minVersion: version, maxVersion: version };
      const whole = await distribution.describe(await informationOf(platform, 'range', versions));
      const everything = { offset: 0n, length: 0n };
      expect(
        await distribution.describe(await informationOf(platform, 'range', { ...versions, range: everything })),
      ).toEqual(whole);
      const range = { offset: 100_000n, length: 50_000n };
      const part = await distribution.describe(await informationOf(platform, 'range', { ...versions, range }));
      expect(part).toMatchObject({ version, ...range });
      const secrets = new Set(whole.segments.map(({ secret }) => Buffer.from(secret).toString('hex')));
      expect(part.segments.every(({ secret }) => secrets.has(Buffer.from(secret).toString('hex')))).toBe(true);
      await distribution.unpublish(idOf('range'));
    });

    test('[PeerDistServerOpenContentInformation ERROR_INVALID_PARAMETER] ranges and versions that can’t be', async () => {
      await publish(platform, 'wrong range', content);
      for (const range of [
        { offset: 0n, length: 1_000_001n },
        { offset: 1_000_000n, length: 1n },
        { offset: 5n, length: 0n },
        { offset: -1n, length: 5n },
      ]) {
        await expect(informationOf(platform, 'wrong range', { range })).rejects.toEqual(
          codeOf('ERROR_INVALID_PARAMETER', OPEN),
        );
      }
      for (const versions of [{ minVersion: 2, maxVersion: 1 }, { minVersion: 3 }, { maxVersion: 0 }]) {
        await expect(informationOf(platform, 'wrong range', versions as object)).rejects.toEqual(
          codeOf('ERROR_INVALID_PARAMETER', OPEN_EX),
        );
      }
      await distribution.unpublish(idOf('wrong range'));
    });

    test('[PeerDistServerOpenContentInformation PEERDIST_ERROR_NOT_FOUND] of an unknown id: PEER_E_NOT_FOUND', async () => {
      await expect(informationOf(platform, 'unknown id')).rejects.toEqual(codeOf('PEER_E_NOT_FOUND', OPEN));
    });

    test('[PeerDistServerRetrieveContentInformation PEERDIST_ERROR_NO_MORE] the end is undefined; PeerDistServerCloseContentInformation twice is fine', async () => {
      await publish(platform, 'end', content);
      const information = await distribution.openContentInformation({ contentId: idOf('end') });
      const [first, second] = await Promise.all([information.read(100), information.read(1_000_000)]);
      expect(Buffer.concat([first, second].filter((it) => it !== undefined))).toEqual(
        Buffer.from(await informationOf(platform, 'end')),
      );
      expect(await information.read(1)).toBeUndefined();
      expect(await information.read(1)).toBeUndefined();
      await information.close();
      await information.close();
      await distribution.unpublish(idOf('end'));
    });

    test('[PeerDistServerRetrieveContentInformation ERROR_INVALID_PARAMETER] no bytes, and a number that is none', async () => {
      await publish(platform, 'max', content);
      await using information = await distribution.openContentInformation({ contentId: idOf('max') });
      for (const max of [0, -1, 1.5, 2 ** 32]) {
        await expect(information.read(max)).rejects.toEqual(codeOf('ERROR_INVALID_PARAMETER', READ));
      }
      await distribution.unpublish(idOf('max'));
    });

    test('[PeerDistServerRetrieveContentInformation ERROR_INVALID_HANDLE] after it closed, or the content was unpublished', async () => {
      await publish(platform, 'handles', content);
      const contentId = idOf('handles');
      const [closed, withdrawn] = [
        await distribution.openContentInformation({ contentId }),
        await distribution.openContentInformation({ contentId }),
      ];
      await closed.close();
      await distribution.unpublish(contentId);
      for (const information of [closed, withdrawn]) {
        await expect(information.read(1)).rejects.toEqual(codeOf('ERROR_INVALID_HANDLE', READ));
      }
    });
  });
}
