import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areas } from '../../scripts/inventory.mjs';
import { suite } from '../needs.ts';
import { type Case, type Played, play } from './cases.ts';
import type { Dll } from './doubles/build.ts';
import { held } from './stage.ts';
import { Windows } from './wine.ts';

interface Proof {
  /** Of the inventory. */
  readonly area: string;
  readonly title: string;
  readonly dlls: readonly Dll[];
  /** Makes what redirects DLLs that can't be replaced. */
  readonly redirect?: () => string;
  /** Cases by module; those of `publicly` use what people import, and prove the functions that they reach. */
  readonly modules: Readonly<Record<string, readonly Case[]>>;
  readonly publicly: readonly Case[];
  readonly also?: (windows: () => Windows) => void;
}

/** Plays the cases in Windows Node.js 20 and 22 over doubles, and keeps the list of functions proven. */
export function provenSuite({ area, title, dlls, redirect, modules, publicly, also }: Proof): void {
  const runs = Object.entries(modules).flatMap(([file, cases]) =>
    ([20, 22] as const).map((node) => ({ file, cases, node })),
  );
  suite(title, ['wine', 'mingw', 'addon'], () => {
    let windows: Windows;
    const proven = new Set<string>();

    beforeAll(() => {
      windows = new Windows(dlls);
    }, 300_000);
    afterAll(() => windows[Symbol.dispose]());

    describe.each(runs)('$file, Node.js $node', ({ file, cases, node }) => {
      let played: readonly Played[];
      beforeAll(async () => {
        played = await play(windows, file, cases, node, redirect === undefined ? [] : [redirect()]);
      }, 300_000);

      test.each(cases.map((it, at) => ({ title: it.title, it, at })))('$title', ({ it, at }) => {
        const { value, error, handed, anyOrder, kept = 0 } = it;
        const { calls = [], ...outcome } = played[at] ?? {};
        expect(outcome).toEqual(error === undefined ? { value } : { error: expect.objectContaining(error) });
        expect(calls.flatMap(({ faults }) => faults)).toEqual([]);
        expect(held(calls)).toHaveLength(kept);
        if (handed === undefined) return;
        expect(anyOrder ? byFunction(calls) : calls).toMatchObject(anyOrder ? byFunction(handed) : handed);
        if (publicly.includes(it)) for (const call of calls) proven.add(call.function);
      });
    });

    also?.(() => windows);

    test('these functions were proven by public calls', async () => {
      // What the inventory has elsewhere is proven there; Winsock's own functions are in no area.
      const others = areas
        .filter((it) => it.area !== area)
        .flatMap(({ functions }) => functions.map(({ name }) => name));
      const names = [...proven].filter((name) => !others.includes(name)).toSorted();
      await expect(`${names.join('\n')}\n`).toMatchFileSnapshot(`proven/${area}.txt`);
    });
  });
}

/** Calls of one function keep their order. */
function byFunction<T extends { readonly function?: string }>(calls: readonly T[]): readonly T[] {
  return calls.toSorted((a, b) => `${a.function}`.localeCompare(`${b.function}`));
}
