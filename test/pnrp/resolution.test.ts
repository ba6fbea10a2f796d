import { expect, test } from 'vitest';
import type { Cloud } from '#fallback/pnrp/cloud';
import { NameResolution } from '#fallback/pnrp/resolution';
import { VirtualNetwork } from '#fallback/runtime/virtual/virtual-network';
import { NameResults } from '#fallback/winsock/name-results';
import { OpenLookup } from '#fallback/winsock/open-lookup';
import { Readings } from '#fallback/wire/readings';
import type { ResolveSink } from '#lib/backend/contract/pnrp';

const broken = new Error('the cloud is broken');

/** Searches a cloud that can't be searched; how often that was released. */
function searchBroken(sink: ResolveSink) {
  const counts = { released: 0, ended: 0 };
  const cloud = {
    ready: () => Promise.reject(broken),
    release: () => {
      counts.released += 1;
    },
  } as Partial<Cloud> as Cloud;
  new NameResolution({
    host: new VirtualNetwork().host(),
    readings: new Readings({}),
    peerName: '0.x',
    p2pId: '0'.repeat(32),
    options: {},
    sink,
    ended: () => {
      counts.ended += 1;
    },
  }).run([cloud]);
  return counts;
}

test('what breaks a search off is its end, once', async () => {
  const ends: unknown[] = [];
  const counts = await new Promise<ReturnType<typeof searchBroken>>((resolve) => {
    const counts = searchBroken({
      endpoint: () => undefined,
      hop: () => undefined,
      end: ({ timedOut }, error) => {
        ends.push([timedOut, error]);
        resolve(counts);
      },
    });
  });
  expect(ends).toEqual([[false, broken]]);
  expect(counts).toEqual({ released: 1, ended: 1 });
});

test('a lookup of Winsock tells it to whoever waits for the next result', async () => {
  const results = new NameResults({ peerName: '0.x' }, () => lookup.wake());
  const lookup = new OpenLookup(results, () => undefined);
  const next = lookup.next();
  searchBroken(results);
  await expect(next).rejects.toBe(broken);
});
