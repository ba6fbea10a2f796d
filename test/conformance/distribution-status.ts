import { describe, expect, test } from 'vitest';
import type { DistributionEvent } from 'winpeer/distribution';
import { bytes, idOf, publish, TAG } from './distribution-asking.ts';
import type { Stage } from './stages.ts';

/** Whether it can be used, and what happens when it can't. */
export function statusCases(stage: Stage): void {
  describe('status', () => {
    const available = { status: 'available', minVersion: 1, maxVersion: 2 };

    test('PeerDistGetStatus, PeerDistGetStatusEx: available, with both versions of content information', async () => {
      expect(await stage.platform().distribution.status()).toEqual(available);
    });

    test('PeerDistRegisterForStatusChangeNotification, PeerDistRegisterForStatusChangeNotificationEx and PeerDistUnregisterForStatusChangeNotification: the present one at once', async () => {
      const { distribution } = stage.platform();
      const seen: DistributionEvent[] = [];
      const listener = (event: DistributionEvent): void => void seen.push(event);
      distribution.on('status-changed', listener);
      await distribution.ready();
      expect(seen).toEqual([{ event: 'status-changed', ...available }]);
      distribution.off('status-changed', listener);
      for await (const event of distribution.events()) {
        expect(event).toEqual({ event: 'status-changed', ...available });
        break;
      }
    });

    test('[PeerDistServerPublishStream ERROR_INVALID_HANDLE] [PeerDistServerUnpublish ERROR_INVALID_HANDLE] [PeerDistServerOpenContentInformation ERROR_INVALID_HANDLE] [PeerDistClientOpenContent ERROR_INVALID_HANDLE] [PeerDistClientFlushContent ERROR_INVALID_HANDLE] after the platform closed: PEER_E_NOT_INITIALIZED', async () => {
      const platform = stage.platform();
      const { distribution } = platform;
      const stream = await distribution.publishStream({ contentId: idOf('last') });
      const content = await distribution.openContent(TAG);
      await platform.close();
      const refused = { name: 'PeerError', code: 'PEER_E_NOT_INITIALIZED' };
      for (const call of [
        distribution.status(),
        distribution.publishStream({ contentId: idOf('later') }),
        distribution.restore({ contentId: idOf('later') }),
        distribution.unpublish(idOf('later')),
        distribution.openContentInformation({ contentId: idOf('later') }),
        distribution.openContent(TAG),
        distribution.flush(TAG),
        stream.add(TAG),
        stream.complete(),
        content.addContentInformation(TAG),
        content.information(),
      ]) {
        await expect(call).rejects.toMatchObject(refused);
      }
      await stream.close();
      await content.close();
    });

    test('a platform that closes ends what it publishes', async () => {
      const home = stage.home();
      const first = stage.platform(home);
      await publish(first, 'ending', bytes('ending', 10));
      await first.close();
      await expect(
        stage.platform(home).distribution.openContentInformation({ contentId: idOf('ending') }),
      ).rejects.toMatchObject({ code: 'PEER_E_NOT_FOUND' });
    });

    test('wrong types are a TypeError', async () => {
      const { distribution } = stage.platform();
      const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
      const contentId = idOf('types');
      for (const options of [{ contentId: 'text' }, { contentId, length: 5 }, { contentId, secret: 5 }]) {
        await expect(distribution.publishStream(options as never)).rejects.toMatchObject(wrong);
      }
      await expect(distribution.unpublish('text' as never)).rejects.toMatchObject(wrong);
      for (const change of [{ contentId: 1 }, { range: { offset: 1, length: 2n } }, { minVersion: '1' }]) {
        await expect(distribution.openContentInformation({ contentId, ...change } as never)).rejects.toMatchObject(
          wrong,
        );
      }
      await expect(distribution.openContent('winpeer suite   ' as never)).rejects.toMatchObject(wrong);
      await expect(distribution.flush([] as never)).rejects.toMatchObject(wrong);
      await expect(distribution.setSecret(undefined as never)).rejects.toMatchObject(wrong);
      await expect(distribution.exportSecret(1 as never)).rejects.toMatchObject(wrong);
      await expect(distribution.importSecret('x' as never, 'y')).rejects.toMatchObject(wrong);
      await expect(distribution.hash({ source: 5 } as never)).rejects.toMatchObject(wrong);
      await expect(distribution.describe('x' as never)).rejects.toMatchObject(wrong);
      await using stream = await distribution.publishStream({ contentId });
      await expect(stream.add('text' as never)).rejects.toMatchObject(wrong);
      await using content = await distribution.openContent(TAG);
      await expect(content.addContentInformation('text' as never)).rejects.toMatchObject(wrong);
      await expect(content.blockRead(0 as never, { max: 1 })).rejects.toMatchObject(wrong);
      await expect(content.streamRead({ max: '1' } as never)).rejects.toMatchObject(wrong);
      await expect(content.addData(0n, 'text' as never)).rejects.toMatchObject(wrong);
    });
  });
}
