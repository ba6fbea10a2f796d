import { expect, test } from 'vitest';
import { changed, messageOf } from './samples.ts';
import { getBlkList, ID, ServerScene } from './scene.ts';

const scene = (id: string, candidate: string) => ServerScene.open({ readings: { [`distribution.${id}`]: candidate } });

test.each([
  ['after-reported', [7, 0, 9]],
  ['after-requested', [7, 9, 9]],
])('14: reading distribution.next-block = %s', async (candidate, expected) => {
  const { ask, hold } = bound(await scene('next-block', candidate));
  await hold(ID, [1, 7, 9]);
  const next = async (index: number, count: number) => {
    const answer = await ask(getBlkList([[index, count]]));
    return answer.type === 'MSG_BLKLIST' ? answer.nextBlockIndex : -1;
  };
  expect([await next(0, 2), await next(8, 1), await next(0, 8)]).toEqual(expected);
  expect([await next(9, 3), await next(0, 512)]).toEqual([0, 0]);
});

function bound(it: ServerScene) {
  return { ask: it.ask.bind(it), hold: it.hold.bind(it) };
}

test.each([
  ['accepted', 200],
  ['dropped', 400],
])('16: reading distribution.type-version = %s', async (candidate, status) => {
  const server = await scene('type-version', candidate);
  expect((await server.post(changed(messageOf('GETBLKS block 0'), 0, 2))).status).toBe(status);
  expect((await server.post(changed(messageOf('GETSEGLIST'), 0, 1))).status).toBe(status);
  expect((await server.post(changed(messageOf('GETSEGLIST'), 0, 0x0001_0002))).status).toBe(200);
});

test.each([
  ['answered', 200],
  ['dropped', 400],
])('21: reading distribution.negotiation-version = %s', async (candidate, status) => {
  const server = await scene('negotiation-version', candidate);
  expect((await server.post(changed(messageOf('NEGO_REQ 1.0-2.0'), 0, 3))).status).toBe(status);
  expect((await server.post(changed(messageOf('GETBLKS block 0'), 0, 3))).status).toBe(200);
  expect((await server.post(messageOf('NEGO_REQ 1.0-2.0'))).status).toBe(200);
});

test.each([
  ['dropped', 400],
  ['ignored', 200],
])('21: reading distribution.unknown-cipher = %s', async (candidate, status) => {
  const server = await scene('unknown-cipher', candidate);
  await server.hold(ID, [0]);
  for (const name of ['NEGO_REQ 1.0-2.0', 'GETBLKLIST [0,1]', 'GETBLKS block 0', 'GETSEGLIST'] as const) {
    for (const number of [4, 0xffff_ffff]) {
      expect((await server.post(changed(messageOf(name), 12, number))).status).toBe(status);
    }
    for (const number of [0, 1, 2, 3]) {
      expect((await server.post(changed(messageOf(name), 12, number))).status).toBe(200);
    }
  }
});
