import { beforeEach, describe, expect, test } from 'vitest';
import { type FetchedSegment, HostedCacheClient } from '#fallback/distribution/hosted-cache/client';
import { type OfferMessage, offerMessage, PATHS } from '#fallback/distribution/hosted-cache/messages';
import type { VirtualHost } from '#fallback/runtime/virtual/virtual-host';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { decode } from '#fallback/wire/codec';
import type { HttpAnswer, HttpRemote } from '#lib/backend/contract/http';
import { Branch, CERTIFICATE, Client, hold, READINGS, type Sample, sample1, sample2, TRUST } from './branch.ts';

const BLOCK = 65_536;
const OK = Buffer.from('0000000100', 'hex');
const INTERESTED = Buffer.from('0000000101', 'hex');

describe('a client of a hosted cache', () => {
  let net: VirtualNetwork;
  let host: VirtualHost;
  beforeEach(() => {
    net = new VirtualNetwork({ seed: 8 });
    host = net.host();
  });

  interface Got {
    readonly at: number;
    readonly path: string;
    readonly message: OfferMessage;
  }
  /** A hosted cache that answers as it is told, in the order of the answers; the last one again and again. */
  async function scripted(
    version: 1 | 2,
    ...answers: readonly (Uint8Array | HttpAnswer | 'never')[]
  ): Promise<{ server: HttpRemote; got: Got[] }> {
    const cache = net.host();
    const got: Got[] = [];
    const limits = { maxBody: 100_000, receiveMs: 60_000, answerMs: 600_000, maxConnections: 100 };
    const listener = await cache.http.serve(
      { address: '0.0.0.0', port: 443 },
      version === 1 ? { ...limits, tls: CERTIFICATE } : limits,
      async ({ path, body }) => {
        const answer = answers[Math.min(got.length, answers.length - 1)] ?? OK;
        got.push({ at: net.time.now, path, message: decode(offerMessage(READINGS), Uint8Array.from(body)) });
        if (answer === 'never') return new Promise(() => undefined);
        return answer instanceof Uint8Array ? { status: 200, body: [answer] } : answer;
      },
    );
    const address = cache.interfaces.list()[1]?.addresses[2] as string;
    return { got, server: { ...listener.local, address, ...(version === 1 ? { tls: TRUST } : {}) } };
  }
  const clientOf = (server: HttpRemote): HostedCacheClient =>
    new HostedCacheClient({ host, readings: READINGS, server, port: 8080 });
  const stats = (client: HostedCacheClient): Record<string, Record<string, number>> =>
    client.stats() as Record<string, Record<string, number>>;
  const typesOf = (got: readonly Got[]): string[] => got.map(({ message }) => message.type);

  describe.each([1, 2] as const)('with the hosted cache of this package, in version %i', (version) => {
    test('offers what it has got, which others then read there', async () => {
      const [branch, own] = [await Branch.open(net.host()), await Client.on(host)];
      const sample = version === 1 ? sample1(3 * BLOCK + 9) : sample2(70_000);
      await hold(own.store, sample);
      const client = clientOf(branch.server(version));
      client.fetched(sample.fetched, sample.blocks.length);
      await net.time.advance(4000);
      for (const [index, block] of sample.blocks.entries()) {
        expect(Buffer.compare((await branch.read(net.host(), sample, index)) as Uint8Array, block)).toBe(0);
      }
      expect(stats(client).sent).toEqual(version === 1 ? { INITIAL_OFFER: 1, SEGMENT_INFO: 1 } : { BATCHED_OFFER: 1 });
      expect(stats(client).outcomes).toEqual(version === 1 ? { INTERESTED: 1, OK: 1 } : { OK: 1 });
    });
  });

  describe('offers a segment', () => {
    const offersOf = async ({ fetched }: Sample, ...blocks: readonly number[]): Promise<number[]> => {
      const { server, got } = await scripted(1, OK);
      const client = clientOf(server);
      const offers: number[] = [];
      for (const count of blocks) {
        client.fetched(fetched, count);
        await net.time.advance(1000);
        offers.push(got.length);
      }
      client.close();
      return offers;
    };

    test('whenever a further fifth of its blocks has come from the origin', async () => {
      const ones = Array<number>(10).fill(1);
      expect(await offersOf(sample1(10 * BLOCK), ...ones)).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
      expect(await offersOf(sample1(7 * BLOCK), ...ones.slice(3))).toEqual([0, 1, 2, 2, 3, 4, 5]);
      expect(await offersOf(sample1(3 * BLOCK), 1, 1, 1)).toEqual([1, 2, 3]);
    });

    test('once for as many as come together, and for no more than there are', async () => {
      expect(await offersOf(sample1(10 * BLOCK), 7, 2, 1)).toEqual([1, 2, 3]);
      expect(await offersOf(sample1(10 * BLOCK), 500)).toEqual([1]);
      expect(await offersOf(sample1(10 * BLOCK), 1)).toEqual([0]);
    });

    test('by its own identifier, port and content information', async () => {
      const { server, got } = await scripted(1, INTERESTED, OK);
      const sample = sample1(2 * BLOCK);
      clientOf(server).fetched(sample.fetched, 2);
      await net.time.advance(2000);
      expect(got.map(({ path }) => path)).toEqual([PATHS[1], PATHS[1]]);
      expect(got[0]?.message).toEqual({
        type: 'INITIAL_OFFER',
        port: 8080,
        segmentId: Uint8Array.from(sample.fetched.id),
      });
      expect(got[1]?.message).toMatchObject({ type: 'SEGMENT_INFO', port: 8080 });
    });

    test('of which the hosted cache knows the hashes, and no more is said', async () => {
      const { server, got } = await scripted(1, OK);
      clientOf(server).fetched(sample1(100).fetched, 1);
      await net.time.advance(2000);
      expect(typesOf(got)).toEqual(['INITIAL_OFFER']);
    });

    test('counts the blocks of 4,096 segments', async () => {
      const { server, got } = await scripted(1, OK);
      const client = clientOf(server);
      const { fetched } = sample1(10 * BLOCK);
      const numbered = (n: number): FetchedSegment => {
        const id = Buffer.alloc(32);
        id.writeUInt32BE(n);
        return { ...fetched, id };
      };
      for (let n = 0; n < 5000; n++) client.fetched(numbered(n), 1);
      expect(stats(client).held).toEqual({ requests: 0, segments: 4096 });
      client.fetched(numbered(0), 1);
      client.fetched(numbered(4999), 1);
      await net.time.advance(2000);
      expect(got.map(({ message }) => (message.type === 'INITIAL_OFFER' ? message.segmentId[2] : -1))).toEqual([
        4999 >> 8,
      ]);
    });
  });

  describe('in version 2', () => {
    test('offers together what comes within a second', async () => {
      const { server, got } = await scripted(2, OK);
      const client = clientOf(server);
      for (let n = 0; n < 5; n++) {
        client.fetched(sample2(1000 + n).fetched, 1);
        await net.time.advance(100);
      }
      await net.time.advance(400);
      expect(got).toEqual([]);
      await net.time.advance(300);
      expect(got.map(({ message }) => message.type === 'BATCHED_OFFER' && message.segments.length)).toEqual([5]);
      expect(got[0]?.path).toBe(PATHS[2]);
    });

    test('offers at once what fills an offer', async () => {
      const { server, got } = await scripted(2, OK);
      const client = clientOf(server);
      for (let n = 0; n < 300; n++) client.fetched(sample2(1000 + n).fetched, 1);
      await net.time.advance(500);
      const sizes = (): unknown[] =>
        got.map(({ message }) => message.type === 'BATCHED_OFFER' && message.segments.length);
      expect(sizes()).toEqual([128, 128]);
      await net.time.advance(1000);
      expect(sizes()).toEqual([128, 128, 44]);
    });

    test('offers segments of version 1 too, of the hash that the form has a number for', async () => {
      const { server, got } = await scripted(2, OK);
      const client = clientOf(server);
      for (const algorithm of ['sha256', 'sha384', 'sha512'] as const) {
        client.fetched(sample1(3 * BLOCK, 1, algorithm).fetched, 3);
      }
      await net.time.advance(2000);
      const [{ message } = { message: undefined }] = got;
      expect(message?.type === 'BATCHED_OFFER' ? message.segments : []).toMatchObject([
        { hashAlgorithm: 1, blockSize: BLOCK, segmentSize: 3 * BLOCK },
      ]);
    });
  });

  test('in version 1 does not offer what that has no form for', async () => {
    const { server, got } = await scripted(1, OK);
    clientOf(server).fetched(sample2(1000).fetched, 1);
    await net.time.advance(2000);
    expect(got).toEqual([]);
  });

  describe('passes over', () => {
    const ends = async (version: 1 | 2, answer: Uint8Array | HttpAnswer): Promise<Record<string, unknown>> => {
      const { server, got } = await scripted(version, answer);
      const client = clientOf(server);
      client.fetched((version === 1 ? sample1(100) : sample2(100)).fetched, 1);
      await net.time.advance(3000);
      return { outcomes: stats(client).outcomes, types: typesOf(got), held: stats(client).held?.requests };
    };
    test.each([
      ['a code that is none', 1, Buffer.from('0000000102', 'hex')],
      ['an answer of another size', 1, Buffer.from('000000020001', 'hex')],
      ['an answer with bytes behind it', 1, Buffer.from('000000010000', 'hex')],
      ['an empty answer', 1, new Uint8Array()],
      ['interest in a batched offer', 2, INTERESTED],
      ['an HTTP error', 1, { status: 404 }],
      ['a redirect', 2, { status: 302, headers: { location: 'http://10.0.0.9/' } }],
      ['the wish for authentication', 1, { status: 401, headers: { 'www-authenticate': 'Negotiate' } }],
    ] as const)('%s', async (_, version, answer) => {
      expect(await ends(version, answer)).toEqual({
        outcomes: { refused: 1 },
        types: [version === 1 ? 'INITIAL_OFFER' : 'BATCHED_OFFER'],
        held: 0,
      });
    });

    test('interest in a SEGMENT_INFO, which asked for none', async () => {
      const { server, got } = await scripted(1, INTERESTED, INTERESTED);
      const client = clientOf(server);
      client.fetched(sample1(100).fetched, 1);
      await net.time.advance(3000);
      expect([typesOf(got), stats(client).outcomes]).toEqual([
        ['INITIAL_OFFER', 'SEGMENT_INFO'],
        { INTERESTED: 1, refused: 1 },
      ]);
    });
  });

  test('gives a request up after two ticks of five seconds, late answers count no more', async () => {
    const { server, got } = await scripted(1, 'never');
    const client = clientOf(server);
    client.fetched(sample1(100, 1).fetched, 1);
    await net.time.advance(7000);
    client.fetched(sample1(100, 2).fetched, 1);
    await net.time.advance(7900);
    expect([got.length, stats(client).held?.requests]).toEqual([2, 2]);
    await net.time.advance(200);
    expect(stats(client).held?.requests).toBe(1);
    await net.time.advance(5000);
    expect([stats(client).held?.requests, stats(client).outcomes]).toEqual([0, { failed: 2 }]);
    await net.time.advance(60_000);
    expect(net.time.pending(host)).toBe(0);
  });

  describe('offers nothing', () => {
    test.each([
      ['to a server of another name', { ...TRUST, serverName: 'other.example' }],
      ['to a server that nobody vouches for', { serverName: 'cache.example' }],
    ])('%s', async (_, tls) => {
      const { server, got } = await scripted(1, OK);
      const client = clientOf({ ...server, tls });
      client.fetched(sample1(100).fetched, 1);
      await net.time.advance(3000);
      expect([got, stats(client).outcomes]).toEqual([[], { failed: 1 }]);
    });

    test('to nobody, and does not mind', async () => {
      const client = clientOf({ address: '10.9.9.9', port: 80 });
      client.fetched(sample2(100).fetched, 1);
      await net.time.advance(20_000);
      expect(stats(client).outcomes).toEqual({ failed: 1 });
    });

    test('once it is closed, and what is under way ends', async () => {
      const { server, got } = await scripted(1, 'never');
      const client = clientOf(server);
      client.fetched(sample1(100, 1).fetched, 1);
      await net.time.advance(1000);
      client.close();
      client.close();
      client.fetched(sample1(100, 2).fetched, 1);
      await net.time.advance(1000);
      expect([got.length, stats(client).held, stats(client).outcomes]).toEqual([1, { requests: 0, segments: 0 }, {}]);
      expect(net.time.pending(host)).toBe(0);
    });

    test('in version 2, once it is closed, of what waits for others', async () => {
      const { server, got } = await scripted(2, OK);
      const client = clientOf(server);
      client.fetched(sample2(100).fetched, 1);
      client.close();
      await net.time.advance(5000);
      expect(got).toEqual([]);
    });
  });
});
