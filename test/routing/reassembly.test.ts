import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Fragment, Reassembly } from '#fallback/routing/reassembly';
import { ManualClock } from './manual-clock.js';

const from = { address: 'there', port: 3540 };
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

function fragmentsOf(bytes: Uint8Array, messageId = 1): Fragment[] {
  return Array.from({ length: Math.ceil(bytes.length / 1188) }, (_, i) => ({
    messageId,
    ackedMessageId: 70,
    from,
    size: bytes.length,
    offset: i * 1188,
    fragment: bytes.subarray(i * 1188, (i + 1) * 1188),
  }));
}

describe('reassembly', () => {
  let clock: ManualClock;
  let reassembly: Reassembly;
  let dropped: string[];

  beforeEach(() => {
    clock = new ManualClock();
    dropped = [];
    reassembly = new Reassembly({
      clock,
      dropped: (reason) => dropped.push(reason),
      limitPerRequest: 2,
      byteLimit: 50_000,
    });
  });

  const offerAll = (fragments: readonly Fragment[]) => fragments.map((fragment) => reassembly.offer(fragment));

  test('the 2000 bytes of 4.1.3 come as 1188 and 812', () => {
    const bytes = bytesOf(2000);
    expect(fragmentsOf(bytes).map(({ fragment }) => fragment.length)).toEqual([1188, 812]);
    expect(offerAll(fragmentsOf(bytes))).toEqual([undefined, Buffer.from(bytes)]);
    expect([reassembly.size, reassembly.bytes, clock.timers]).toEqual([0, 0, 0]);
  });

  test('a buffer in one piece is delivered at once', () => {
    const bytes = bytesOf(68);
    expect(offerAll(fragmentsOf(bytes))).toEqual([bytes]);
    expect(reassembly.size).toBe(0);
  });

  test('any size, in any order, some of them twice', () => {
    const shuffled = fc
      .integer({ min: 1, max: 37348 })
      .map((size) => bytesOf(size))
      .chain((bytes) => {
        const fragments = fragmentsOf(bytes);
        const again = fc.subarray(fragments.slice(1));
        const some = again.chain((twice) =>
          fc.shuffledSubarray([...fragments, ...twice], { minLength: fragments.length + twice.length }),
        );
        return fc.record({ bytes: fc.constant(bytes), offered: some });
      });
    fc.assert(
      fc.property(shuffled, ({ bytes, offered }) => {
        const delivered = offerAll(offered).filter((buffer) => buffer !== undefined);
        expect(delivered.length).toBeGreaterThanOrEqual(1);
        expect(Buffer.compare(delivered[0] as Uint8Array, bytes)).toBe(0);
        reassembly.close();
      }),
      { numRuns: 50 },
    );
  });

  test('a fragment is copied: the datagram may be used again', () => {
    const bytes = bytesOf(2000);
    const [first, second] = fragmentsOf(bytes) as [Fragment, Fragment];
    const datagram = Uint8Array.from(first.fragment);
    reassembly.offer({ ...first, fragment: datagram });
    datagram.fill(0);
    expect(reassembly.offer(second)).toEqual(Buffer.from(bytes));
  });

  test('buffers are kept apart by message, address and port', () => {
    const [first, second] = fragmentsOf(bytesOf(2000)) as [Fragment, Fragment];
    reassembly.offer(first);
    expect(reassembly.offer({ ...second, messageId: 2 })).toBeUndefined();
    expect(reassembly.offer({ ...second, from: { ...from, address: 'elsewhere' } })).toBeUndefined();
    expect(reassembly.offer({ ...second, from: { ...from, port: 4000 } })).toBeUndefined();
    expect(reassembly.offer(second)).toHaveLength(2000);
  });

  const [first, second, third] = fragmentsOf(bytesOf(3000)) as [Fragment, Fragment, Fragment];
  test.each<[string, Fragment]>([
    ['another size', { ...second, size: 3001 }],
    ['an answer to something else', { ...second, ackedMessageId: 71 }],
    ['beyond the size', { ...third, fragment: bytesOf(1000) }],
    ['other bytes in the same place', { ...first, fragment: bytesOf(1187) }],
    ['an offset that is no multiple of 1188', { ...second, offset: 1189 }],
    ['over its neighbour', { ...first, fragment: bytesOf(1189) }],
    ['nothing', { ...second, fragment: new Uint8Array() }],
    ['a size beyond the limit', { ...second, size: 37349 }],
  ])('%s drops the fragment and what came before', (_, wrong) => {
    expect(reassembly.offer(first)).toBeUndefined();
    expect(reassembly.offer(wrong)).toBeUndefined();
    expect([reassembly.size, reassembly.bytes, clock.timers]).toEqual([0, 0, 0]);
    expect(offerAll([second, third])).toEqual([undefined, undefined]);
  });

  test('forgets what belongs to a message that was given up', () => {
    reassembly.offer(first);
    reassembly.offer({ ...first, messageId: 2, ackedMessageId: 71 });
    reassembly.forget(70);
    expect(reassembly.size).toBe(1);
    expect(reassembly.bytes).toBe(1188);
    expect(clock.timers).toBe(1);
  });

  test('an incomplete buffer expires with the message it answers', () => {
    reassembly.offer(first);
    clock.advance(1999);
    expect(reassembly.size).toBe(1);
    clock.advance(1);
    expect([reassembly.size, reassembly.bytes]).toEqual([0, 0]);
  });

  test('is bounded for each message that is answered, whoever answers, at ten times the load', () => {
    for (let i = 0; i < 20; i++) reassembly.offer({ ...first, messageId: i, from: { ...from, port: 2000 + i } });
    for (let i = 0; i < 20; i++) reassembly.offer({ ...first, from: { address: `source ${i}`, port: 3540 } });
    expect(reassembly.size).toBe(2);
    expect(dropped).toEqual(Array(38).fill('reassembly list full'));
    // An answer that is ready makes room for the next, and other messages have room of their own.
    expect(offerAll([{ ...second, messageId: 0, from: { ...from, port: 2000 } }])).toEqual([undefined]);
    reassembly.offer({ ...third, messageId: 0, from: { ...from, port: 2000 } });
    expect(reassembly.size).toBe(1);
    for (let i = 0; i < 20; i++) reassembly.offer({ ...first, messageId: 100 + i, ackedMessageId: 100 + i });
    expect(reassembly.size).toBe(21);
    clock.advance(2000);
    expect([reassembly.size, reassembly.bytes, clock.timers]).toEqual([0, 0, 0]);
  });

  test('is bounded in bytes, at ten times the load', () => {
    const roomy = new Reassembly({
      clock,
      dropped: (reason) => dropped.push(reason),
      limitPerRequest: 100,
      byteLimit: 5000,
    });
    for (const messageId of Array(42).keys()) roomy.offer({ ...first, messageId });
    expect(roomy.size).toBe(4);
    expect(roomy.bytes).toBe(4 * 1188);
    expect(roomy.offer({ ...second, messageId: 0 })).toBeUndefined();
    expect(roomy.bytes).toBe(4 * 1188);
  });
});
