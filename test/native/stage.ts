import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What one call answers. `returns` is any 32-bit number (`0x80630009`, or 6); other keys are out parameters. With `until`
 * the call lasts until that gate is open; `signal` (false, or a gate) holds back the event that the call was handed.
 * Where a call goes on after it has returned, `completes` tells how it ends: its `status`, `bytes` and `offset`, and the
 * gate that it waits `until`; false is not by itself.
 */
export type Answer = Readonly<Record<string, unknown>>;

/** Answers by function: one for every call, or some for one call each. Calls without any succeed. */
export type Script = Readonly<Record<string, Answer | readonly Answer[]>>;

/** One call as the double wrote it down. */
export interface DoubleCall {
  readonly function: string;
  readonly thread: number;
  /** Parameters, decoded. Bytes and socket addresses are hexadecimal, numbers of 64 bits decimal text. */
  readonly in: Readonly<Record<string, unknown>>;
  /** What pointers led to, by path, in hexadecimal: `pp` is a byte of a pointer, `..` one between fields. */
  readonly bytes: Readonly<Record<string, string>>;
  /** What no caller may hand over. */
  readonly faults: readonly string[];
  /** Null while the call lasts. */
  readonly returns: string | null;
  readonly gives: readonly string[];
  readonly opens: readonly string[];
  readonly closes?: string;
  /** Whether the call went on after it had returned; and what it ended with, null while it goes on. */
  readonly goesOn: boolean;
  readonly completed: number | null;
}

/** A folder that doubles answer from and write to. */
export class Stage {
  constructor(
    readonly folder: string,
    script: Script = {},
  ) {
    writeFileSync(join(folder, 'script.json'), JSON.stringify(script));
  }

  get env(): { readonly WINPEER_DOUBLES: string } {
    return { WINPEER_DOUBLES: windowsPath(this.folder) };
  }

  /** Lets the call go on, or the event be set, that waits for this gate. */
  open(gate: string): void {
    writeFileSync(join(this.folder, gate), '');
  }

  /** In the order in which they began. */
  calls(): readonly DoubleCall[] {
    const log = join(this.folder, 'log.jsonl');
    if (!existsSync(log)) return [];
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    const parsed = lines.map((line) => JSON.parse(line));
    const answers = new Map(parsed.filter((line) => 'answer' in line).map((line) => [line.answer, line]));
    const ends = new Map(parsed.filter((line) => 'completion' in line).map((line) => [line.completion, line]));
    const none = { gives: [], opens: [], returns: null, goesOn: false };
    return parsed
      .filter((line) => 'call' in line)
      .map(({ call, faults = [], ...entry }) => {
        const { answer, ...rest } = answers.get(call) ?? {};
        const { status: completed = null, faults: late = [] } = ends.get(call) ?? {};
        return { ...none, ...entry, ...rest, completed, faults: [...faults, ...late] };
      });
  }
}

/** Blocks that were given and not freed, handles that were opened and not closed, and calls that go on. */
export function held(calls: readonly DoubleCall[]): readonly string[] {
  const returned = new Set(calls.flatMap((call) => [call.closes, call.in.pvData]));
  const going = calls.filter((call) => call.goesOn && call.completed === null).map((call) => call.function);
  return [...calls.flatMap(({ gives, opens }) => [...gives, ...opens]).filter((name) => !returned.has(name)), ...going];
}

/** As a program under Wine sees it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}
