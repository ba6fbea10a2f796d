import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { InboundConversations, OutboundConversations } from '#fallback/routing/conversations';
import { ManualClock } from './manual-clock.js';
import { SeededRandom } from './seeded-random.js';

const from = { address: 'there', port: 3540 };
const nonceOf = (n: number) => new Uint8Array(16).fill(n);
const hashOf = (nonce: Uint8Array) => createHash('sha1').update(nonce).digest();

describe('inbound conversations', () => {
  let clock: ManualClock;
  let conversations: InboundConversations<string>;

  beforeEach(() => {
    clock = new ManualClock();
    conversations = new InboundConversations({ clock, limit: 8, limitPerSource: 3 });
  });

  const open = (n: number, offer = `offer ${n}`, source = from) => {
    const opened = conversations.open(source, hashOf(nonceOf(n)), () => offer);
    return typeof opened === 'object' ? opened.offer : opened;
  };

  test('the nonce that hashes right, from the same endpoint, takes what was offered, once', () => {
    expect(open(1)).toBe('offer 1');
    expect(conversations.take(from, nonceOf(2))).toBeUndefined();
    expect(conversations.take({ ...from, port: 3541 }, nonceOf(1))).toBeUndefined();
    expect(conversations.take({ ...from, address: 'elsewhere' }, nonceOf(1))).toBeUndefined();
    expect(conversations.take(from, nonceOf(1))).toBe('offer 1');
    expect(conversations.take(from, nonceOf(1))).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  test('D-21: of several from one endpoint the hash finds the right one', () => {
    open(1);
    open(2);
    expect(conversations.take(from, nonceOf(2))).toBe('offer 2');
    expect(conversations.take(from, nonceOf(1))).toBe('offer 1');
  });

  test('ends after fifteen seconds, counted from the last SOLICIT', () => {
    open(1);
    clock.advance(14_999);
    expect(open(1, 'another offer')).toBe('offer 1');
    clock.advance(14_999);
    expect(conversations.size).toBe(1);
    clock.advance(1);
    expect(conversations.size).toBe(0);
    expect(open(1, 'another offer')).toBe('another offer');
  });

  test('answers as often as an honest SOLICIT is sent: who repeats one under a false address gets nothing more', () => {
    expect([open(1), open(1), open(1), open(1)]).toEqual(['offer 1', 'offer 1', 'answered', 'answered']);
    expect(open(2)).toBe('offer 2');
    expect(conversations.take(from, nonceOf(1))).toBe('offer 1');
  });

  test('is bounded for each source, whatever its port, at ten times the load', () => {
    const opened = Array.from({ length: 30 }, (_, n) => open(n, 'offer', { ...from, port: 2000 + n }));
    expect(opened.filter((offer) => offer !== 'full')).toHaveLength(3);
    expect(open(99, 'offer', { ...from, address: 'elsewhere' })).toBe('offer');
  });

  test('is bounded as a whole, at ten times the load', () => {
    const opened = Array.from({ length: 80 }, (_, n) => open(n, 'offer', { ...from, address: `source ${n}` }));
    expect(opened.filter((offer) => offer !== 'full')).toHaveLength(8);
    expect(conversations.size).toBe(8);
    // One that exists goes on.
    expect(open(0, 'another', { ...from, address: 'source 0' })).toBe('offer');
    conversations.close();
    expect(conversations.size).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

describe('outbound conversations', () => {
  test('the nonce is revealed for its own hash, once', () => {
    const conversations = new OutboundConversations(new SeededRandom(1));
    const hash = conversations.start(7);
    expect(conversations.finish(8, hash)).toBeUndefined();
    expect(conversations.finish(7, hashOf(nonceOf(1)))).toBeUndefined();
    expect(conversations.finish(7, hash.subarray(0, 19))).toBeUndefined();
    const nonce = conversations.finish(7, Uint8Array.from(hash));
    expect(nonce).toHaveLength(16);
    expect(hashOf(nonce as Uint8Array)).toEqual(hash);
    expect(conversations.finish(7, hash)).toBeUndefined();
  });

  test('each has a nonce of its own, and is released without answer', () => {
    const conversations = new OutboundConversations(new SeededRandom(1));
    const hash = conversations.start(1);
    expect(conversations.start(2)).not.toEqual(hash);
    conversations.release(1);
    expect(conversations.size).toBe(1);
    expect(conversations.finish(1, hash)).toBeUndefined();
  });
});
