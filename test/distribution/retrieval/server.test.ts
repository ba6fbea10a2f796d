import { describe, expect, test } from 'vitest';
import { openBlock } from '#fallback/distribution/retrieval/block-cipher';
import { decodeAges } from '#fallback/distribution/retrieval/extensible-blob';
import { encodeRequest, type RetrievalResponse } from '#fallback/distribution/retrieval/messages';
import type { Blk, SegList } from '#fallback/distribution/retrieval/responses';
import type { BlockCipher, CacheStore } from '#lib/backend/contract/cache-store';
import { changed, hex, messageOf, type Name, VALUES } from './samples.ts';
import { BLOCK, blockOf, getBlkList, getBlks, getSegList, ID, pairs, SECRET, ServerScene } from './scene.ts';

const OTHER = 'cd'.repeat(32);
const dropped = { status: 400 };
const V2 = { major: 2, minor: 0 };

describe('HTTP around retrieval', () => {
  test('the path in any case, with its slash or without', async () => {
    const scene = await ServerScene.open();
    const status = async (path: string) => (await scene.post(messageOf('NEGO_REQ 1.0-2.0'), { path })).status;
    expect(await status('/116b50eb-ece2-41AC-8429-9f9e963361b7')).toBe(200);
    expect(await status('http://a:80/116B50EB-ECE2-41ac-8429-9F9E963361B7/')).toBe(200);
    for (const path of [
      '/',
      '',
      '/116B50EB-ECE2-41ac-8429-9F9E963361B7/x',
      '/116B50EB-ECE2-41ac-8429-9F9E963361B7/?a',
    ]) {
      expect(await status(path)).toBe(404);
    }
  });

  test('only POST', async () => {
    const scene = await ServerScene.open();
    for (const method of ['GET', 'HEAD', 'PUT']) {
      expect(await scene.post(messageOf('NEGO_REQ 1.0-2.0'), { method })).toMatchObject({
        status: 405,
        headers: { allow: 'POST' },
      });
    }
  });
});

describe('what is dropped, with status 400 and no message', () => {
  test.each<readonly [string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a header that is cut', messageOf('NEGO_REQ 1.0-2.0').subarray(0, 15)],
    ['MsgSize too small', changed(messageOf('GETBLKS block 0'), 8, 64)],
    ['MsgSize too large', changed(messageOf('GETBLKS block 0'), 8, 72)],
    ['MsgSize too large, of a version that is not spoken', changed(changed(messageOf('GETBLKS block 0'), 0, 3), 8, 72)],
    ['an unknown type', changed(messageOf('GETBLKS block 0'), 4, 8)],
    ['10 ranges announced, one there', changed(messageOf('GETBLKLIST [0,1]'), 52, 10)],
    ['257 ranges', encodeRequest(getBlkList(Array.from({ length: 257 }, (_, i) => [i, 1])))],
    ['an identifier of 20 bytes', changed(messageOf('GETBLKS block 0'), 16, 20)],
    ['two identifiers announced, one there', changed(messageOf('GETSEGLIST'), 32, 2)],
    ['no identifiers', changed(messageOf('GETSEGLIST'), 32, 0)],
    ['bytes behind the last field', changed(Buffer.concat([messageOf('GETBLKS block 0'), Buffer.alloc(4)]), 8, 72)],
    ['more than 98,304 bytes', encodeRequest(getSegList(Array.from({ length: 2730 }, () => ID)))],
    ...(['NEGO_RESP', 'BLKLIST [0,1]', 'BLK AES-128', 'SEGLIST [0,1]'] as const).map(
      (name: Name) => [`a response: ${name}`, messageOf(name)] as const,
    ),
  ])('%s', async (_, body) => {
    const scene = await ServerScene.open();
    expect(await scene.post(body)).toEqual(dropped);
    expect(scene.server.stats()).toMatchObject({ received: {}, sent: {}, held: { clients: 0 } });
  });
});

