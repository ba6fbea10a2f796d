import { expect, test } from 'vitest';
import { KeptPublications } from '#fallback/distribution/publication/kept-publications';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';

const DAY_MS = 86_400_000;

const idOf = (number: number) => new Uint8Array(Buffer.from(`content ${number}`));
const informationOf = (number: number, length = 100) =>
  new Map([
    [1, new Uint8Array(length).fill(number)],
    [2, new Uint8Array(length).fill(number + 1)],
  ] as const);

function scene(limits = { contents: 10, bytes: 10_000 }) {
  const net = new VirtualNetwork();
  const host = net.host();
  const kept = new KeptPublications(host.store, host.clock, limits);
  const keep = (number: number, length?: number) =>
    host.awaited(kept.keep(idOf(number), informationOf(number, length)));
  const find = (number: number) => host.awaited(kept.find(idOf(number)));
  const known = async (numbers: number) =>
    (await Promise.all(Array.from({ length: numbers }, async (_, it) => ((await find(it)) ? [it] : [])))).flat();
  return { net, host, kept, keep, find, known };
}

test('what is kept is found by its id, the last that was kept', async () => {
  const { keep, find } = scene();
  expect(await find(1)).toBeUndefined();
  await keep(1);
  await keep(2);
  expect(await find(1)).toEqual(informationOf(1));
  await keep(1, 7);
  expect(await find(1)).toEqual(informationOf(1, 7));
  expect(await find(2)).toEqual(informationOf(2));
});

test('of ten times as many the last ones stay, and what took their place lies in no more stores', async () => {
  const { net, host, keep, known } = scene();
  for (let number = 0; number < 100; number += 1) {
    await keep(number);
    await net.time.advance(1);
  }
  expect(await known(100)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  for (let slot = 0; slot < 20; slot += 1) {
    const store = await host.store.open(`publication-${slot}`);
    expect((await store.range('')).length > 0, `slot ${slot}`).toBe(slot <= 10);
  }
});

test('is bounded in bytes too, and a content that alone is beyond them is not kept', async () => {
  const { net, keep, known } = scene({ contents: 100, bytes: 1000 });
  for (let number = 0; number < 20; number += 1) {
    await keep(number, 100);
    await net.time.advance(1);
  }
  expect(await known(20)).toEqual([15, 16, 17, 18, 19]);
  await keep(5, 501);
  expect(await known(20)).toEqual([15, 16, 17, 18, 19]);
});

test('what is used stays, however old it is', async () => {
  const { net, keep, find, known } = scene();
  for (let number = 0; number < 10; number += 1) await keep(number);
  await net.time.advance(2 * DAY_MS);
  expect(await find(0)).toBeDefined();
  for (let number = 10; number < 19; number += 1) await keep(number);
  expect(await known(20)).toEqual([0, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
});

test('a slot that another content took, or a crash left empty, is not found', async () => {
  const { host, keep, find } = scene();
  await keep(1);
  const slot = await host.store.open('publication-0');
  await slot.update(() => new Map([['content-id', idOf(2)]]));
  expect(await find(1)).toBeUndefined();
  await slot.update((current) => new Map([...current.keys()].map((key) => [key, undefined])));
  expect(await find(1)).toBeUndefined();
  await keep(1);
  expect(await find(1)).toEqual(informationOf(1));
});
