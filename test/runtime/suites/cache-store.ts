import { describe, expect, test } from 'vitest';
import type {
  CachedBlock,
  CacheLocation,
  CacheStore,
  NewSegment,
  SegmentKeys,
} from '#lib/backend/contract/cache-store';
import type { Host } from '#lib/backend/contract/host';
import { BLOCK, brief, id, plain, SEGMENT, segment, tag } from '../../cache/blocks.ts';

const ENCRYPTED: CachedBlock = {
  cipher: 'aes-192',
  iv: new Uint8Array(16).fill(7),
  bytes: new Uint8Array(112).fill(8),
};

const KEYS: SegmentKeys = {
  algorithm: 'sha384',
  hashOfData: new Uint8Array(48).fill(1),
  secret: new Uint8Array(48).fill(2),
  blockHashes: [undefined, new Uint8Array(48).fill(3)],
};

/** What every store does. `locations` gives a place of its own to each test; `host` the same machine to all. */
export function cacheStoreSuite(title: string, make: () => { readonly host: Host; readonly location?: CacheLocation }) {
  describe(title, () => {
    /** Opens the store of a fresh place, and further ones of the same. */
    async function place(): Promise<(limit?: number) => Promise<CacheStore>> {
      const { host, location } = make();
      return (limit) => host.awaited(host.caches.open({ ...location, ...(limit === undefined ? {} : { limit }) }));
    }

    async function fresh(limit?: number): Promise<CacheStore> {
      return (await place())(limit);
    }

    test('an empty one knows nothing', async () => {
      const store = await fresh(1e6);
      expect(await store.segment(id(1))).toBeUndefined();
      expect(await store.block(id(1), 0)).toBeUndefined();
      expect(await store.addBlock(id(1), 0, plain(1))).toBe(false);
      expect(await store.flush(tag(1))).toBe(0);
      await store.removeBlock(id(1), 0);
      await store.removeSegment(id(1));
      expect(await store.usage()).toEqual({ segments: 0, blocks: 0, bytes: 0, limit: 1e6 });
      await store.close();
    });

    test('blocks read back as they were given, in their segment', async () => {
      const store = await fresh();
      await store.addSegment(segment(1, { keys: KEYS }));
      expect(await store.addBlock(id(1), 1, ENCRYPTED)).toBe(true);
      expect(await store.addBlock(id(1), 0, plain(1))).toBe(true);
      expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
      expect(brief(await store.block(id(1), 1))).toEqual(brief(ENCRYPTED));
      const kept = await store.segment(id(1));
      expect(kept).toEqual({ ...segment(1, { keys: KEYS }), created: expect.any(BigInt), blocks: [0, 1] });
      expect(kept?.created).toBeGreaterThan(0n);
      expect(await store.usage()).toMatchObject({ segments: 1, blocks: 2, bytes: SEGMENT + BLOCK + 4096 });
      await store.close();
    });

    test('identifiers of every length are their own', async () => {
      const store = await fresh();
      for (const bytes of [32, 48, 64]) await store.addSegment(segment(1, { id: id(1, bytes) }));
      await store.addBlock(id(1, 48), 0, plain(1));
      const kept = await Promise.all([32, 48, 64].map((bytes) => store.segment(id(1, bytes))));
      expect(kept.map((it) => it?.blocks)).toEqual([[], [0], []]);
      await store.close();
    });

    test('what a caller does with its bytes stays with the caller', async () => {
      const store = await fresh();
      const given = plain(1);
      await store.addSegment(segment(1));
      await store.addBlock(id(1), 0, given);
      given.bytes.fill(9);
      (await store.block(id(1), 0))?.bytes.fill(9);
      expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
      await store.close();
    });

    test('a block that is here stays', async () => {
      const store = await fresh();
      await store.addSegment(segment(1));
      const both = await Promise.all([store.addBlock(id(1), 0, plain(1)), store.addBlock(id(1), 0, plain(2))]);
      expect([...both, await store.addBlock(id(1), 0, plain(3))]).toEqual([true, true, true]);
      expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(1)));
      expect(await store.usage()).toMatchObject({ blocks: 1, bytes: SEGMENT + BLOCK });
      await store.close();
    });

    test('more is learnt of a segment: tags, keys, hashes of blocks; the rest stays', async () => {
      const store = await fresh();
      await store.addSegment(segment(1));
      await store.addSegment(segment(1, { keys: KEYS, tags: [tag(2), tag(1)], length: BLOCK + 5 }));
      const hash = (n: number) => new Uint8Array(48).fill(n);
      const other = { ...KEYS, secret: new Uint8Array(48), blockHashes: [hash(4), hash(5)] };
      await store.addSegment(segment(1, { keys: other }));
      await store.addSegment(segment(1, { keys: { ...other, algorithm: 'sha512', blockHashes: [hash(6)] } }));
      expect(await store.segment(id(1))).toMatchObject({
        length: BLOCK + 100,
        tags: [tag(1), tag(2)],
        keys: { ...KEYS, blockHashes: [hash(4), hash(3)] },
      });
      await store.addSegment(segment(1, { tags: Array.from({ length: 40 }, (_, i) => tag(i + 1)) }));
      expect((await store.segment(id(1)))?.tags).toEqual(Array.from({ length: 16 }, (_, i) => tag(i + 1)));
      await store.close();
    });

    test('blocks and segments go when they are told to', async () => {
      const store = await fresh();
      for (const n of [1, 2]) {
        await store.addSegment(segment(n));
        await store.addBlock(id(n), 0, plain(n));
        await store.addBlock(id(n), 1, ENCRYPTED);
      }
      await store.removeBlock(id(1), 0);
      expect(await store.block(id(1), 0)).toBeUndefined();
      expect((await store.segment(id(1)))?.blocks).toEqual([1]);
      expect(await store.addBlock(id(1), 0, plain(5))).toBe(true);
      expect(brief(await store.block(id(1), 0))).toEqual(brief(plain(5)));
      await store.removeSegment(id(2));
      expect(await store.segment(id(2))).toBeUndefined();
      expect(await store.block(id(2), 1)).toBeUndefined();
      expect(await store.usage()).toMatchObject({ segments: 1, blocks: 2, bytes: SEGMENT + BLOCK + 4096 });
      await store.clear();
      expect(await store.usage()).toMatchObject({ segments: 0, blocks: 0, bytes: 0 });
      expect(await store.segment(id(1))).toBeUndefined();
      await store.close();
    });

    test('a flushed tag takes the segments along that have no other', async () => {
      const store = await fresh();
      await store.addSegment(segment(1));
      await store.addSegment(segment(2, { tags: [tag(1), tag(2)] }));
      await store.addSegment(segment(3, { tags: [] }));
      for (const n of [1, 2, 3]) await store.addBlock(id(n), 0, plain(n));
      expect(await store.flush(tag(1))).toBe(SEGMENT + BLOCK);
      expect(await store.segment(id(1))).toBeUndefined();
      expect(await store.block(id(1), 0)).toBeUndefined();
      expect(await store.segment(id(2))).toMatchObject({ tags: [tag(2)], blocks: [0] });
      expect(await store.flush(tag(1))).toBe(0);
      expect(await store.flush(tag(2))).toBe(SEGMENT + BLOCK);
      expect(brief(await store.block(id(3), 0))).toEqual(brief(plain(3)));
      await store.close();
    });

    test('the least recently used segments make room', async () => {
      const store = await fresh(3 * (SEGMENT + BLOCK));
      for (const n of [1, 2, 3]) {
        await store.addSegment(segment(n));
        await store.addBlock(id(n), 0, plain(n));
      }
      await store.block(id(1), 0);
      await store.addSegment(segment(4));
      expect(await store.addBlock(id(4), 0, plain(4))).toBe(true);
      const kept = await Promise.all([1, 2, 3, 4].map(async (n) => (await store.segment(id(n)))?.blocks));
      expect(kept).toEqual([[0], undefined, [0], [0]]);
      await store.close();
    });

    test('a segment makes no room for itself, and a block that has no room is not kept', async () => {
      const store = await fresh(SEGMENT + BLOCK);
      await store.addSegment(segment(1));
      expect(await store.addBlock(id(1), 0, plain(1))).toBe(true);
      expect(await store.addBlock(id(1), 1, ENCRYPTED)).toBe(false);
      expect((await store.segment(id(1)))?.blocks).toEqual([0]);
      expect(await store.usage()).toMatchObject({ segments: 1, blocks: 1, bytes: SEGMENT + BLOCK });
      await store.close();
    });

    test('segments without blocks are bounded, too', async () => {
      const store = await fresh(10 * SEGMENT);
      for (let n = 1; n <= 25; n++) await store.addSegment(segment(n));
      expect(await store.usage()).toMatchObject({ segments: 10, bytes: 10 * SEGMENT });
      expect(await store.segment(id(15))).toBeUndefined();
      expect(await store.segment(id(16))).toMatchObject({ blocks: [] });
      await store.addSegment(segment(99, { length: 512 * BLOCK }));
      expect(await store.usage()).toMatchObject({ segments: 2 });
      await store.close();
    });

    test('a limit that is less than what is there drops the oldest; who gives none leaves it', async () => {
      const open = await place();
      const store = await open(1e6);
      for (const n of [1, 2, 3]) {
        await store.addSegment(segment(n));
        await store.addBlock(id(n), 0, plain(n));
      }
      const [less, none] = [await open(2 * (SEGMENT + BLOCK)), await open()];
      for (const it of [store, less, none]) {
        expect(await it.usage()).toMatchObject({ segments: 2, limit: 2 * (SEGMENT + BLOCK) });
        expect(await it.segment(id(1))).toBeUndefined();
      }
      for (const it of [store, less, none]) await it.close();
    });

    test('what one has kept another has, then and later', async () => {
      const open = await place();
      const [one, two] = await Promise.all([open(), open()]);
      await one.addSegment(segment(1, { keys: KEYS }));
      expect(await two.addBlock(id(1), 0, plain(1))).toBe(true);
      const known = await one.segment(id(1));
      expect(known).toMatchObject({ keys: KEYS, blocks: [0] });
      await one.close();
      expect(brief(await two.block(id(1), 0))).toEqual(brief(plain(1)));
      await two.close();
      const again = await open();
      expect(await again.segment(id(1))).toEqual(known);
      expect(brief(await again.block(id(1), 0))).toEqual(brief(plain(1)));
      expect(await again.usage()).toMatchObject({ segments: 1, blocks: 1, bytes: SEGMENT + BLOCK });
      await again.close();
    });

    test('many at once', async () => {
      const store = await fresh();
      const all = Array.from({ length: 40 }, (_, n) => n + 1);
      await Promise.all(
        all.map(async (n) => {
          await Promise.all([store.addSegment(segment(n)), store.segment(id(n))]);
          await store.addBlock(id(n), 0, plain(n));
        }),
      );
      await Promise.all(all.map((n) => store.addBlock(id(n), 1, plain(n, 100))));
      const read = await Promise.all(all.map((n) => store.block(id(n), 0)));
      expect(read.map(brief)).toEqual(all.map((n) => brief(plain(n))));
      expect(await store.usage()).toMatchObject({ segments: 40, blocks: 80 });
      await store.close();
    });

    test.each<[string, Partial<NewSegment>]>([
      ['an identifier that leads elsewhere', { id: '../../../../outside' }],
      ['upper case', { id: 'A'.repeat(64) }],
      ['no identifier', { id: '' }],
      ['31 bytes of it', { id: id(1, 31) }],
      ['no length', { length: 0 }],
      ['half a byte', { length: 1.5 }],
      ['no end', { length: Number.POSITIVE_INFINITY }],
      ['no number', { length: Number.NaN }],
      ['blocks without length', { blockSize: 0 }],
      ['513 blocks', { length: 512 * BLOCK + 1 }],
      ['4,294,967,295 blocks', { length: 2 ** 32 - 1, blockSize: 1 }],
      ['a tag of 17 bytes', { tags: [id(1, 17)] }],
      ['a tag that is none', { tags: ['WinINet'] }],
      ['no secret', { keys: { ...KEYS, secret: new Uint8Array() } }],
      ['a hash of 65 bytes', { keys: { ...KEYS, hashOfData: new Uint8Array(65) } }],
      ['more hashes than blocks', { keys: { ...KEYS, blockHashes: new Array(3) } }],
    ])('a segment with %s is not kept', async (_, fault) => {
      const store = await fresh();
      const wrong = segment(1, fault);
      await store.addSegment(wrong);
      expect(await store.segment(wrong.id)).toBeUndefined();
      expect(await store.usage()).toMatchObject({ segments: 0, bytes: 0 });
      await store.close();
    });

    test.each<[string, number, Partial<CachedBlock>]>([
      ['beyond the segment', 2, {}],
      ['before it', -1, {}],
      ['in between', 0.5, {}],
      ['of no bytes', 0, { bytes: new Uint8Array() }],
      ['longer than any', 0, { bytes: new Uint8Array(131_072 + 17) }],
      ['that is plain and has an IV', 0, { iv: new Uint8Array(16) }],
      ['that is encrypted and has none', 0, { cipher: 'aes-128' }],
    ])('a block %s is not kept', async (_, index, fault) => {
      const store = await fresh();
      await store.addSegment(segment(1));
      expect(await store.addBlock(id(1), index, { ...plain(1), ...fault })).toBe(false);
      expect(await store.block(id(1), index)).toBeUndefined();
      expect(await store.usage()).toMatchObject({ blocks: 0, bytes: SEGMENT });
      await store.close();
    });
  });
}