describe('versions', () => {
  test('a version that is not spoken is answered with those that are, whatever the message', async () => {
    const scene = await ServerScene.open();
    for (const type of [0, 2, 3, 6, 99]) {
      for (const version of [0, 3, 0xffff]) {
        const message = changed(changed(messageOf('GETBLKS block 0'), 0, version), 4, type);
        const { body = [] } = await scene.post(message);
        expect(hex(Buffer.concat(body))).toBe('00000018000000010000000100000018000000000000000100000002');
      }
    }
  });

  test('the minor version does not matter', async () => {
    const scene = await ServerScene.open();
    const { body = [] } = await scene.post(changed(messageOf('GETBLKS block 0'), 0, 0x0007_0001));
    expect(Buffer.concat(body).readUInt32BE(8)).toBe(5);
  });

  test('MSG_NEGO_REQ is answered whatever its sender speaks', async () => {
    const scene = await ServerScene.open();
    const request = VALUES['NEGO_REQ 1.0-2.0'];
    const answer = await scene.ask({ ...request, min: { major: 7, minor: 1 }, max: { major: 9, minor: 0 } });
    expect(answer).toEqual({ ...VALUES.NEGO_RESP });
  });
});

describe('MSG_GETBLKLIST', () => {
  test.each([
    [
      'all that is there',
      [[0, 512]],
      [
        [1, 2],
        [5, 1],
        [510, 2],
      ],
    ],
    ['what is asked for of it', [[2, 3]], [[2, 1]]],
    [
      'ranges of any order that overlap',
      [
        [510, 1],
        [0, 6],
        [1, 3],
      ],
      [
        [1, 2],
        [5, 1],
        [510, 1],
      ],
    ],
    ['none of it', [[6, 500]], []],
    ['no ranges', [], []],
    [
      'beyond the segment',
      [
        [511, 0xffff_ffff],
        [600, 7],
        [0xffff_ffff, 0xffff_ffff],
      ],
      [[511, 1]],
    ],
    ['a range of none', [[1, 0]], []],
  ] as const)('%s', async (_, wanted, there) => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [1, 2, 5, 510, 511]);
    expect(await scene.ask(getBlkList(wanted))).toMatchObject({
      type: 'MSG_BLKLIST',
      segmentId: ID,
      cryptoAlgoId: 0,
      ranges: pairs(there),
    });
  });

  test('a segment that is unknown has nothing', async () => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [0]);
    const answer = await scene.ask(getBlkList([[0, 1]], OTHER));
    expect(answer).toMatchObject({ segmentId: OTHER, ranges: [], nextBlockIndex: 0 });
  });
});

