import { describe, expect, test } from 'vitest';
import { AvoidedServers } from '#fallback/distribution/session/avoided';
import { Loads } from '#fallback/distribution/session/loads';
import type { BlockServer } from '#fallback/distribution/session/server';
import { ServerLists } from '#fallback/distribution/session/server-lists';
import { ManualClock } from '../../routing/manual-clock.ts';

const server = (number: number): BlockServer => ({
  kind: 'peer',
  remote: { address: `10.0.${number >> 8}.${number & 0xff}`, port: 80 },
});

describe('Server Information Lists', () => {
  test('are unknown, empty, or of who was found', () => {
    const lists = new ServerLists(new ManualClock());
    expect(lists.find('a')).toBeUndefined();
    lists.create('a');
    expect(lists.find('a')).toEqual([]);
    lists.add('a', server(1));
    lists.add('a', server(1));
    lists.add('b', server(1));
    expect(lists.find('a')).toEqual([server(1)]);
    expect(lists.find('b')).toBeUndefined();
  });

  test('live for 15 seconds while they are empty, from when they became so', () => {
    const clock = new ManualClock();
    const lists = new ServerLists(clock);
    lists.create('a');
    clock.advance(14_999);
    expect(lists.find('a')).toEqual([]);
    clock.advance(1);
    expect(lists.find('a')).toBeUndefined();
    lists.create('b');
    lists.add('b', server(1));
    clock.advance(10_000);
    lists.remove('b', server(1));
    clock.advance(14_999);
    expect(lists.find('b')).toEqual([]);
    clock.advance(1);
    expect(lists.find('b')).toBeUndefined();
  });

  test('know a server for a minute after it was found', () => {
    const clock = new ManualClock();
    const lists = new ServerLists(clock);
    lists.create('a');
    lists.add('a', server(1));
    clock.advance(30_000);
    lists.add('a', server(2));
    clock.advance(30_000);
    expect(lists.find('a')).toEqual([server(2)]);
    clock.advance(30_000);
    expect(lists.find('a')).toEqual([]);
    clock.advance(15_000);
    expect(lists.find('a')).toBeUndefined();
  });

  test('are 256, of 16 servers each: what was used longest ago goes', () => {
    const lists = new ServerLists(new ManualClock());
    lists.create('0');
    for (let number = 1; number <= 2560; number += 1) {
      lists.create(String(number));
      lists.find('0');
    }
    expect(lists.size).toBe(256);
    expect(lists.find('0')).toEqual([]);
    expect(lists.find('2305')).toBeUndefined();
    expect(lists.find('2306')).toEqual([]);
    for (let number = 0; number < 160; number += 1) {
      lists.add('0', server(number));
      lists.use('0', server(0));
    }
    const kept = Array.from({ length: 15 }, (_, index) => server(145 + index));
    expect(lists.find('0')?.toSorted((a, b) => (a.remote.address < b.remote.address ? -1 : 1))).toEqual(
      [server(0), ...kept].sort((a, b) => (a.remote.address < b.remote.address ? -1 : 1)),
    );
  });

  test('remember parts for as long as somebody is in them', () => {
    const lists = new ServerLists(new ManualClock());
    lists.noteParts('a');
    expect(lists.hasParts('a')).toBe(false);
    lists.create('a');
    lists.add('a', server(1));
    expect(lists.hasParts('a')).toBe(false);
    lists.noteParts('a');
    expect(lists.hasParts('a')).toBe(true);
    lists.remove('a', server(1));
    expect(lists.hasParts('a')).toBe(false);
  });
});

describe('servers that are avoided', () => {
  test('gave a wrong block: for ten minutes', () => {
    const clock = new ManualClock();
    const avoided = new AvoidedServers(clock);
    avoided.gaveWrongBlock(server(1));
    expect([avoided.has(server(1)), avoided.has(server(2))]).toEqual([true, false]);
    clock.advance(599_999);
    expect(avoided.has(server(1))).toBe(true);
    clock.advance(1);
    expect(avoided.has(server(1))).toBe(false);
  });

  test('failed three times in a row: for 15 seconds', () => {
    const clock = new ManualClock();
    const avoided = new AvoidedServers(clock);
    for (const _ of [1, 2]) avoided.failed(server(1));
    avoided.answered(server(1));
    for (const _ of [1, 2]) avoided.failed(server(1));
    expect(avoided.has(server(1))).toBe(false);
    avoided.failed(server(1));
    expect(avoided.has(server(1))).toBe(true);
    clock.advance(15_000);
    expect(avoided.has(server(1))).toBe(false);
  });

  test('are 1,024: the first of ten times as many are forgotten', () => {
    const avoided = new AvoidedServers(new ManualClock());
    for (let number = 0; number < 10_240; number += 1) avoided.gaveWrongBlock(server(number));
    const known = Array.from({ length: 10_240 }, (_, number) => avoided.has(server(number)));
    expect(known.filter(Boolean).length).toBe(1024);
    expect(known.lastIndexOf(false)).toBe(10_240 - 1025);
  });
});

describe('the load of a server', () => {
  test('is full with eight requests, and whoever waits is told of each that ends', async () => {
    const loads = new Loads();
    const ends: (() => void)[] = [];
    let eased = 0;
    const unwatch = loads.watch(() => {
      eased += 1;
    });
    const requests = Array.from({ length: 8 }, () =>
      loads.during(server(1), () => new Promise<void>((resolve) => ends.push(resolve))),
    );
    expect([loads.of(server(1)), loads.isFull(server(1)), loads.isFull(server(2))]).toEqual([8, true, false]);
    ends.pop()?.();
    await requests.pop();
    expect([loads.of(server(1)), loads.isFull(server(1)), eased]).toEqual([7, false, 1]);
    unwatch();
    await expect(loads.during(server(1), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect([loads.of(server(1)), eased]).toEqual([7, 1]);
    for (const end of ends) end();
    await Promise.all(requests);
    expect(loads.of(server(1))).toBe(0);
  });
});
