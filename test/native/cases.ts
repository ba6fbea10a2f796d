import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type DoubleCall, type Script, windowsPath } from './stage.ts';
import type { Windows } from './wine.ts';

/** One case of a module that `play.mjs` loads: what is done in Windows Node.js, what the doubles answer, what comes of it. */
export interface Case {
  readonly title: string;
  readonly script?: Script;
  readonly act: (loaded: never) => unknown;
  readonly value?: unknown;
  /** What the error has, among others. */
  readonly error?: object;
  /** What each call was handed, among others, in the order of the calls. */
  readonly handed?: readonly { readonly function?: string }[];
  /** Threads of their own make some of the calls. */
  readonly anyOrder?: boolean;
  /** How many blocks and handles are kept; none unless told. */
  readonly kept?: number;
}

/** What came of a case: its value or error, as JSON has it, and what the doubles saw. */
export interface Played {
  readonly value?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly calls: readonly DoubleCall[];
}

/** Plays a module's cases in one Windows Node.js, in their order, once it has loaded what redirects DLLs. */
export async function play(
  windows: Windows,
  file: string,
  cases: readonly Case[],
  node: 20 | 22,
  doubles: readonly string[] = [],
): Promise<readonly Played[]> {
  const stages = cases.map(({ script }) => windows.stage(script));
  const { folder } = windows.stage();
  const plan = {
    cases: windowsPath(join(import.meta.dirname, file)),
    stages: stages.map((stage) => windowsPath(stage.folder)),
    doubles: doubles.map(windowsPath),
  };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const paths = [join(import.meta.dirname, 'play.mjs'), join(folder, 'plan.json'), join(folder, 'outcomes.json')];
  const { status, stderr } = await windows.node(paths.map(windowsPath), { node });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const outcomes: Omit<Played, 'calls'>[] = JSON.parse(readFileSync(join(folder, 'outcomes.json'), 'utf8'));
  return stages.map((stage, at) => ({ ...outcomes[at], calls: stage.calls() }));
}