describe('MSG_GETBLKS', () => {
  async function block(scene: ServerScene, ...request: Parameters<typeof getBlks>): Promise<Blk> {
    const answer: RetrievalResponse = await scene.ask(getBlks(...request));
    if (answer.type !== 'MSG_BLK') throw new Error(answer.type);
    return answer;
  }

  test.each([
    [0, 'aes-128', 1],
    [1, 'aes-128', 1],
    [2, 'aes-192', 2],
    [3, 'aes-256', 3],
  ] as const)('who prefers %i gets %s', async (cryptoAlgoId, cipher, used) => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [3]);
    const answer = await block(scene, [[3, 1]], { cryptoAlgoId });
    expect(answer).toMatchObject({ segmentId: ID, blockIndex: 3, nextBlockIndex: 0, cryptoAlgoId: used });
    expect([answer.block.length, answer.iv.length, answer.vrfBlock.length]).toEqual([BLOCK + 16, 16, 0]);
    const opened = openBlock({ cipher, iv: answer.iv, bytes: answer.block }, SECRET, BLOCK) ?? new Uint8Array();
    expect(Buffer.from(opened).equals(blockOf(3))).toBe(true);
  });

  test('each answer has an IV of its own', async () => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [0]);
    const answers = [await block(scene, [[0, 1]]), await block(scene, [[0, 1]])];
    expect(new Set(answers.map(({ iv }) => hex(iv))).size).toBe(2);
    expect(new Set(answers.map((it) => hex(it.block.subarray(0, 16)))).size).toBe(2);
  });

  test('the next block that is there', async () => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [0, 1, 7]);
    const next = async (index: number) => (await block(scene, [[index, 1]])).nextBlockIndex;
    expect(await Promise.all([0, 1, 2, 7, 600].map(next))).toEqual([1, 7, 7, 0, 0]);
  });

  test('a block that is not there is empty, under the index asked for', async () => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [0]);
    for (const index of [1, 511, 512, 0xffff_ffff]) {
      const empty = { blockIndex: index, cryptoAlgoId: 0, block: Buffer.alloc(0), iv: Buffer.alloc(0) };
      expect(await block(scene, [[index, 1]])).toMatchObject({ ...empty, segmentId: ID });
      expect(await block(scene, [[index, 1]], { segmentId: OTHER })).toMatchObject({ ...empty, segmentId: OTHER });
    }
  });

  test('of several the one with the smallest index; of none an empty one', async () => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [2, 4, 6]);
    const indexOf = async (...ranges: [number, number][]) => {
      const answer = await block(scene, ranges);
      return [answer.blockIndex, answer.block.length > 0];
    };
    expect(await indexOf([6, 1], [2, 3])).toEqual([2, true]);
    expect(await indexOf([3, 4])).toEqual([3, false]);
    expect(await indexOf([2, 0], [4, 1])).toEqual([4, true]);
    expect(await indexOf([2, 0])).toEqual([2, false]);
    expect(await indexOf()).toEqual([0, false]);
  });

  test.each(['none', 'aes-128', 'aes-192', 'aes-256'] as const)(
    'what came as %s without keys goes out as it came',
    async (cipher: BlockCipher) => {
      const scene = await ServerScene.open();
      await scene.hold(ID, [], { keys: false });
      const iv = cipher === 'none' ? new Uint8Array() : new Uint8Array(16).fill(9);
      const bytes = new Uint8Array(BLOCK + 16).fill(8);
      await scene.host.awaited(scene.store.addBlock(ID, 0, { cipher, iv, bytes }));
      const answer = await block(scene, [[0, 1]], { cryptoAlgoId: 1 });
      expect(answer.cryptoAlgoId).toBe(['none', 'aes-128', 'aes-192', 'aes-256'].indexOf(cipher));
      expect([hex(answer.iv), Buffer.from(answer.block).equals(bytes)]).toEqual([hex(iv), true]);
    },
  );

  test('a segment of version 2 is its block 0', async () => {
    const scene = await ServerScene.open();
    await scene.hold(ID, [0], { length: 40_000 });
    expect(await scene.ask(getBlkList([[0, 1]]))).toMatchObject({ ranges: pairs([[0, 1]]) });
    const { block: sealed, iv } = await block(scene, [[0, 1]]);
    expect(openBlock({ cipher: 'aes-128', iv, bytes: sealed }, SECRET, 40_000)?.length).toBe(40_000);
  });
});

describe('MSG_GETSEGLIST', () => {
  const ids = Array.from({ length: 400 }, (_, i) => i.toString(16).padStart(64, '0'));

  test('ranges of what is there, and how long it has been', async () => {
    const scene = await ServerScene.open();
    const network = scene.host.network.time;
    for (const [seconds, index] of [
      [1, 2],
      [2, 3],
      [200_000, 300],
    ] as const) {
      await scene.hold(ids[index] as string, [0], { length: 1000 });
      await network.advance(1000 * seconds);
    }
    await scene.hold(ids[9] as string, [], { keys: false });
    const answer = (await scene.ask(getSegList(ids))) as SegList;
    expect(answer).toMatchObject({
      version: V2,
      requestId: 'ab'.repeat(16),
      ranges: pairs([
        [2, 2],
        [300, 1],
      ]),
    });
    // The last is too far from the first; the others are as old as can be told.
    const oldest = 0xff_ffff * 10;
    expect(decodeAges(answer.blob)).toEqual([
      { index: 0, ms: oldest },
      { index: 1, ms: oldest },
    ]);
  });

  test('nothing there is no range, and a blob without ages', async () => {
    const scene = await ServerScene.open();
    expect(await scene.ask(getSegList(ids))).toMatchObject({ ranges: [], blob: Buffer.from('00010300', 'hex') });
  });

  test('more than 255 have ages of 255', async () => {
    const scene = await ServerScene.open();
    for (const id of ids) await scene.hold(id, [0], { length: 1000 });
    await scene.host.network.time.advance(5000);
    const answer = (await scene.ask(getSegList(ids))) as SegList;
    expect(answer.ranges).toEqual(pairs([[0, 400]]));
    expect(decodeAges(answer.blob).length).toBe(255);
    expect(decodeAges(answer.blob)[254]).toEqual({ index: 254, ms: 5000 });
  });
});

