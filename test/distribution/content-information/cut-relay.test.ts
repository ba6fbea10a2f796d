import { expect, test } from 'vitest';
import { AT_START, type CutState } from '#fallback/distribution/content-information/cut-points';
import { CutRelay } from '#fallback/distribution/content-information/cut-relay';

const nothingMeanwhile = () => {
  throw new Error('it waits');
};

test('hands on where the piece before ended', () => {
  const relay = new CutRelay();
  expect(relay.take(0, nothingMeanwhile)).toEqual({
    ...AT_START,
    candidates: [undefined, undefined, undefined, undefined],
  });
  const state: CutState = { length: 70_000, scanned: 60_000, candidates: [undefined, 40_000, 50_000, 60_000] };
  relay.give(1, state);
  expect(new CutRelay(relay.memory).take(1, nothingMeanwhile)).toEqual(state);
});

test('after a failure nobody waits, though a piece that was being cut hands on', () => {
  const relay = new CutRelay();
  relay.fail();
  relay.give(1, AT_START);
  for (const piece of [1, 2]) expect(() => relay.take(piece, nothingMeanwhile)).toThrow('another piece has failed');
});
