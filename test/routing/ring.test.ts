import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endpointKeys, isListed, sameEndpoints } from '#fallback/routing/entry';
import {
  distance,
  HALF_RING,
  isAbove,
  isBetween,
  isCloser,
  matchingBits,
  moved,
  RING_SIZE,
  ringIdFromHex,
  ringIdToHex,
  successor,
  upward,
} from '#fallback/routing/ring';
import { anyId, node } from './nodes.js';

const top = RING_SIZE - 1n;

describe('ring', () => {
  test('an id is 64 digits and back', () => {
    expect(ringIdToHex(0n)).toBe('0'.repeat(64));
    expect(ringIdFromHex('F'.repeat(64))).toBe(top);
    fc.assert(fc.property(anyId, (id) => ringIdFromHex(ringIdToHex(id)) === id));
  });

  test.each(['', '0', 'f'.repeat(63), 'f'.repeat(65), `0x${'f'.repeat(62)}`, ` ${'f'.repeat(63)}`, 'g'.repeat(64)])(
    '%j is no id',
    (text) => {
      expect(() => ringIdFromHex(text)).toThrow(RangeError);
    },
  );

  test('0 follows the top', () => {
    expect(successor(top)).toBe(0n);
    expect(moved(0n, -1n)).toBe(top);
    expect(distance(top, 1n)).toBe(2n);
    expect(upward(top, 1n)).toBe(2n);
    expect(upward(1n, top)).toBe(RING_SIZE - 2n);
    expect(isCloser(top, 3n, 1n)).toBe(false);
    expect(isCloser(top, 4n, 1n)).toBe(true);
    expect(isBetween(top, 0n, 1n)).toBe(true);
    expect(isBetween(1n, 0n, top)).toBe(false);
  });

  test('the distance is the shorter way round', () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b)).toBeLessThanOrEqual(HALF_RING);
        expect([upward(a, b), upward(b, a)]).toContain(distance(a, b));
        expect(moved(a, upward(a, b))).toBe(b);
        expect(isAbove(a, b)).toBe(distance(a, b) === upward(a, b) && distance(a, b) !== HALF_RING);
      }),
    );
  });

  test('of three places each lies on exactly one of the ways between the others', () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, (a, b, c) => {
        fc.pre(a !== b && b !== c && a !== c);
        expect(isBetween(a, b, c)).toBe(!isBetween(c, b, a));
        expect(isBetween(a, b, c)).toBe(isBetween(b, c, a));
        expect(isBetween(a, a, c) || isBetween(a, c, c) || isBetween(a, b, a)).toBe(false);
      }),
    );
  });

  test('matching bits', () => {
    expect(matchingBits(5n, 5n)).toBe(256);
    expect(matchingBits(4n, 5n)).toBe(255);
    expect(matchingBits(0n, HALF_RING)).toBe(0);
    fc.assert(
      fc.property(anyId, fc.integer({ min: 0, max: 255 }), (id, bit) => {
        expect(matchingBits(id, id ^ (1n << BigInt(255 - bit)))).toBe(bit);
      }),
    );
  });
});

describe('entry', () => {
  const two = { id: 1n, port: 3540, addresses: ['a', 'b'] };

  test('endpoints are compared as a set', () => {
    expect(sameEndpoints(two, { ...two, id: 2n, addresses: ['b', 'a'] })).toBe(true);
    expect(sameEndpoints(two, { ...two, addresses: ['a'] })).toBe(false);
    expect(sameEndpoints({ ...two, addresses: ['a'] }, two)).toBe(false);
    expect(sameEndpoints(two, { ...two, port: 3541 })).toBe(false);
    expect(endpointKeys(two)).toEqual(['a:3540', 'b:3540']);
  });

  test('reading pnrp.path-membership = endpoint: the port counts', () => {
    expect(isListed(two, [{ address: 'b', port: 3540 }], 'endpoint')).toBe(true);
    expect(isListed(two, [{ address: 'b', port: 3541 }], 'endpoint')).toBe(false);
    expect(isListed(node(1n), [{ address: 'b', port: 3540 }], 'endpoint')).toBe(false);
  });

  test('reading pnrp.path-membership = address: the port does not count', () => {
    expect(isListed(two, [{ address: 'b', port: 3541 }], 'address')).toBe(true);
    expect(isListed(two, [{ address: 'c', port: 3540 }], 'address')).toBe(false);
  });
});