describe('how many at once', () => {
  /** Ends exchanges when told to. */
  function exchanges() {
    const ends: (() => void)[] = [];
    const next = () => ({ ended: new Promise<void>((resolve) => ends.push(resolve)) });
    return { next, ends };
  }

  test('one more than the limit gets an empty answer of its kind, until one has ended', async () => {
    const scene = await ServerScene.open({ maxClients: 3 });
    await scene.hold(ID, [0]);
    const { next, ends } = exchanges();
    const all = [getBlkList([[0, 1]]), getBlks([[0, 1]]), getSegList([ID])] as const;
    for (const request of all) await scene.ask(request, next());
    expect(scene.server.stats()).toMatchObject({ held: { clients: 3 } });
    expect(await scene.ask(all[0], next())).toMatchObject({ type: 'MSG_BLKLIST', ranges: [] });
    expect(await scene.ask(all[1], next())).toMatchObject({ type: 'MSG_BLK', block: Buffer.alloc(0), segmentId: ID });
    expect(await scene.ask(all[2], next())).toMatchObject({ type: 'MSG_SEGLIST', ranges: [] });
    expect(await scene.ask(VALUES['NEGO_REQ 1.0-2.0'], next())).toMatchObject({ type: 'MSG_NEGO_RESP' });
    expect(scene.server.stats()).toMatchObject({ held: { clients: 3 }, dropped: { clients: 3 } });
    ends[0]?.();
    await Promise.resolve();
    expect(await scene.ask(all[1])).toMatchObject({ cryptoAlgoId: 1 });
    for (const end of ends) end();
    await Promise.resolve();
    expect(scene.server.stats()).toMatchObject({ held: { clients: 0 } });
  });

  test('what was answered because of the limit, and what was dropped, does not count', async () => {
    const scene = await ServerScene.open({ maxClients: 1 });
    const { next, ends } = exchanges();
    await scene.post(changed(messageOf('GETBLKS block 0'), 16, 20), next());
    await scene.post(messageOf('NEGO_REQ 1.0-2.0'), next());
    expect(scene.server.stats()).toMatchObject({ held: { clients: 0 } });
    await scene.ask(getBlks([[0, 1]]), next());
    for (let n = 0; n < 10; n++) await scene.ask(getBlks([[0, 1]]), next());
    expect(scene.server.stats()).toMatchObject({ held: { clients: 1 } });
    for (const end of ends) end();
    await Promise.resolve();
    expect(scene.server.stats()).toMatchObject({ held: { clients: 0 } });
  });

  test('64 unless told otherwise', async () => {
    const scene = await ServerScene.open();
    const { next } = exchanges();
    for (let n = 0; n < 640; n++) await scene.ask(getBlkList([[0, 1]]), next());
    expect(scene.server.stats()).toMatchObject({ held: { clients: 64 }, dropped: { clients: 576 } });
  });
});

test('a cache that fails has nothing, and it is told', async () => {
  const fail = () => Promise.reject(new Error('the disk is gone'));
  const store = { segment: fail, block: fail } as unknown as CacheStore;
  const scene = await ServerScene.open({ store });
  expect(await scene.ask(getBlks([[4, 1]]))).toMatchObject({ type: 'MSG_BLK', blockIndex: 4, cryptoAlgoId: 0 });
  expect(await scene.ask(getBlkList([[4, 1]]))).toMatchObject({ ranges: [] });
  expect(await scene.ask(getSegList([ID]))).toMatchObject({ ranges: [] });
  expect(scene.server.stats()).toMatchObject({ errors: 3 });
});
