import { beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint } from '#fallback/routing/entry';
import { PendingList } from '#fallback/routing/pending';
import { ManualClock } from './manual-clock.js';

describe('pending list', () => {
  const to = { address: 'there', port: 3540 };
  const bytes = Uint8Array.of(1, 2, 3);
  let clock: ManualClock;
  let sent: { at: number; bytes: Uint8Array; to: Endpoint; again: boolean }[];
  let expired: number[];
  let pending: PendingList<string>;

  beforeEach(() => {
    clock = new ManualClock();
    sent = [];
    expired = [];
    pending = new PendingList({
      clock,
      send: ({ bytes, to }, again) => sent.push({ at: clock.now(), bytes, to, again }),
      limit: 4,
      limitPerDestination: 4,
    });
  });

  function add(messageId: number, request = 'lookup'): boolean {
    return pending.add({ messageId, bytes, to, request, expired: () => expired.push(clock.now()) });
  }

  test('D-29: two transmissions, failure after two seconds', () => {
    expect(add(1)).toBe(true);
    expect(sent).toEqual([{ at: 0, bytes, to, again: false }]);
    clock.advance(10_000);
    expect(sent.map(({ at }) => at)).toEqual([0, 1000]);
    expect(sent[1]).toMatchObject({ bytes, to, again: true });
    expect(expired).toEqual([2000]);
    expect(pending.size).toBe(0);
  });

  test('what is taken is neither sent again nor expires', () => {
    add(1, 'inquire');
    clock.advance(1500);
    expect(pending.peek(1)?.request).toBe('inquire');
    expect(pending.take(1)?.request).toBe('inquire');
    expect(pending.take(1)).toBeUndefined();
    expect(pending.peek(1)).toBeUndefined();
    clock.advance(10_000);
    expect(sent).toHaveLength(2);
    expect(expired).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('a full list sends nothing, at ten times its limit', () => {
    const taken = Array.from({ length: 40 }, (_, messageId) => add(messageId));
    expect(taken.filter(Boolean)).toHaveLength(4);
    expect(sent).toHaveLength(4);
    expect(pending.size).toBe(4);
    clock.advance(2000);
    expect(add(50)).toBe(true);
  });

  test('one destination gets its share, whatever the port, at ten times of it', () => {
    pending = new PendingList({
      clock,
      send: ({ bytes, to }, again) => sent.push({ at: 0, bytes, to, again }),
      limit: 4,
      limitPerDestination: 2,
    });
    const addTo = (messageId: number, address: string): boolean =>
      pending.add({ messageId, bytes, to: { address, port: messageId }, request: '', expired: () => undefined });
    expect(Array.from({ length: 20 }, (_, messageId) => addTo(messageId, 'silent')).filter(Boolean)).toHaveLength(2);
    expect([addTo(20, 'other'), addTo(21, 'other'), addTo(22, 'third')]).toEqual([true, true, false]);
    pending.take(0);
    expect(addTo(23, 'silent')).toBe(true);
  });

  test('a message id is used once', () => {
    add(1, 'first');
    expect(add(1, 'second')).toBe(false);
    expect(pending.peek(1)?.request).toBe('first');
    expect(sent).toHaveLength(1);
  });

  test('an expired message is off the list when it is told, so its place can be taken', () => {
    for (const messageId of [1, 2, 3]) add(messageId);
    let again: boolean | undefined;
    pending.add({ messageId: 4, bytes, to, request: 'lookup', expired: () => (again = add(4)) });
    clock.advance(2000);
    expect(again).toBe(true);
    expect(pending.size).toBe(1);
  });

  test('closing sends nothing more, and ends the waiting for all', () => {
    add(1);
    add(2);
    pending.close();
    clock.advance(10_000);
    expect(sent).toHaveLength(2);
    expect(expired).toEqual([0, 0]);
    expect([clock.timers, pending.size]).toEqual([0, 0]);
  });
});
