import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type DoubleCall, held, type Script, type Stage, windowsPath } from './stage.ts';
import type { Windows } from './wine.ts';

/** One case of a module that `play.mjs` loads: what is done in Windows Node.js, and what doubles answer. */
export interface Case {
  readonly title: string;
  readonly script?: Script;
  readonly act: (addon: never) => unknown;
  /** How many blocks and handles are kept; none unless told. */
  readonly kept?: number;
}

/** What came of a case: its value or error, as JSON has it, and the calls that the doubles took. */
export interface Played {
  readonly value?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly calls: readonly DoubleCall[];
}

const ROOT = join(import.meta.dirname, '..', '..');

/** Plays a module's cases in one Windows Node.js. */
export async function play(
  windows: Windows,
  file: string,
  cases: readonly Case[],
  node: 20 | 22,
): Promise<ReadonlyMap<string, Played>> {
  const stages = cases.map(({ script }) => windows.stage(script));
  const { folder } = windows.stage();
  const plan = {
    addon: windowsPath(join(ROOT, 'prebuilds', 'win32-x64', 'winpeer.node')),
    cases: windowsPath(join(import.meta.dirname, file)),
    stages: stages.map((stage) => windowsPath(stage.folder)),
  };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const paths = [join(import.meta.dirname, 'play.mjs'), join(folder, 'plan.json'), join(folder, 'outcomes.json')];
  const { status, stderr } = await windows.node(paths.map(windowsPath), { node });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const outcomes: Omit<Played, 'calls'>[] = JSON.parse(readFileSync(join(folder, 'outcomes.json'), 'utf8'));
  return new Map(cases.map((it, at) => [it.title, { ...outcomes[at], calls: sound(it, stages[at]) }]));
}

/** The calls of a case, in which no caller may have made a mistake or kept anything. */
function sound({ title, kept = 0 }: Case, stage: Stage | undefined): readonly DoubleCall[] {
  const calls = stage?.calls() ?? [];
  const faults = calls.flatMap((it) => it.faults);
  expect({ title, faults, kept: held(calls).length }).toEqual({ title, faults: [], kept });
  return calls;
}
