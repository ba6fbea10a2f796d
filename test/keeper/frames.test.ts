import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader } from '#fallback/runtime/keeper/frames';

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
    fc.boolean(),
    fc.constant(undefined),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 5 }),
  ),
})).any;

describe('frames', () => {
  test('bring over what was sent, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 200 })),
        (sent, cuts) => {
          const bytes = Buffer.concat(sent.flatMap(encodeFrame));
          const reader = new FrameReader();
          const read: unknown[] = [];
          for (let at = 0; at < bytes.length; ) {
            const length = cuts.next().value;
            read.push(...reader.push(bytes.subarray(at, at + length)));
            at += length;
          }
          expect(read).toEqual(sent);
        },
      ),
    );
  });

  test('that were changed are a value or an error', () => {
    const message = [
      'call',
      7,
      'addBlock',
      ['00'.repeat(32), 1, { iv: new Uint8Array(16), bytes: new Uint8Array(100) }],
    ];
    const bytes = Buffer.concat(encodeFrame(message));
    const errors = new Set<string>();
    for (let at = 0; at < bytes.length; at++) {
      for (const other of [0, 1, 0x7f, 0xff]) {
        const changed = Buffer.from(bytes).fill(other, at, at + 1);
        try {
          new FrameReader().push(changed);
        } catch (error) {
          errors.add((error as Error).name);
        }
      }
    }
    expect(errors.has('RangeError')).toBe(true);
  });

  test('have no views but of bytes, and are not too long', () => {
    expect(() => encodeFrame(new Uint32Array(1))).toThrow(TypeError);
    expect(() => encodeFrame(() => undefined)).toThrow();
    expect(() => encodeFrame(new Uint8Array(16 * 1024 * 1024))).toThrow(RangeError);
  });
});
