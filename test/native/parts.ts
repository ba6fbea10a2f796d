import { expect } from 'vitest';
import type { DoubleCall, Script, Stage } from './stage.ts';
import type { Windows } from './wine.ts';

/** What a part of a C++ program saw of the doubles, and what they wrote down. `during` runs meanwhile. */
export async function playPart(
  windows: Windows,
  program: string,
  part: string,
  script?: Script,
  during?: (stage: Stage) => Promise<void>,
) {
  const stage = windows.stage(script);
  const run = windows.run(program, [part], { env: stage.env });
  await during?.(stage);
  const { status, stdout, stderr } = await run;
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { results: JSON.parse(stdout), log: stage.calls() };
}

export function of(log: readonly DoubleCall[], name: string): readonly DoubleCall[] {
  return log.filter((it) => it.function === name);
}

export function faults(log: readonly DoubleCall[]): readonly string[] {
  return log.flatMap((it) => it.faults);
}

/** Little-endian, with its end, in hexadecimal. */
export function utf16(text: string): string {
  return Buffer.from(`${text}\0`, 'utf16le').toString('hex');
}
