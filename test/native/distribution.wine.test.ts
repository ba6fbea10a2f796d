import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areas } from '../../scripts/inventory.mjs';
import { suite } from '../needs.ts';
import { type Case, type Played, play } from './cases.ts';
import { CASES, PUBLIC_CASES } from './distribution.cases.mjs';
import { held, windowsPath } from './stage.ts';
import { Windows } from './wine.ts';

const cases: readonly Case[] = CASES;

suite('peer distribution in Windows Node.js, over the double of peerdist.dll', ['wine', 'mingw', 'addon'], () => {
  let windows: Windows;
  const proven = new Set<string>();

  beforeAll(() => {
    windows = new Windows(['peerdist.dll']);
  }, 300_000);
  afterAll(() => windows[Symbol.dispose]());

  describe.each([20, 22] as const)('Node.js %i', (node) => {
    let played: readonly Played[];
    beforeAll(async () => {
      played = await play(windows, 'distribution.cases.mjs', cases, node);
    }, 300_000);

    test.each(cases.map((it, at) => ({ ...it, at })))('$title', ({ at, value, error, handed, anyOrder, kept = 0 }) => {
      const { calls = [], ...outcome } = played[at] ?? {};
      expect(outcome).toEqual(error === undefined ? { value } : { error: expect.objectContaining(error) });
      expect(calls.flatMap((it) => it.faults)).toEqual([]);
      expect(held(calls)).toHaveLength(kept);
      if (handed === undefined) return;
      expect(anyOrder ? byFunction(calls) : calls).toMatchObject(anyOrder ? byFunction(handed) : handed);
      if (at < PUBLIC_CASES.length) for (const call of calls) proven.add(call.function);
    });
  });

  test('a process may end in the midst of calls, with handles open', async () => {
    const stage = windows.stage({
      PeerDistClientBlockRead: { completes: false },
      PeerDistServerPublishAddToStream: { completes: false },
    });
    const worker = windowsPath(join(import.meta.dirname, 'distribution-worker.mjs'));
    const addon = windowsPath(join(import.meta.dirname, '../../prebuilds/win32-x64/winpeer.node'));
    const { status, stderr } = await windows.node([worker, addon], { env: stage.env });
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
    expect(stage.calls().flatMap((it) => it.faults)).toEqual([]);
  });

  test('these functions were proven by public calls', async () => {
    const own = areas.find(({ area }) => area === 'distribution')?.functions.map(({ name }) => name) ?? [];
    const names = own.filter((name) => proven.has(name)).toSorted();
    await expect(`${names.join('\n')}\n`).toMatchFileSnapshot('proven/distribution.txt');
  });
});

/** Calls of one function keep their order. */
function byFunction<T extends { readonly function?: string }>(calls: readonly T[]): readonly T[] {
  return calls.toSorted((a, b) => `${a.function}`.localeCompare(`${b.function}`));
}
