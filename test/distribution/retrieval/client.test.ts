import { describe, expect, onTestFinished, test } from 'vitest';
import type { BlockRange } from '#fallback/distribution/retrieval/block-ranges';
import { PATH, RETRIEVAL_LIMITS } from '#fallback/distribution/retrieval/constants';
import {
  encodeResponse,
  type RetrievalMessage,
  type RetrievalRequest,
  type RetrievalResponse,
  retrievalMessage,
} from '#fallback/distribution/retrieval/messages';
import { RetrievalClient } from '#fallback/distribution/retrieval/retrieval-client';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { decode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import type { HttpAnswer } from '#lib/backend/contract/http';
import { plain } from '../../wire/codec-law.ts';
import { bytes, hex, VALUES, vectors } from './samples.ts';

const SEGMENT = bytes(vectors.id1);
const V2 = { major: 2, minor: 0 };

type Script = (request: RetrievalRequest, n: number) => RetrievalResponse | HttpAnswer | Promise<HttpAnswer>;

/** A client, and a server that answers by a script. */
async function scene(script: Script, readings: Record<string, string> = {}) {
  const net = new VirtualNetwork({ seed: 8, latency: { min: 5, max: 5 } });
  const [server, host] = [net.host(), net.host()];
  const requests: RetrievalRequest[] = [];
  const listener = await server.http.serve(
    { address: '2001:db8::1', port: 80 },
    { ...RETRIEVAL_LIMITS, maxConnections: 100 },
    async ({ method, path, body }) => {
      expect([method, path]).toEqual(['POST', PATH]);
      const request = decode(retrievalMessage, body) as RetrievalRequest;
      requests.push(request);
      const answer = await script(request, requests.length);
      return 'type' in answer ? { status: 200, body: encodeResponse(answer) } : answer;
    },
  );
  onTestFinished(() => listener.close());
  const client = new RetrievalClient({ host, readings: new Readings(readings) });
  const remote = listener.local;
  const passing = <T>(promise: Promise<T>): Promise<T> => host.awaited(promise);
  return {
    net,
    client,
    requests,
    remote,
    passing,
    server,
    block: (index = 0, signal?: AbortSignal) => passing(client.block(remote, SEGMENT, index, signal)),
    blockList: (...wanted: [number, number][]) => passing(client.blockList(remote, SEGMENT, ranges(...wanted))),
    segmentList: (...ids: string[]) => passing(client.segmentList(remote, ids.map(bytes))),
  };
}

function ranges(...all: [number, number][]): BlockRange[] {
  return all.map(([index, count]) => ({ index, count }));
}
const fault = (reason: string) => expect.objectContaining({ name: 'RetrievalError', reason });
const never = (): Promise<HttpAnswer> => new Promise(() => undefined);
const raw = (...body: Uint8Array[]): HttpAnswer => ({ status: 200, body });
const { 'BLK AES-128': BLK, 'BLK missing': EMPTY, 'BLKLIST [0,1]': BLKLIST, 'SEGLIST [0,1]': SEGLIST } = VALUES;
const negotiation = (min: number, max: number): RetrievalResponse => ({
  ...VALUES.NEGO_RESP,
  min: { major: min, minor: 5 },
  max: { major: max, minor: 7 },
});

describe('MSG_GETBLKS', () => {
  test('a block as it came', async () => {
    const { block, requests } = await scene(() => BLK);
    const received = await block();
    expect(received?.cipher).toBe('aes-128');
    expect([hex(received?.iv ?? SEGMENT), hex(received?.bytes ?? SEGMENT)]).toEqual([hex(BLK.iv), hex(BLK.block)]);
    expect(requests.map(plain)).toEqual([plain(VALUES['GETBLKS block 0'])]);
  });

  test('a plain one, whatever is said of an IV; and none', async () => {
    const { block } = await scene((_, n) => (n === 1 ? { ...VALUES['BLK plaintext'], iv: new Uint8Array(3) } : EMPTY));
    expect(await block()).toMatchObject({ cipher: 'none', iv: new Uint8Array() });
    expect(await block()).toBeUndefined();
  });

  test.each<readonly [string, Partial<typeof BLK>, string]>([
    ['another segment', { segmentId: vectors.id2 } as never, 'mismatch'],
    ['another block', { blockIndex: 1 } as never, 'mismatch'],
    ['an IV of 15 bytes', { iv: new Uint8Array(15) }, 'malformed'],
    ['an IV of 32 bytes', { iv: new Uint8Array(32) }, 'malformed'],
    ['no IV', { iv: new Uint8Array() }, 'malformed'],
    ['an unknown cipher', { cryptoAlgoId: 4 } as never, 'malformed'],
    ['version 3.0', { version: { major: 3, minor: 0 } } as never, 'unsupported'],
  ])('%s is refused', async (_, change, reason) => {
    const { block, client } = await scene(() => ({ ...BLK, ...change }));
    await expect(block()).rejects.toEqual(fault(reason));
    expect(client.stats()).toMatchObject({ dropped: { [reason]: 1 }, held: { outstanding: 0 } });
  });

  test.each<readonly [string, RetrievalResponse | HttpAnswer, string]>([
    ['MSG_BLKLIST', BLKLIST, 'mismatch'],
    ['MSG_SEGLIST', SEGLIST, 'mismatch'],
    ['a request', raw(bytes('00000044'), bytes(vectors.messages['GETBLKS block 0'])), 'malformed'],
    ['nothing', { status: 200 }, 'malformed'],
    ['what is cut', raw(bytes(vectors.messages['BLK AES-128']).subarray(0, 100)), 'malformed'],
    ['bytes too many', raw(bytes(`${vectors.messages['BLK AES-128']}00`)), 'malformed'],
    ['more than 393,216 bytes', raw(new Uint8Array(393_221)), 'malformed'],
    ['status 404', { status: 404 }, 'malformed'],
    ['status 302', { status: 302, headers: { location: 'http://[2001:db8::1]/' } }, 'malformed'],
  ])('an answer that is %s is refused', async (_, answer, reason) => {
    const { block, requests } = await scene(() => answer);
    await expect(block()).rejects.toEqual(fault(reason));
    expect(requests.length).toBe(1);
  });

  test('the longest answer is taken', async () => {
    const { block } = await scene(() => ({ ...BLK, block: new Uint8Array(393_128) }));
    expect((await block())?.bytes.length).toBe(393_128);
  });
});

describe('MSG_GETBLKLIST', () => {
  test('what is there of what was asked for, in order', async () => {
    const { blockList, requests } = await scene(() => ({ ...BLKLIST, ranges: ranges([9, 500], [2, 3], [3, 1]) }));
    expect(await blockList([8, 2], [0, 4], [3, 2])).toEqual(ranges([2, 3], [9, 1]));
    expect(requests).toMatchObject([{ type: 'MSG_GETBLKLIST', ranges: ranges([0, 5], [8, 2]), cryptoAlgoId: 1 }]);
  });

  test('nothing there', async () => {
    const { blockList } = await scene(() => ({ ...BLKLIST, ranges: [] }));
    expect(await blockList([0, 4])).toEqual([]);
  });

  test.each<readonly [string, object]>([
    ['another segment', { segmentId: vectors.id2 }],
    ['other blocks', { ranges: ranges([0, 2], [4, 1]) }],
    ['a range of none', { ranges: ranges([0, 0]) }],
    ['blocks beyond any segment', { ranges: ranges([0xffff_fff0, 0xffff_ffff]) }],
  ])('%s is refused', async (_, change) => {
    const { blockList } = await scene(() => ({ ...BLKLIST, ...change }) as RetrievalResponse);
    await expect(blockList([0, 4])).rejects.toEqual(fault('mismatch'));
  });
});

describe('MSG_GETSEGLIST', () => {
  const answer = (change: object) => (request: RetrievalRequest) =>
    ({ ...SEGLIST, requestId: (request as { requestId: string }).requestId, ...change }) as RetrievalResponse;
  const ids = Array.from({ length: 10 }, (_, i) => i.toString(16).padStart(64, '0'));

  test('which segments are there, and since when', async () => {
    const blob = bytes('000103030064000002e8030009e80300');
    const { segmentList, requests } = await scene(answer({ ranges: ranges([7, 2], [4, 1], [4, 2]), blob }));
    expect(await segmentList(...ids)).toEqual({
      ranges: ranges([4, 2], [7, 2]),
      ages: new Map([
        [7, 1000],
        [9, 10_000],
      ]),
    });
    expect(requests).toMatchObject([{ version: V2, segmentIds: ids, blob: Buffer.alloc(0) }]);
  });

  test('a bad blob takes nothing from the answer', async () => {
    const { segmentList } = await scene(answer({ ranges: ranges([0, 1]), blob: bytes('0009') }));
    expect(await segmentList(...ids)).toEqual({ ranges: ranges([0, 1]), ages: new Map() });
  });

  test('each request has an id of its own', async () => {
    const { segmentList, requests } = await scene(answer({ ranges: [] }));
    await Promise.all([segmentList(...ids), segmentList(...ids), segmentList(...ids)]);
    expect(new Set(requests.map((it) => 'requestId' in it && it.requestId)).size).toBe(3);
  });

  test.each<readonly [string, object]>([
    ['another request', { requestId: 'ff'.repeat(16) }],
    ['segments that nobody asked for', { ranges: ranges([9, 2]) }],
    ['a place that is none', { ranges: ranges([10, 1]) }],
    ['a range of none', { ranges: ranges([3, 0]) }],
    ['a range beyond all', { ranges: ranges([1, 0xffff_ffff]) }],
  ])('%s is refused', async (_, change) => {
    const { segmentList } = await scene(answer({ ranges: ranges([0, 1]), ...change }));
    await expect(segmentList(...ids)).rejects.toEqual(fault('mismatch'));
  });
});

describe('MSG_NEGO_RESP', () => {
  test.each([
    [1, 1],
    [1, 2],
    [2, 7],
    [0, 9],
  ])('versions %i to %i: the request goes out again, once', async (min, max) => {
    const { block, requests } = await scene((_, n) => (n === 1 ? negotiation(min, max) : BLK));
    expect(await block()).toBeDefined();
    const request = plain(VALUES['GETBLKS block 0']);
    expect(requests.map(plain)).toEqual([request, request]);
  });

  test('a server that only ever negotiates is given up', async () => {
    const { block, requests } = await scene(() => negotiation(1, 2));
    await expect(block()).rejects.toEqual(fault('unsupported'));
    expect(requests.length).toBe(2);
  });

  test('a server of version 1 has no MSG_GETSEGLIST', async () => {
    const { segmentList, requests } = await scene(() => negotiation(1, 1));
    await expect(segmentList(vectors.id1)).rejects.toEqual(fault('unsupported'));
    expect(requests.length).toBe(1);
  });

  test.each([
    [3, 9],
    [0, 0],
    [2, 1],
  ])('versions %i to %i: none in common, and every exchange with this server ends', async (min, max) => {
    const { passing, client, remote, block, server } = await scene((request) =>
      request.type === 'MSG_GETBLKLIST' ? negotiation(min, max) : never(),
    );
    const elsewhere = await server.http.serve(
      { address: '2001:db8::1', port: 81 },
      { ...RETRIEVAL_LIMITS, maxConnections: 1 },
      never,
    );
    const others = [block(0), block(1)].map((it) => expect(it).rejects.toEqual(fault('unsupported')));
    const another = expect(passing(client.block(elsewhere.local, SEGMENT, 0))).rejects.toEqual(fault('timeout'));
    await expect(passing(client.blockList(remote, SEGMENT, ranges([0, 4])))).rejects.toEqual(fault('unsupported'));
    await Promise.all(others);
    await another;
    await elsewhere.close();
  });
});

describe('how exchanges end', () => {
  test('after 2 seconds, connecting included', async () => {
    const { net, block } = await scene(never);
    await expect(block()).rejects.toEqual(fault('timeout'));
    expect(net.time.now).toBe(2000);
  });

  test('a request that goes out again has 2 seconds anew', async () => {
    const { net, block, server } = await scene(async (_, n) => {
      await new Promise<void>((resolve) => server.clock.after(1500, resolve));
      return n === 1
        ? { status: 200, body: encodeResponse(negotiation(1, 2)) }
        : { status: 200, body: encodeResponse(BLK) };
    });
    expect(await block()).toBeDefined();
    expect(net.time.now).toBeGreaterThan(3000);
  });

  test('an answer of a byte a second is given up', async () => {
    const net = new VirtualNetwork({ seed: 9, latency: { min: 5, max: 5 } });
    const [server, host] = [net.host(), net.host()];
    await server.streams.listen({ address: '2001:db8::1', port: 80 }, (stream) => {
      const text = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n';
      const drip = (at: number): void => {
        void stream.write(Buffer.from(text.charAt(at) || 'x')).catch(() => undefined);
        server.clock.after(at < text.length - 1 ? 1 : 1000, () => drip(at + 1));
      };
      drip(0);
    });
    const client = new RetrievalClient({ host, readings: new Readings() });
    const asked = client.block({ address: '2001:db8::1', port: 80 }, SEGMENT, 0);
    await expect(host.awaited(asked)).rejects.toEqual(fault('timeout'));
    expect(net.time.now).toBe(2000);
  });

  test('nobody there', async () => {
    const { client, passing, server } = await scene(never);
    const at = (port: number) => passing(client.block({ address: '2001:db8::1', port }, SEGMENT, 0));
    await expect(at(9)).rejects.toEqual(fault('unreachable'));
    server.crash();
    await expect(at(80)).rejects.toEqual(fault('unreachable'));
  });

  test('the signal’s reason, before and while', async () => {
    const { block, net, client } = await scene(never);
    const reason = new Error('no longer wanted');
    await expect(block(0, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    net.time.after(500, () => controller.abort(reason));
    await expect(block(0, controller.signal)).rejects.toBe(reason);
    expect(client.stats()).toMatchObject({ held: { outstanding: 0 }, dropped: {} });
  });
});

test.each([
  ['accepted', true],
  ['dropped', false],
])('16: reading distribution.type-version = %s, of answers', async (candidate, taken) => {
  const answer: RetrievalMessage = { ...BLK, version: V2 };
  const { block } = await scene(() => answer, { 'distribution.type-version': candidate });
  if (taken) expect(await block()).toBeDefined();
  else await expect(block()).rejects.toEqual(fault('unsupported'));
});
