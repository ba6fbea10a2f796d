import { describe, expect, test } from 'vitest';
import type { DiscoveryFinding } from '#fallback/distribution/discovery/client';
import { AvoidedServers } from '#fallback/distribution/session/avoided';
import { PeerSearch, type SoughtSegment } from '#fallback/distribution/session/peer-search';
import type { BlockServer } from '#fallback/distribution/session/server';
import { ServerLists } from '#fallback/distribution/session/server-lists';
import { ManualClock } from '../../routing/manual-clock.ts';

interface Probe {
  readonly names: readonly string[];
  readonly version: number;
  readonly found: (finding: DiscoveryFinding) => void;
  readonly end: () => void;
}

const address = (number: number) => ({ address: `10.0.0.${number}`, port: 80 });
const server = (number: number): BlockServer => ({ kind: 'peer', remote: address(number) });

function segment(number: number): SoughtSegment {
  const id = Buffer.alloc(32, number >> 8);
  id[0] = number & 0xff;
  return { id, name: id.toString('hex'), blocks: 4 };
}

function scene() {
  const clock = new ManualClock();
  const lists = new ServerLists(clock);
  const avoided = new AvoidedServers(clock);
  const probes: Probe[] = [];
  const discovery = {
    probe: (
      ids: readonly Uint8Array[],
      version: 1 | 2,
      found: (finding: DiscoveryFinding) => void,
      signal?: AbortSignal,
    ): Promise<void> =>
      new Promise((end, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        probes.push({ names: ids.map((id) => Buffer.from(id).toString('hex')), version, found, end });
      }),
  };
  const search = new PeerSearch(clock, discovery, lists, avoided);
  const seen: (readonly [string, BlockServer])[] = [];
  const locate = (it: SoughtSegment, version: 1 | 2 = 1) =>
    search.locate(it, version, (found) => void seen.push([it.name, found]));
  const answer = (
    probe: number,
    from: number,
    ...segments: readonly (readonly [SoughtSegment, (number | undefined)?, boolean?])[]
  ) =>
    probes[probe]?.found({
      addresses: [address(from)],
      segments: segments.map(([{ id }, blocks, partial = false]) => ({ id, blocks, partial })),
    });
  return { clock, lists, avoided, probes, search, seen, locate, answer };
}

/** What has happened by the end of the microtasks that are due. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a search for peers', () => {
  test('asks for what is sought at nearly the same time with one Probe, and tells of each answer', async () => {
    const { clock, probes, seen, locate, answer } = scene();
    const [one, two] = [segment(1), segment(2)];
    const over = Promise.all([locate(one), locate(two), locate(two)]);
    expect(probes).toEqual([]);
    clock.advance(5);
    expect(probes.map(({ names, version }) => [names, version])).toEqual([[[one.name, two.name], 1]]);
    answer(0, 1, [two]);
    answer(0, 2, [one], [two]);
    expect(seen).toEqual([
      [two.name, server(1)],
      [two.name, server(1)],
      [one.name, server(2)],
      [two.name, server(2)],
      [two.name, server(2)],
    ]);
    probes[0]?.end();
    await over;
  });

  test('asks for eight segments at a time, and for those of version 2 apart', () => {
    const { clock, probes, locate } = scene();
    for (let number = 0; number < 10; number += 1) void locate(segment(number));
    void locate(segment(10), 2);
    clock.advance(5);
    expect(probes.map(({ names, version }) => [names.length, version])).toEqual([
      [8, 1],
      [2, 1],
      [1, 2],
    ]);
  });

  test('knows for a minute who was found, and for 15 seconds that nobody was', async () => {
    const { clock, probes, seen, locate, answer } = scene();
    const [held, lost] = [segment(1), segment(2)];
    const first = Promise.all([locate(held), locate(lost)]);
    clock.advance(5);
    answer(0, 1, [held]);
    probes[0]?.end();
    await first;
    seen.length = 0;
    clock.advance(14_000);
    await Promise.all([locate(held), locate(lost)]);
    expect(seen).toEqual([[held.name, server(1)]]);
    clock.advance(1000);
    void locate(lost);
    clock.advance(5);
    expect(probes.map(({ names }) => names)).toEqual([[held.name, lost.name], [lost.name]]);
  });

  test('notes who has parts: by the number of blocks, or by the answer itself', async () => {
    const { clock, lists, locate, answer } = scene();
    const segments = [segment(1), segment(2), segment(3)] as const;
    for (const it of segments) void locate(it);
    clock.advance(5);
    answer(0, 1, [segments[0], 4], [segments[1], 3], [segments[2], undefined, true]);
    expect(segments.map(({ name }) => lists.hasParts(name))).toEqual([false, true, true]);
  });

  test('passes over who is avoided, and what was not asked for', async () => {
    const { clock, avoided, lists, seen, locate, answer } = scene();
    const [one, other] = [segment(1), segment(2)];
    avoided.gaveWrongBlock(server(1));
    void locate(one);
    clock.advance(5);
    answer(0, 1, [one]);
    answer(0, 2, [other]);
    expect(seen).toEqual([]);
    expect([lists.find(one.name), lists.find(other.name)]).toEqual([[], undefined]);
    answer(0, 3, [one]);
    avoided.gaveWrongBlock(server(3));
    await settled();
    seen.length = 0;
    void locate(one);
    expect(seen).toEqual([]);
  });

  test('begins at most 100 discoveries a second; what is beyond is given up', async () => {
    const { clock, probes, locate } = scene();
    const over: Promise<void>[] = [];
    for (let number = 0; number < 1000; number += 1) over.push(locate(segment(number)));
    clock.advance(5);
    expect(probes.length).toBe(100);
    await Promise.all(over.slice(800));
    clock.advance(995);
    void locate(segment(1000));
    clock.advance(5);
    expect(probes.length).toBe(101);
  });

  test('has at most 512 discoveries under way', () => {
    const { clock, probes, locate } = scene();
    for (let second = 0; second < 10; second += 1) {
      for (let number = 0; number < 100; number += 1) {
        void locate(segment(100 * second + number));
        clock.advance(5);
      }
      clock.advance(500);
    }
    expect(probes.length).toBe(512);
  });

  test('ends what goes on, and begins nothing more', async () => {
    const { clock, probes, search, locate } = scene();
    const going = locate(segment(1));
    clock.advance(5);
    search.end();
    await going;
    const later = locate(segment(2));
    clock.advance(5);
    await later;
    expect(probes.length).toBe(1);
  });
});
