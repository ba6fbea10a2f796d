import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areas } from '../../scripts/inventory.mjs';
import { suite } from '../needs.ts';
import { type Case, type Played, play } from './cases.ts';
import { CASES } from './pnrp.cases.mjs';
import { CASES as CALLS } from './pnrp-calls.cases.mjs';
import { held } from './stage.ts';
import { Windows } from './wine.ts';

interface Module {
  readonly file: string;
  readonly cases: readonly Case[];
  readonly node: 20 | 22;
}

const MODULES: readonly Module[] = [
  { file: 'pnrp.cases.mjs', cases: CASES, node: 20 },
  { file: 'pnrp.cases.mjs', cases: CASES, node: 22 },
  { file: 'pnrp-calls.cases.mjs', cases: CALLS, node: 20 },
  { file: 'pnrp-calls.cases.mjs', cases: CALLS, node: 22 },
];

suite('PNRP in Windows Node.js, over the double of p2p.dll', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  const proven = new Set<string>();

  beforeAll(() => {
    windows = new Windows(['p2p.dll']);
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  describe.each(MODULES)('$file, Node.js $node', ({ file, cases, node }) => {
    let played: readonly Played[];
    beforeAll(async () => {
      played = await play(windows, file, cases, node);
    }, 300_000);

    test.each(cases.map((it, at) => ({ ...it, at })))('$title', ({ at, value, error, handed, kept = 0 }) => {
      const { calls = [], ...outcome } = played[at] ?? {};
      expect(outcome).toEqual(error === undefined ? { value } : { error: expect.objectContaining(error) });
      expect(calls.flatMap((it) => it.faults)).toEqual([]);
      expect(held(calls)).toHaveLength(kept);
      if (handed === undefined) return;
      expect(calls).toMatchObject(handed);
      if (file === 'pnrp.cases.mjs') for (const call of calls) proven.add(call.function);
    });
  });

  test('these functions were proven by public calls', async () => {
    const own = areas.find(({ area }) => area === 'pnrp')?.functions.map(({ name }) => name) ?? [];
    const names = own.filter((name) => proven.has(name)).toSorted();
    await expect(`${names.join('\n')}\n`).toMatchFileSnapshot('proven/pnrp.txt');
  });
});
