import { beforeAll, describe, expect, test } from 'vitest';
import type { Platform } from 'winpeer';
import type { Content, ContentReadOptions } from 'winpeer/distribution';
import { bytes, codeOf, idOf, informationOf, opened, publish, readAll, TAG } from './distribution-asking.ts';
import type { Stage } from './stages.ts';

const BLOCK = 65_536;
const BLOCK_READ = 'PeerDistClientBlockRead';
const STREAM_READ = 'PeerDistClientStreamRead';
const ADD_DATA = 'PeerDistClientAddData';
const COMPLETE = 'PeerDistClientCompleteContentInformation';

/** Contents that are read. */
export function readingCases(stage: Stage): void {
  describe('reading', () => {
    const server = stage.platform();
    const content = bytes('read', 1_000_000);
    let information: Record<1 | 2, Uint8Array>;
    let rangeInformation: Uint8Array;

    beforeAll(async () => {
      await publish(server, 'read', content);
      const of = (version: 1 | 2) => informationOf(server, 'read', { minVersion: version, maxVersion: version });
      information = { 1: await of(1), 2: await of(2) };
      rangeInformation = await informationOf(server, 'read', { range: { offset: 100_000n, length: 200_000n } });
      await server.distribution.unpublish(idOf('read'));
    });

    const open = (platform: Platform = stage.platform(), which = information[1]) => opened(platform, which);
    const nothing = (operation: string, code = 'ERROR_INVALID_HANDLE') => codeOf(code, operation);

    test.each([1, 2] as const)(
      'PeerDistClientOpenContent to PeerDistClientCloseContent in version %i: the origin gives all of it once, later the cache',
      async (version) => {
        const platform = stage.platform();
        const first = await open(platform, information[version]);
        const missed = await readAll(first, content);
        expect(missed.bytes.equals(content)).toBe(true);
        expect(missed.asked.reduce((sum, [, length]) => sum + length, 0)).toBe(content.length);
        await first.close();
        await first.close();
        const second = await open(platform, information[version]);
        const cached = await readAll(second, content);
        expect(cached.bytes.equals(content)).toBe(true);
        expect(cached.asked).toEqual([]);
        await second.close();
      },
    );

    test('PeerDistClientAddContentInformation takes it in any pieces, each in its turn', async () => {
      const platform = stage.platform();
      const content = await platform.distribution.openContent(TAG);
      const pieces = Array.from({ length: information[1].length }, (_, at) => information[1].subarray(at, at + 1));
      await Promise.all([
        ...pieces.map((piece) => content.addContentInformation(piece)),
        content.completeContentInformation(),
      ]);
      expect(await content.blockRead(0n, { max: 0 })).toMatchObject({ kind: 'data', available: 0 });
      await content.close();
    });

    test.each([
      ['nothing', new Uint8Array(0), 'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO'],
      ['something else', Uint8Array.of(0, 1, 2, 3), 'PEERDIST_ERROR_CANNOT_PARSE_CONTENTINFO'],
      ['version 3', Uint8Array.of(0, 3, 4, 0), 'PEERDIST_ERROR_CONTENTINFO_VERSION_UNSUPPORTED'],
    ])('content information that is %s is refused at its end', async (_what, wrong, code) => {
      const content = await stage.platform().distribution.openContent(TAG);
      if (wrong.length > 0) await content.addContentInformation(wrong);
      await expect(content.completeContentInformation()).rejects.toEqual(codeOf(code, COMPLETE));
      await content.close();
    });

    test('[PeerDistClientOpenContent ERROR_INVALID_PARAMETER] [PeerDistClientFlushContent ERROR_INVALID_PARAMETER] a tag of another length', async () => {
      const { distribution } = stage.platform();
      for (const length of [0, 15, 17]) {
        const tag = new Uint8Array(length);
        await expect(distribution.openContent(tag)).rejects.toEqual(
          codeOf('ERROR_INVALID_PARAMETER', 'PeerDistClientOpenContent'),
        );
        await expect(distribution.flush(tag)).rejects.toEqual(
          codeOf('ERROR_INVALID_PARAMETER', 'PeerDistClientFlushContent'),
        );
      }
    });

    test('[PeerDistClientBlockRead ERROR_INVALID_PARAMETER] [PeerDistClientStreamRead ERROR_INVALID_PARAMETER] [PeerDistClientAddData ERROR_INVALID_PARAMETER] before the content information is complete', async () => {
      const reading = await stage.platform().distribution.openContent(TAG);
      const early = (operation: string) => codeOf('ERROR_INVALID_PARAMETER', operation);
      await expect(reading.blockRead(0n, { max: 1 })).rejects.toEqual(early(BLOCK_READ));
      await expect(reading.streamRead({ max: 1 })).rejects.toEqual(early(STREAM_READ));
      await expect(reading.addData(0n, content)).rejects.toEqual(early(ADD_DATA));
      await reading.close();
    });

    test.each<[string, ContentReadOptions]>([
      ['max -1', { max: -1 }],
      ['max 1.5', { max: 1.5 }],
      ['max of more than 32 bits', { max: 2 ** 32 }],
      ['a time of less than nothing', { max: 1, timeoutMs: -1 }],
    ])(
      '[PeerDistClientBlockRead ERROR_INVALID_PARAMETER] [PeerDistClientStreamRead ERROR_INVALID_PARAMETER] %s',
      async (_what, wrong) => {
        const reading = await open();
        const refused = (operation: string) => codeOf('ERROR_INVALID_PARAMETER', operation);
        await expect(reading.blockRead(0n, wrong)).rejects.toEqual(refused(BLOCK_READ));
        await expect(reading.streamRead(wrong)).rejects.toEqual(refused(STREAM_READ));
        await expect(reading.blockRead(-1n, { max: 1 })).rejects.toEqual(refused(BLOCK_READ));
        await reading.close();
      },
    );

    test('[PeerDistClientAddData ERROR_INVALID_PARAMETER] nothing, and at an offset that is none', async () => {
      const reading = await open();
      const refused = codeOf('ERROR_INVALID_PARAMETER', ADD_DATA);
      await expect(reading.addData(0n, new Uint8Array(0))).rejects.toEqual(refused);
      await expect(reading.addData(-1n, content)).rejects.toEqual(refused);
      await reading.close();
    });

    test('[PeerDistClientBlockRead PEERDIST_ERROR_MISSING_DATA] [PeerDistClientStreamRead PEERDIST_ERROR_MISSING_DATA] what nobody has is a result: at most as much as was asked for', async () => {
      const reading = await open();
      const missing = (offset: bigint, length: number) => ({ kind: 'missing', offset, length });
      expect(await reading.blockRead(10n, { max: 100_000 })).toEqual(missing(10n, 100_000));
      expect(await reading.blockRead(900_000n, { max: 500_000 })).toEqual(missing(900_000n, 100_000));
      expect(await reading.blockRead(0n, { max: 7, timeoutMs: 0 })).toEqual(missing(0n, 7));
      expect(await reading.streamRead({ max: 300_000 })).toEqual(missing(0n, 300_000));
      expect(await reading.streamRead({ max: 5, timeoutMs: 0 })).toEqual(missing(300_000n, 5));
      await reading.close();
    });

    test('[PeerDistClientBlockRead ERROR_TIMEOUT] [PeerDistClientStreamRead ERROR_TIMEOUT] what nobody gave in time is a result', async () => {
      const platform = stage.platform();
      const [one, other] = [await open(platform), await open(platform, information[2])];
      const timeout = { kind: 'timeout', offset: 0n, length: 1000 };
      expect(await one.blockRead(0n, { max: 1000, timeoutMs: 1 })).toEqual(timeout);
      expect(await other.streamRead({ max: 1000, timeoutMs: 1 })).toEqual(timeout);
      await one.close();
      await other.close();
    });

    test('[PeerDistClientBlockRead PEERDIST_ERROR_NO_MORE] [PeerDistClientStreamRead PEERDIST_ERROR_NO_MORE] beyond the content is undefined', async () => {
      const reading = await open();
      for (const offset of [1_000_000n, 1n << 63n]) {
        expect(await reading.blockRead(offset, { max: 1 })).toBeUndefined();
        expect(await reading.blockRead(offset, { max: 0 })).toBeUndefined();
      }
      expect(await reading.streamRead({ max: 1_000_000, timeoutMs: 0 })).toMatchObject({ length: 1_000_000 });
      expect(await reading.streamRead({ max: 1 })).toBeUndefined();
      expect(await reading.streamRead({ max: 1 })).toBeUndefined();
      await reading.close();
    });

    test('of a range are read and added its bytes alone, counted from the start of the content', async () => {
      const reading = await open(stage.platform(), rangeInformation);
      expect(await reading.blockRead(99_999n, { max: 1 })).toBeUndefined();
      expect(await reading.blockRead(300_000n, { max: 1 })).toBeUndefined();
      const { bytes: read, asked } = await readAll(reading, content, 150_000);
      expect(read.equals(content.subarray(100_000, 300_000))).toBe(true);
      expect(asked[0]?.[0]).toBe(100_000);
      await reading.close();
    });

    test('[PeerDistClientAddData PEERDIST_ERROR_OUT_OF_BOUNDS] wholly outside; in part is fine', async () => {
      const reading = await open(stage.platform(), rangeInformation);
      const outside = codeOf('PEERDIST_ERROR_OUT_OF_BOUNDS', ADD_DATA);
      await expect(reading.addData(0n, content.subarray(0, 100_000))).rejects.toEqual(outside);
      await expect(reading.addData(300_000n, content.subarray(300_000))).rejects.toEqual(outside);
      await reading.addData(0n, content);
      const count = { kind: 'data', offset: 100_000n, available: 200_000 };
      expect(await reading.blockRead(100_000n, { max: 0 })).toMatchObject(count);
      await reading.close();
    });

    test('max 0 counts what is here in one piece, and moves nothing', async () => {
      const reading = await open();
      await reading.addData(BigInt(BLOCK), content.subarray(BLOCK, 3 * BLOCK));
      const available = async (offset: bigint) => (await reading.blockRead(offset, { max: 0 })) as object;
      expect(await available(0n)).toMatchObject({ available: 0 });
      expect(await available(BigInt(BLOCK) + 1n)).toMatchObject({ available: 2 * BLOCK - 1 });
      expect(await reading.streamRead({ max: 0 })).toMatchObject({ offset: 0n, available: 0 });
      await reading.addData(0n, content);
      expect(await reading.streamRead({ max: 0 })).toMatchObject({ offset: 0n, available: 1_000_000 });
      expect(await reading.streamRead({ max: 10 })).toMatchObject({ offset: 0n, bytes: content.slice(0, 10) });
      await reading.close();
    });

    test('parts of a block wait for the rest of it; wrong bytes are dropped', async () => {
      const reading = await open();
      const read = () => reading.blockRead(5n, { max: 10, timeoutMs: 0 });
      await reading.addData(BigInt(BLOCK) - 100n, content.subarray(BLOCK - 100, BLOCK));
      await reading.addData(0n, content.subarray(0, 1000));
      expect(await read()).toMatchObject({ kind: 'missing' });
      await reading.addData(500n, content.subarray(500, BLOCK - 50));
      expect(await read()).toMatchObject({ kind: 'data', bytes: content.slice(5, 15) });
      const wrong = Uint8Array.from(content.subarray(BLOCK, 2 * BLOCK), (byte) => byte ^ 1);
      await reading.addData(BigInt(BLOCK), wrong);
      expect(await reading.blockRead(BigInt(BLOCK), { max: 10, timeoutMs: 0 })).toMatchObject({ kind: 'missing' });
      await reading.close();
    });

    test('several stream reads wait in their order', async () => {
      const reading = await open();
      await reading.addData(0n, content);
      const reads = await Promise.all([1, 2, 3, 4].map(() => reading.streamRead({ max: 100_000 })));
      let at = 0;
      for (const read of reads) {
        if (read?.kind !== 'data') throw new Error(`it was added: ${read?.kind}`);
        expect([Number(read.offset), Buffer.compare(read.bytes, content.subarray(at, at + read.bytes.length))]).toEqual(
          [at, 0],
        );
        at += read.bytes.length;
      }
      await reading.close();
    });

    test('[PeerDistClientCancelAsyncOperation PEERDIST_ERROR_OPERATION_NOTFOUND] ends what goes on, a signal one call alone; where nothing does', async () => {
      const reading = await open();
      const stop = new AbortController();
      const aborted = reading.blockRead(0n, { max: 1, signal: stop.signal });
      const cancelled = reading.blockRead(0n, { max: 1 });
      stop.abort(new Error('enough'));
      await expect(aborted).rejects.toThrow('enough');
      await Promise.all([
        expect(cancelled).rejects.toEqual(codeOf('ERROR_OPERATION_ABORTED', BLOCK_READ)),
        reading.cancel(),
      ]);
      await expect(reading.cancel()).rejects.toEqual(
        codeOf('PEERDIST_ERROR_OPERATION_NOTFOUND', 'PeerDistClientCancelAsyncOperation'),
      );
      await reading.close();
    });

    test('closing ends what goes on', async () => {
      const reading = await open();
      await Promise.all([
        expect(reading.blockRead(0n, { max: 1 })).rejects.toEqual(codeOf('ERROR_OPERATION_ABORTED', BLOCK_READ)),
        expect(reading.streamRead({ max: 1 })).rejects.toEqual(codeOf('ERROR_OPERATION_ABORTED', STREAM_READ)),
        reading.close(),
      ]);
    });

    test('PeerDistClientGetInformationByHandle: no flash crowd where nobody is', async () => {
      const reading = await open();
      expect(await reading.information()).toEqual({ flashCrowd: false });
      await reading.close();
    });

    test('PeerDistClientFlushContent removes what is kept under the tag', async () => {
      const platform = stage.platform();
      const first = await open(platform);
      await first.addData(0n, content);
      await first.close();
      await platform.distribution.flush(new Uint8Array(16));
      const second = await open(platform);
      expect(await second.blockRead(0n, { max: 0 })).toMatchObject({ available: 1_000_000 });
      await second.close();
      await platform.distribution.flush(TAG);
      const third = await open(platform);
      expect(await third.blockRead(0n, { max: 0 })).toMatchObject({ available: 0 });
      await third.close();
    });

    test('[PeerDistClientAddContentInformation ERROR_INVALID_HANDLE] [PeerDistClientCompleteContentInformation ERROR_INVALID_HANDLE] [PeerDistClientBlockRead ERROR_INVALID_HANDLE] [PeerDistClientStreamRead ERROR_INVALID_HANDLE] [PeerDistClientAddData ERROR_INVALID_HANDLE] [PeerDistClientCancelAsyncOperation ERROR_INVALID_HANDLE] after the content closed', async () => {
      const reading: Content = await open();
      await expect(reading.addContentInformation(information[1])).rejects.toEqual(
        nothing('PeerDistClientAddContentInformation', 'PEERDIST_ERROR_ALREADY_COMPLETED'),
      );
      await reading.close();
      await expect(reading.addContentInformation(information[1])).rejects.toEqual(
        nothing('PeerDistClientAddContentInformation'),
      );
      await expect(reading.completeContentInformation()).rejects.toEqual(nothing(COMPLETE));
      await expect(reading.blockRead(0n, { max: 1 })).rejects.toEqual(nothing(BLOCK_READ));
      await expect(reading.streamRead({ max: 1 })).rejects.toEqual(nothing(STREAM_READ));
      await expect(reading.addData(0n, content)).rejects.toEqual(nothing(ADD_DATA));
      await expect(reading.cancel()).rejects.toEqual(nothing('PeerDistClientCancelAsyncOperation'));
      await expect(reading.information()).rejects.toEqual(nothing('PeerDistClientGetInformationByHandle'));
    });
  });
}
