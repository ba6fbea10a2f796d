import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LeafSet } from '#fallback/routing/leaf-set';
import { HALF_RING, moved, RING_SIZE, type RingId, upward } from '#fallback/routing/ring';
import { anyId, node } from './nodes.js';

function filled(localId: RingId, ids: readonly RingId[]): LeafSet<ReturnType<typeof node>> {
  const leafSet = new LeafSet<ReturnType<typeof node>>(localId);
  for (const id of ids) leafSet.insert(node(id));
  return leafSet;
}

/** The five nearest a side, told from all at once. */
function nearest(localId: RingId, ids: readonly RingId[]): { lower: RingId[]; higher: RingId[] } {
  const others = [...new Set(ids)].filter((id) => id !== localId);
  const up = (id: RingId) => upward(localId, id);
  const byHeight = others.sort((a, b) => (up(a) < up(b) ? -1 : 1));
  return {
    higher: byHeight.filter((id) => up(id) < HALF_RING).slice(0, 5),
    lower: byHeight
      .filter((id) => up(id) >= HALF_RING)
      .reverse()
      .slice(0, 5),
  };
}

const idsOf = (entries: readonly { readonly id: RingId }[]) => entries.map(({ id }) => id);

describe('leaf set', () => {
  test('holds the five nearest known a side, in whatever order they come', () => {
    fc.assert(
      fc.property(anyId, fc.array(anyId, { maxLength: 40 }), (localId, ids) => {
        const leafSet = filled(localId, ids);
        const model = nearest(localId, ids);
        expect(idsOf(leafSet.lower)).toEqual(model.lower);
        expect(idsOf(leafSet.higher)).toEqual(model.higher);
        expect(idsOf(leafSet.members())).toEqual([...model.lower.toReversed(), ...model.higher]);
        for (const id of ids) {
          expect(leafSet.has(id)).toBe([...model.lower, ...model.higher].includes(id));
          expect(leafSet.covers(id)).toBe(leafSet.has(id));
        }
      }),
    );
  });

  test('admits what insert would keep', () => {
    fc.assert(
      fc.property(anyId, fc.uniqueArray(anyId, { maxLength: 30 }), anyId, (localId, ids, id) => {
        fc.pre(!ids.includes(id));
        const leafSet = filled(localId, ids);
        const admitted = leafSet.admits(id);
        expect(leafSet.covers(id)).toBe(admitted);
        leafSet.insert(node(id));
        expect(leafSet.has(id)).toBe(admitted);
      }),
    );
  });

  test('says what fell out', () => {
    const leafSet = filled(100n, [110n, 120n, 130n, 140n, 150n]);
    expect(leafSet.insert(node(115n))?.id).toBe(150n);
    const outside = node(145n);
    expect(leafSet.insert(outside)).toBe(outside);
    expect(leafSet.insert(node(90n))).toBeUndefined();
  });

  test('replaces the entry of an id', () => {
    const leafSet = filled(100n, [110n, 120n, 130n, 140n, 150n]);
    const moved = node(150n, 'elsewhere');
    expect(leafSet.insert(moved)).toBeUndefined();
    expect(leafSet.farthestHigher).toBe(moved);
    expect(leafSet.higher).toHaveLength(5);
  });

  test('never admits the local id', () => {
    const leafSet = filled(7n, []);
    const own = node(7n);
    expect(leafSet.admits(7n) || leafSet.covers(7n)).toBe(false);
    expect(leafSet.insert(own)).toBe(own);
    expect(leafSet.members()).toEqual([]);
  });

  test('removal makes room', () => {
    const leafSet = filled(100n, [110n, 120n, 130n, 140n, 150n]);
    expect(leafSet.admits(160n)).toBe(false);
    expect(leafSet.remove(130n)).toBe(true);
    expect(leafSet.remove(130n)).toBe(false);
    expect(leafSet.admits(160n)).toBe(true);
  });

  test('the place opposite counts as lower', () => {
    const leafSet = filled(3n, [moved(3n, HALF_RING), moved(3n, HALF_RING - 1n)]);
    expect(idsOf(leafSet.lower)).toEqual([moved(3n, HALF_RING)]);
    expect(idsOf(leafSet.higher)).toEqual([moved(3n, HALF_RING - 1n)]);
  });

  test('nearest and farthest, across 0', () => {
    const empty = filled(2n, []);
    expect([empty.nearestLower, empty.nearestHigher, empty.farthestLower, empty.farthestHigher]).toEqual(
      Array(4).fill(undefined),
    );
    const leafSet = filled(2n, [0n, RING_SIZE - 5n, 4n, 9n]);
    expect(leafSet.nearestLower?.id).toBe(0n);
    expect(leafSet.farthestLower?.id).toBe(RING_SIZE - 5n);
    expect(leafSet.nearestHigher?.id).toBe(4n);
    expect(leafSet.farthestHigher?.id).toBe(9n);
  });

  test('where a side has room, its next member is looked for as far away as neighbours are apart', () => {
    const ten = [1n, 2n, 3n, 4n, 5n].flatMap((n) => [100n - 10n * n, 100n + 10n * n]);
    expect(filled(100n, ten).beyond()).toEqual([]);
    expect(filled(100n, ten.slice(0, 9)).beyond()).toEqual([150n]);
    expect(filled(100n, [90n, 80n, 120n]).beyond()).toEqual([67n, 133n]);
    // Nothing is known below: the distances above tell where to look.
    expect(filled(100n, [110n, 140n]).beyond()).toEqual([80n, 160n]);
    expect(filled(5n, [15n]).beyond()).toEqual([RING_SIZE - 5n, 25n]);
    expect(filled(100n, []).beyond()).toEqual([100n, 100n]);
  });
});
