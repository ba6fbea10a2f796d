import { beforeEach, describe, expect, test } from 'vitest';
import { segmentHash } from '#fallback/distribution/content-information/index';
import { offerMessage, PATHS } from '#fallback/distribution/hosted-cache/messages';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import {
  Branch,
  batchedOffer,
  Client,
  falseList,
  hold,
  initialOffer,
  partOf,
  READINGS,
  type Sample,
  sample1,
  sample2,
  segmentInfo,
  TAG,
  withLength,
  withList,
} from './branch.ts';

const BLOCK = 65_536;

describe('a hosted cache', () => {
  let net: VirtualNetwork;
  let client: Client;
  let branch: Branch;
  let other: VirtualHost;
  beforeEach(async () => {
    net = new VirtualNetwork({ seed: 5 });
    client = await Client.on(net.host());
    branch = await Branch.open(net.host());
    other = net.host();
  });
  const blocksOf = async ({ id }: Sample): Promise<readonly number[]> => (await branch.store.segment(id))?.blocks ?? [];

  describe('in version 1', () => {
    test('asks for what checks a segment, fetches it from the client, and serves it', async () => {
      const sample = sample1(6 * BLOCK + 21);
      await hold(client.store, sample);
      expect(await branch.offer(client.host, initialOffer(sample, client.port))).toBe('INTERESTED');
      expect(client.asked).toEqual([]);
      expect(await branch.offer(client.host, segmentInfo(sample, client.port))).toBe('OK');
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      for (const [index, block] of sample.blocks.entries()) {
        expect(Buffer.compare((await branch.read(other, sample, index)) as Uint8Array, block)).toBe(0);
      }
      expect(branch.counts('pulls')).toEqual({ complete: 1 });
      expect(branch.counts('offers')).toEqual({ 'INITIAL_OFFER INTERESTED': 1, 'SEGMENT_INFO OK': 1 });
      expect((await branch.store.segment(sample.id))?.tags).toEqual([TAG.toString('hex')]);
    });

    test('takes a SEGMENT_INFO that no INITIAL_OFFER went before', async () => {
      const sample = sample1(100);
      await hold(client.store, sample);
      expect(await branch.offer(client.host, segmentInfo(sample, client.port))).toBe('OK');
      await net.time.advance(2000);
      expect(await branch.read(other, sample)).toEqual(Buffer.from(sample.bytes));
    });

    test.each(['sha384', 'sha512'] as const)('takes segments of %s', async (algorithm) => {
      const sample = sample1(BLOCK + 1, 1, algorithm);
      await hold(client.store, sample);
      expect(await branch.offer(client.host, initialOffer(sample, client.port))).toBe('INTERESTED');
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1]);
    });

    test('of a segment whose hashes it knows fetches what it lacks, with no further question', async () => {
      const sample = sample1(5 * BLOCK);
      await hold(client.store, sample, [0, 3].values());
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect([await blocksOf(sample), branch.counts('pulls')]).toEqual([[0, 3], { partial: 1 }]);
      const second = await Client.on(net.host());
      await hold(second.store, sample);
      expect(await branch.offer(second.host, initialOffer(sample, second.port))).toBe('OK');
      await net.time.advance(2000);
      expect([await blocksOf(sample), branch.counts('pulls')]).toEqual([[0, 1, 2, 3, 4], { partial: 1, complete: 1 }]);
      const before = second.asked.length;
      expect(await branch.offer(second.host, initialOffer(sample, second.port))).toBe('OK');
      await net.time.advance(2000);
      expect(second.asked).toHaveLength(before);
    });

    test('of a segment with a part of its hashes fetches those blocks, and goes on asking', async () => {
      const sample = sample1(4 * BLOCK);
      await hold(client.store, sample);
      const part = partOf(sample, 2);
      expect(await branch.offer(client.host, segmentInfo(part, client.port))).toBe('OK');
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1]);
      expect(await branch.offer(client.host, initialOffer(sample, client.port))).toBe('INTERESTED');
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1, 2, 3]);
    });

    test('keeps no block that is wrong, and asks its sender for no more of that segment', async () => {
      const sample = sample1(40 * BLOCK);
      await hold(client.store, {
        ...sample,
        blocks: sample.blocks.map((it, n) => (n === 1 ? it.map((b) => b ^ 1) : it)),
      });
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect(await blocksOf(sample)).not.toContain(1);
      expect(client.asked.length).toBeLessThan(20);
      expect(branch.counts('pulls')).toEqual({ 'wrong block': 1 });
    });

    test('of a list that does not give the segment’s hash takes nothing', async () => {
      const sample = sample1(3 * BLOCK);
      await hold(client.store, sample);
      expect(await branch.offer(client.host, segmentInfo(withList(sample, falseList(sample)), client.port))).toBe('OK');
      await net.time.advance(2000);
      expect([client.asked, branch.counts('dropped')]).toEqual([[], { 'false block list': 1 }]);
    });

    test('a false part of a list does not keep the truth out, nor the truth what others say', async () => {
      const sample = sample1(3 * BLOCK);
      const liar = await Client.on(net.host());
      const lie = sample.blocks.map((it) => it.map((byte) => byte ^ 0xff));
      await hold(liar.store, { ...sample, blocks: lie });
      const part = withList(sample, Buffer.concat(lie.map((it) => segmentHash('sha256', it))).subarray(0, 64));
      await branch.offer(liar.host, segmentInfo(part, liar.port));
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1]);
      await hold(client.store, sample);
      expect(await branch.offer(client.host, initialOffer(sample, client.port))).toBe('INTERESTED');
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1, 2]);
      await branch.offer(liar.host, segmentInfo(part, liar.port));
      await net.time.advance(2000);
      for (const index of [0, 1, 2]) {
        expect(await branch.read(other, sample, index)).toEqual(Buffer.from(sample.blocks[index] as Uint8Array));
      }
    });

    test('a false length does not stay either, once the last block proves the true one', async () => {
      const sample = sample1(2 * BLOCK + 100);
      await hold(client.store, sample);
      const longer = withLength(sample, 2 * BLOCK + 200);
      await hold(branch.store, { ...sample, bytes: new Uint8Array(2 * BLOCK + 200) }, [0, 1].values());
      await branch.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect([await blocksOf(sample), (await branch.store.segment(sample.id))?.length]).toEqual([
        [0, 1, 2],
        2 * BLOCK + 100,
      ]);
      await branch.offer(client.host, segmentInfo(longer, client.port));
      await net.time.advance(2000);
      expect([await blocksOf(sample), (await branch.store.segment(sample.id))?.length]).toEqual([
        [0, 1, 2],
        2 * BLOCK + 100,
      ]);
    });
  });

  describe('in version 2', () => {
    test('fetches what a batched offer names, and hands it out as it came', async () => {
      const samples = [sample2(60_000, 1), sample2(131_072, 2), sample2(1, 3), sample1(3 * BLOCK + 5, 4)];
      for (const it of samples) await hold(client.store, it);
      expect(await branch.offer(client.host, batchedOffer(samples, client.port))).toBe('OK');
      await net.time.advance(4000);
      expect(branch.counts('pulls')).toEqual({ complete: 4 });
      for (const sample of samples) {
        for (const [index, block] of sample.blocks.entries()) {
          const kept = await branch.store.block(sample.id, index);
          const sealed = await branch.readSealed(other, sample, index);
          expect([sealed?.cipher, Buffer.compare(sealed?.bytes ?? TAG, kept?.bytes ?? TAG)]).toEqual(['aes-128', 0]);
          expect(Buffer.compare((await branch.read(other, sample, index)) as Uint8Array, block)).toBe(0);
        }
      }
    });

    test('serves what it can’t check: whoever reads it sees that it is wrong', async () => {
      const sample = sample2(5000);
      await hold(client.store, { ...sample, blocks: [sample.bytes.map((it) => it ^ 1)] });
      await branch.offer(client.host, batchedOffer([sample], client.port));
      await net.time.advance(2000);
      expect(await branch.read(other, sample)).not.toEqual(Buffer.from(sample.bytes));
    });

    test('what came unchecked is checked when its keys come', async () => {
      const sample = sample1(3 * BLOCK);
      const wrong = sample.blocks.map((it, n) => (n === 1 ? it.map((byte) => byte ^ 1) : it));
      await hold(client.store, { ...sample, blocks: wrong }, [0, 1].values());
      await branch.offer(client.host, batchedOffer([sample], client.port));
      await net.time.advance(2000);
      expect(await blocksOf(sample)).toEqual([0, 1]);
      const honest = await Client.on(net.host());
      await hold(honest.store, sample);
      expect(await branch.offer(honest.host, initialOffer(sample, honest.port))).toBe('INTERESTED');
      await branch.offer(honest.host, segmentInfo(sample, honest.port));
      await net.time.advance(2000);
      for (const index of [0, 1, 2]) {
        expect(await branch.read(other, sample, index)).toEqual(Buffer.from(sample.blocks[index] as Uint8Array));
      }
    });

    test('of what is here already fetches nothing, and notes the tag', async () => {
      const sample = sample2(5000);
      await hold(branch.store, sample);
      await branch.offer(client.host, batchedOffer([sample], client.port));
      await net.time.advance(2000);
      expect([client.asked, branch.counts('pulls')]).toEqual([[], { 'here already': 1 }]);
      expect((await branch.store.segment(sample.id))?.tags).toEqual([TAG.toString('hex')]);
    });
  });

  describe.each([
    ['reading distribution.hosted-cache-data = verify', 'verify', 'wrong block', []],
    ['reading distribution.hosted-cache-data = verbatim', 'verbatim', 'complete', [0]],
  ])('%s', (_, candidate, outcome, kept) => {
    const readings = new Readings({ 'distribution.hosted-cache-data': candidate });

    test('a block that is wrong', async () => {
      const cache = await Branch.open(net.host(), { readings });
      const sample = sample1(5000);
      await hold(client.store, { ...sample, blocks: [sample.bytes.map((it) => it ^ 1)] });
      await cache.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect(cache.counts('pulls')).toEqual({ [outcome]: 1 });
      expect((await cache.store.segment(sample.id))?.blocks ?? []).toEqual(kept);
    });

    test('a block that is right, which comes out of it as it was', async () => {
      const cache = await Branch.open(net.host(), { readings });
      const sample = sample1(5000);
      await hold(client.store, sample);
      await cache.offer(client.host, segmentInfo(sample, client.port));
      await net.time.advance(2000);
      expect(await cache.read(other, sample)).toEqual(Buffer.from(sample.bytes));
      expect((await cache.store.block(sample.id, 0))?.cipher).toBe(candidate === 'verify' ? 'none' : 'aes-128');
    });
  });

  test('serves clients by IPv4 and IPv6, and fetches from either', async () => {
    const sample = sample2(100);
    await hold(client.store, sample);
    const server = { address: branch.host.interfaces.list()[1]?.addresses[0] as string, port: 80 };
    const body = encode(offerMessage(READINGS), batchedOffer([sample], client.port));
    const call = { method: 'POST', path: PATHS[2], body, maxBody: 100 };
    expect((await client.host.awaited(client.host.http.exchange(server, call))).status).toBe(200);
    await net.time.advance(2000);
    expect(branch.counts('pulls')).toEqual({ complete: 1 });
    expect(client.asked[0]?.remote.address).toBe(server.address);
  });

  test('ends what is under way when it closes, and gives its ports back', async () => {
    const slow = await Client.on(net.host(), { answer: () => new Promise(() => undefined) });
    await branch.offer(slow.host, batchedOffer([sample2(100), sample2(200, 2), sample2(300, 3)], slow.port));
    await net.time.advance(100);
    expect(branch.counts('held')).toEqual({ pulls: 2, waiting: 1 });
    await branch.cache.close();
    expect(branch.counts('held')).toEqual({ pulls: 0, waiting: 0 });
    await net.time.advance(5000);
    expect([slow.asked.length, net.time.pending(branch.host)]).toEqual([2, 0]);
    await branch.cache.close();
    const again = await Branch.open(branch.host);
    expect(again.cache.addresses).toEqual([
      { address: '::', port: 80 },
      { address: '0.0.0.0', port: 80 },
    ]);
    expect(again.cache.httpsAddresses).toEqual([{ address: '0.0.0.0', port: 443 }]);
  });
});
