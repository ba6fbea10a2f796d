import { channel } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import type { DistributionBlockEvent } from 'winpeer/distribution';
import { opened } from '../conformance/distribution-asking.ts';
import { NONE, Office, statsOf } from './office.ts';

const LENGTH = 1_000_000;
const BLOCKS = channel('winpeer:distribution:block');

describe('an office', () => {
  test.each([1, 2] as const)('takes a content of version %i from its origin once', async (version) => {
    const office = new Office(LENGTH);
    const information = await office.information(version);
    const sources = [];
    for (const _ of [1, 2, 3, 4]) {
      const peer = await office.peer();
      const { bytes } = await office.read(peer, information);
      expect(bytes.equals(office.content)).toBe(true);
      sources.push((await statsOf(peer)).bytes);
    }
    expect(sources).toEqual([
      { ...NONE, origin: LENGTH },
      { ...NONE, peer: LENGTH },
      { ...NONE, peer: LENGTH },
      { ...NONE, peer: LENGTH },
    ]);
  });

  test('takes each block of several peers at once from who has it', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    const [left, right] = [await office.peer(), await office.peer()];
    const half = 8 * 65_536;
    for (const [peer, from, to] of [
      [left, 0, half],
      [right, half, LENGTH],
    ] as const) {
      const content = await opened(peer, information);
      await content.addData(BigInt(from), office.content.subarray(from, to));
      await content.close();
    }
    const reader = await office.peer();
    const { bytes, asked } = await office.read(reader, information);
    expect([bytes.equals(office.content), asked]).toEqual([true, 0]);
    const { peerCaches } = (await left.stats()).distribution as unknown as {
      readonly peerCaches: readonly [{ readonly retrieval: { readonly bytes: number } }];
    };
    expect(peerCaches[0].retrieval.bytes).toBeGreaterThanOrEqual(half);
  });

  test('reads with single small reads, and many at once', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(2);
    await office.read(await office.peer(), information);
    const reader = await office.peer();
    const content = await opened(reader, information);
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, at) => content.blockRead(BigInt(at * 10_000), { max: 10_000 })),
    );
    for (const [at, result] of results.entries()) {
      if (result?.kind !== 'data') throw new Error(`a peer has it: ${result?.kind}`);
      const expected = office.content.subarray(at * 10_000, at * 10_000 + result.bytes.length);
      expect(Buffer.compare(result.bytes, expected)).toBe(0);
    }
    await content.close();
    // As few questions as one reader would have.
    const { sent } = (await statsOf(reader)).discovery;
    expect(sent.Probe).toBeLessThanOrEqual(4);
  });

  test('asks who gave other segments of a content where answers get lost', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(2);
    await office.read(await office.peer(), information);
    const reader = await office.peer();
    const content = await opened(reader, information);
    expect(await content.blockRead(0n, { max: 10 })).toMatchObject({ kind: 'data', source: 'peer' });
    office.net.loss = 1;
    expect(await content.blockRead(500_000n, { max: 10 })).toMatchObject({ kind: 'data', source: 'peer' });
    await content.close();
  });

  test('shares what was read of a range with who wants all of it', async () => {
    const office = new Office(3 * LENGTH);
    const part = await office.information(1, { offset: 1_000_000n, length: 500_000n });
    const first = await office.peer();
    const { bytes: range } = await office.read(first, part);
    expect(range.equals(office.content.subarray(1_000_000, 1_500_000))).toBe(true);
    const second = await office.peer();
    const { bytes, asked } = await office.read(second, await office.information(1));
    expect(bytes.equals(office.content)).toBe(true);
    // Of the blocks at its ends it has parts, which nobody can check.
    expect(3 * LENGTH - asked).toBe(6 * 65_536);
    expect((await statsOf(second)).bytes.peer).toBe(6 * 65_536);
  });

  test('has nothing of what is not shared', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    const first = await office.peer();
    await office.read(first, information, { share: false });
    expect((await first.distribution.cache.usage()).blocks).toBe(0);
    const second = await office.peer();
    expect((await office.read(second, information)).asked).toBe(LENGTH);
  });

  test('asks nobody where peers are not to be asked', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(2);
    await office.read(await office.peer(), information);
    const alone = await office.peer();
    expect((await office.read(alone, information, { peers: false })).asked).toBe(LENGTH);
    expect((await statsOf(alone)).discovery.sent).toEqual({});
  });

  test('sees a flash crowd while others have parts', async () => {
    const office = new Office(LENGTH);
    const information = await office.information(1);
    const first = await office.peer();
    const reading = await opened(first, information);
    await reading.addData(0n, office.content.subarray(0, 300_000));
    const content = await opened(await office.peer(), information);
    expect(await content.information()).toEqual({ flashCrowd: false });
    expect(await content.blockRead(600_000n, { max: 10 })).toMatchObject({ kind: 'missing' });
    expect(await content.information()).toEqual({ flashCrowd: true });
    await reading.addData(300_000n, office.content.subarray(300_000));
    await reading.close();
    expect(await content.blockRead(600_000n, { max: 10 })).toMatchObject({ kind: 'data', source: 'peer' });
    await content.close();
  });

  test('does the same in every run of one seed', async () => {
    const run = async (): Promise<string[]> => {
      const seen: string[] = [];
      const note = (it: unknown): void => void seen.push(JSON.stringify(it as DistributionBlockEvent));
      BLOCKS.subscribe(note);
      try {
        const office = new Office(LENGTH, 'again');
        const information = await office.information(1);
        await office.read(await office.peer(), information);
        const readers = [await office.peer(), await office.peer()];
        await Promise.all(readers.map((it) => office.read(it, information)));
        return seen;
      } finally {
        BLOCKS.unsubscribe(note);
      }
    };
    const first = await run();
    expect(first.length).toBe(48);
    expect(await run()).toEqual(first);
  });
});
