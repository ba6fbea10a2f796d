import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suite } from '../needs.ts';
import { type Played, play } from './cases.ts';
import { CASES } from './identity.cases.mjs';
import { Windows } from './wine.ts';

suite('the identity calls in Windows Node.js, over the double of p2p.dll', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
  }, 120_000);
  afterAll(() => windows[Symbol.dispose]());

  describe.each([20, 22] as const)('%i', (node) => {
    let played: ReadonlyMap<string, Played>;
    beforeAll(async () => {
      played = await play(windows, 'identity.cases.mjs', CASES, node);
    }, 60_000);

    test.each(CASES)('$title', ({ title, value, error, handed }) => {
      const { calls, ...outcome } = played.get(title) ?? {};
      expect(outcome).toEqual(error === undefined ? { value } : { error: expect.objectContaining(error) });
      if (handed !== undefined) expect(calls).toMatchObject(handed);
    });
  });
});
