import { beforeEach, describe, expect, test } from 'vitest';
import { type OfferMessage, offerMessage, PATHS } from '#fallback/distribution/hosted-cache/messages';
import { PATH as RETRIEVAL_PATH } from '#fallback/distribution/retrieval/constants';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { encode } from '#fallback/wire/codec';
import type { HttpAnswer } from '#lib/backend/contract/http';
import {
  Branch,
  batchedOffer,
  Client,
  hold,
  initialOffer,
  READINGS,
  sample1,
  sample2,
  segmentInfo,
  TAG,
} from './branch.ts';

const BLOCK = 65_536;

describe('a hosted cache among hostile clients', () => {
  let net: VirtualNetwork;
  let client: Client;
  let branch: Branch;
  beforeEach(async () => {
    net = new VirtualNetwork({ seed: 6 });
    client = await Client.on(net.host());
    branch = await Branch.open(net.host());
  });
  const bytesOf = (message: OfferMessage): Buffer => Buffer.from(encode(offerMessage(READINGS), message));

  describe('drops', () => {
    const sample = sample1(100);
    const damaged = (message: OfferMessage, at: number, ...values: number[]): Buffer => {
      const bytes = bytesOf(message);
      bytes.set(values, at);
      return bytes;
    };
    const one = batchedOffer([sample2(100)], 8080);
    test.each([
      ['a batched offer at the path of version 1', 1, bytesOf(one)],
      ['an initial offer at the path of version 2', 2, bytesOf(initialOffer(sample, 8080))],
      ['a SEGMENT_INFO at the path of version 2', 2, bytesOf(segmentInfo(sample, 8080))],
      ['a batched offer that calls itself 1.0', 2, damaged(one, 1, 1)],
      ['an initial offer that calls itself 2.0', 1, damaged(initialOffer(sample, 8080), 1, 2)],
      ['an unknown type', 1, damaged(initialOffer(sample, 8080), 3, 9)],
      ['an offer of no segment', 2, bytesOf(one).subarray(0, 16)],
      ['an offer of 129 segments', 2, bytesOf({ ...one, segments: Array(129).fill(one.segments[0]) })],
      ['a tag of another size', 2, damaged(one, 25, 15)],
      ['bytes behind an offer', 2, Buffer.concat([bytesOf(one), TAG])],
      ['a SEGMENT_INFO that is cut off', 1, bytesOf(segmentInfo(sample, 8080)).subarray(0, -1)],
      ['bytes behind a SEGMENT_INFO', 1, Buffer.concat([bytesOf(segmentInfo(sample, 8080)), TAG])],
      ['blocks of another size', 1, damaged(segmentInfo(sample, 8080), 32 + 18 + 12, 0, 0, 2, 0)],
      ['a segment of no length', 1, damaged(segmentInfo(sample, 8080), 32 + 18 + 8, 0, 0, 0, 0)],
      ['a segment that is too long', 1, damaged(segmentInfo(sample, 8080), 32 + 18 + 8, 1, 0, 0, 2)],
      ['more hashes than the segment has blocks', 1, damaged(segmentInfo(sample, 8080), 32 + 98, 2)],
      ['nothing', 2, Buffer.alloc(0)],
      ['noise', 2, Buffer.alloc(1000, 0xa5)],
    ] as const)('%s: an HTTP error, and no message', async (_, version, bytes) => {
      await hold(client.store, sample);
      const { status, body } = await branch.post(client.host, version, bytes);
      await net.time.advance(2000);
      expect([status, body.length, client.asked, branch.counts('dropped')]).toEqual([400, 0, [], { syntax: 1 }]);
    });

    test.each([
      ['the path of version 1 by HTTP', 2, PATHS[1], 'POST', 404],
      ['the path of version 2 by HTTPS', 1, PATHS[2], 'POST', 404],
      ['retrieval by HTTPS', 1, RETRIEVAL_PATH, 'POST', 404],
      ['another path', 2, '/', 'POST', 404],
      ['a query', 2, `${PATHS[2]}?x`, 'POST', 404],
      ['a GET', 2, PATHS[2], 'GET', 405],
      ['a PUT', 1, PATHS[1], 'PUT', 405],
    ] as const)('%s', async (_, version, path, method, status) => {
      expect((await branch.post(client.host, version, one, { path, method })).status).toBe(status);
    });

    test('nothing of a path in other letters, or without the slash at its end', async () => {
      const path = PATHS[2].slice(0, -1).toUpperCase();
      expect((await branch.post(client.host, 2, one, { path })).status).toBe(200);
    });

    test('what is too long, before it is read', async () => {
      expect((await branch.post(client.host, 2, new Uint8Array(98_305))).status).toBe(413);
    });
  });

  describe('answers, and does nothing', () => {
    const sample = sample1(3 * BLOCK);
    const at = (offset: number, ...values: number[]): Buffer => {
      const bytes = bytesOf(segmentInfo(sample, 8080));
      bytes.set(values, 32 + offset);
      return bytes;
    };
    test.each([
      ['content information of version 2', at(0, 0, 2)],
      ['content information of version 1.1', at(0, 1, 1)],
      ['a hash that is none', at(2, 0x0f)],
      ['no segment', at(14, 0)],
      ['two segments', at(14, 2)],
      ['very many segments', at(14, 0xff, 0xff, 0xff, 0xff)],
    ])('a SEGMENT_INFO with %s', async (_, bytes) => {
      await hold(client.store, sample);
      const { status, body } = await branch.post(client.host, 1, bytes);
      expect([status, Buffer.from(body).toString('hex')]).toEqual([200, '0000000100']);
      await net.time.advance(2000);
      expect([client.asked, branch.counts('dropped')]).toEqual([[], { 'segment information': 1 }]);
    });

    test('a SEGMENT_INFO whose range says what it likes is taken for the whole segment', async () => {
      await hold(client.store, sample);
      const bytes = at(6, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0x7f);
      expect((await branch.post(client.host, 1, bytes)).status).toBe(200);
      await net.time.advance(2000);
      expect(branch.counts('pulls')).toEqual({ complete: 1 });
    });

    test.each([
      ['a hash that is none', { hashAlgorithm: 2 }],
      ['a segment of no length', { segmentSize: 0 }],
      ['a segment that is too long', { segmentSize: 131_073 }],
      ['a segment of version 1 that is too long', { hashAlgorithm: 1, blockSize: BLOCK, segmentSize: 0x200_0001 }],
      ['blocks of another size', { hashAlgorithm: 1, blockSize: 4096 }],
      ['blocks of no size', { hashAlgorithm: 1, blockSize: 0 }],
    ])('a descriptor with %s, beside one that is right', async (_, more) => {
      const [good, bad] = [sample2(5000, 1), sample2(5000, 2)];
      for (const it of [good, bad]) await hold(client.store, it);
      const offer = batchedOffer([bad, good], client.port);
      const segments = offer.segments.map((it, n) => (n === 0 ? { ...it, ...more } : it));
      expect(await branch.offer(client.host, { ...offer, segments })).toBe('OK');
      await net.time.advance(2000);
      expect([branch.counts('pulls'), branch.counts('dropped')]).toEqual([
        { complete: 1 },
        { 'segment descriptor': 1 },
      ]);
    });
  });

  describe('is not made to connect', () => {
    test.each([0, 1, 22, 25, 79, 81, 442, 444, 1023])('to port %i', async (port) => {
      const victim = await Client.on(client.host, { port: 1 });
      for (const message of [segmentInfo(sample1(100), port), batchedOffer([sample2(100)], port)]) {
        expect(await branch.offer(client.host, message)).toBe('OK');
      }
      await net.time.advance(5000);
      expect([victim.asked, branch.counts('dropped'), branch.counts('pulls')]).toEqual([[], { port: 2 }, {}]);
    });

    test.each([80, 443, 1024, 65_535])('but to port %i', async (port) => {
      const sender = await Client.on(net.host(), { port });
      await hold(sender.store, sample2(100));
      await branch.offer(sender.host, batchedOffer([sample2(100)], port));
      await net.time.advance(2000);
      expect(branch.counts('pulls')).toEqual({ complete: 1 });
    });

    test('to another host, whatever the request says of where it comes from', async () => {
      const victim = await Client.on(net.host());
      const address = victim.host.interfaces.list()[1]?.addresses[2] as string;
      const headers = {
        host: `${address}:8080`,
        forwarded: `for=${address}`,
        'x-forwarded-for': address,
        'x-real-ip': address,
      };
      await hold(client.store, sample2(100));
      await branch.post(client.host, 2, batchedOffer([sample2(100)], client.port), { headers });
      await net.time.advance(2000);
      expect([victim.asked.length, client.asked.length]).toEqual([0, 1]);
    });

    test('to where the offerer redirects it', async () => {
      const victim = await Client.on(net.host());
      const [, , ipv4] = victim.host.interfaces.list()[1]?.addresses ?? [];
      const headers = { location: `http://${ipv4}:8080${RETRIEVAL_PATH}` };
      const sender = await Client.on(net.host(), { answer: async () => ({ status: 307, headers }) });
      await branch.offer(sender.host, batchedOffer([sample2(100)], sender.port));
      await net.time.advance(5000);
      expect([victim.asked, branch.counts('pulls')]).toEqual([[], { failed: 1 }]);
    });
  });

  describe('fetching from', () => {
    const sender = (answer: (path: string) => Promise<HttpAnswer>): Promise<Client> =>
      Client.on(net.host(), { answer: ({ path }) => answer(path) });
    /** Leaves the cache as it was. */
    const fails = async (from: Client, ms = 5000): Promise<void> => {
      await branch.offer(from.host, segmentInfo(sample1(8 * BLOCK), from.port));
      await branch.offer(from.host, batchedOffer([sample2(100)], from.port));
      await net.time.advance(ms);
      expect(branch.counts('pulls')).toEqual({ failed: 2 });
      expect((await branch.store.usage()).segments).toBe(0);
      expect(branch.counts('held')).toEqual({ pulls: 0, waiting: 0 });
    };

    test('who answers with an error', async () => fails(await sender(async () => ({ status: 500 }))));
    test('who answers with nothing', async () => fails(await sender(async () => ({ status: 200 }))));
    test('who answers with noise', async () =>
      fails(await sender(async () => ({ status: 200, body: [Buffer.alloc(500, 7)] }))));
    test('who answers with very much', async () =>
      fails(await sender(async () => ({ status: 200, body: [Buffer.alloc(5_000_000)] }))));
    test('who never answers', async () => fails(await sender(() => new Promise(() => undefined))));
    test('nobody', async () => {
      const gone = await Client.on(net.host());
      await branch.offer(gone.host, batchedOffer([sample2(100)], 9999));
      await branch.offer(gone.host, segmentInfo(sample1(100), 9999));
      await net.time.advance(5000);
      expect(branch.counts('pulls')).toEqual({ failed: 2 });
    });

    test('who crashes in the middle', async () => {
      const sample = sample1(100 * BLOCK);
      await hold(client.store, sample);
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(150);
      (client.host as unknown as { crash(): void }).crash();
      await net.time.advance(10_000);
      expect(branch.counts('pulls')).toEqual({ failed: 1 });
      const { blocks = [] } = (await branch.store.segment(sample.id)) ?? {};
      expect(blocks.length).toBeGreaterThan(0);
      expect(blocks.length).toBeLessThan(100);
      expect(await branch.read(net.host(), sample, blocks[0])).toEqual(
        Buffer.from(sample.blocks[blocks[0] ?? 0] as Uint8Array),
      );
    });

    test('who is so slow that a segment takes more than 90 seconds', async () => {
      const sample = sample1(400 * BLOCK);
      await hold(client.store, sample);
      const delay = (ms: number): Promise<void> => new Promise((resolve) => net.time.after(ms, resolve));
      const slow = await Client.on(client.host, {
        port: 8081,
        answer: async (request) => {
          await delay(1900);
          return client.answer(request);
        },
      });
      await branch.offer(slow.host, segmentInfo(sample, slow.port));
      await net.time.advance(89_000);
      expect(branch.counts('held')).toEqual({ pulls: 1, waiting: 0 });
      await net.time.advance(2000);
      expect([branch.counts('held').pulls, branch.counts('pulls')]).toEqual([0, { failed: 1 }]);
      expect((await branch.store.segment(sample.id))?.blocks.length).toBeGreaterThan(100);
    });

    test('who has little of what it offers keeps the rest for others', async () => {
      const sample = sample1(10 * BLOCK);
      await hold(client.store, sample, [2, 7].values());
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect([branch.counts('pulls'), (await branch.store.segment(sample.id))?.blocks]).toEqual([
        { partial: 1 },
        [2, 7],
      ]);
    });
  });

  describe('in a flood', () => {
    const silent = () => new Promise<HttpAnswer>(() => undefined);

    test('fetches two segments at once from one address, and takes 512 in all', async () => {
      const sender = await Client.on(net.host(), { answer: silent });
      for (let n = 0; n < 8; n++) {
        const samples = Array.from({ length: 128 }, (_, i) => sample2(10 + i, n));
        await branch.offer(sender.host, batchedOffer(samples, sender.port));
      }
      expect(branch.counts('held')).toEqual({ pulls: 2, waiting: 512 });
      expect(branch.counts('dropped')).toEqual({ 'too many': 8 * 128 - 514 });
      await net.time.advance(600_000);
      expect([branch.counts('held'), branch.counts('pulls')]).toEqual([{ pulls: 0, waiting: 0 }, { failed: 514 }]);
    });

    test('of many addresses fetches 64 segments at once, by turns, and others get theirs', async () => {
      const senders = await Promise.all(Array.from({ length: 60 }, () => Client.on(net.host(), { answer: silent })));
      for (const [n, sender] of senders.entries()) {
        const samples = Array.from({ length: 10 }, (_, i) => sample2(100 + n, i));
        await branch.offer(sender.host, batchedOffer(samples, sender.port));
      }
      expect(branch.counts('held').pulls).toBe(64);
      await hold(client.store, sample2(5000));
      await branch.offer(client.host, batchedOffer([sample2(5000)], client.port));
      await net.time.advance(10_000);
      expect(branch.counts('pulls').complete).toBe(1);
    });

    test('the same segment of many is fetched from one', async () => {
      const sample = sample2(5000);
      const senders = await Promise.all(Array.from({ length: 20 }, () => Client.on(net.host())));
      for (const { store } of senders) await hold(store, sample);
      await Promise.all(senders.map(({ host, port }) => branch.offer(host, batchedOffer([sample], port))));
      await net.time.advance(3000);
      const asked = senders.filter((it) => it.asked.length > 0).length;
      expect(asked).toBe(1);
      expect(branch.counts('pulls').complete).toBe(1);
    });

    test('tags without end are counted as 64 and the rest', async () => {
      const sample = sample2(5000);
      await hold(branch.store, sample);
      for (let n = 0; n < 200; n++) {
        const offer = batchedOffer([sample], client.port);
        const contentTag = Buffer.alloc(16, n);
        await branch.offer(client.host, { ...offer, segments: offer.segments.map((it) => ({ ...it, contentTag })) });
        await net.time.advance(10);
      }
      expect([Object.keys(branch.counts('tags')).length, branch.counts('tags').others]).toEqual([65, 136]);
    });

    test('offers of what nobody has take no place in the cache', async () => {
      const small = await Branch.open(net.host(), { limit: 100_000 });
      const sample = sample2(20_000);
      await hold(small.store, sample);
      for (let n = 0; n < 4; n++) {
        const samples = Array.from({ length: 128 }, (_, i) => sample2(100 + i, n));
        await small.offer(client.host, batchedOffer(samples, client.port));
      }
      await net.time.advance(60_000);
      expect(small.counts('pulls')).toEqual({ partial: 512 });
      expect(await small.store.usage()).toMatchObject({ segments: 1, blocks: 1 });
    });

    test('what is offered makes room by the rule of the cache, and what it has no room for is not kept', async () => {
      const small = await Branch.open(net.host(), { limit: 3 * 131_072 });
      const samples = Array.from({ length: 6 }, (_, n) => sample2(100_000, n));
      for (const it of samples) await hold(client.store, it);
      await small.offer(client.host, batchedOffer(samples, client.port));
      await net.time.advance(10_000);
      const usage = await small.store.usage();
      expect(usage.bytes).toBeLessThanOrEqual(usage.limit);
      expect(small.counts('pulls')).toEqual({ complete: 6 });
      const tiny = await Branch.open(net.host(), { limit: 8192 });
      await tiny.offer(client.host, batchedOffer([sample2(100_000)], client.port));
      await net.time.advance(10_000);
      expect(tiny.counts('pulls')).toEqual({ 'not kept': 1 });
    });
  });
});
