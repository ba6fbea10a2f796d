import { describe, expect, test } from 'vitest';
import { moduleState } from '../../scripts/check/module-state.mjs';
import { parse } from '../../scripts/check/source.mjs';

const faults = (text: string) => moduleState(parse('sample.ts', text));

describe('the rule against module state', () => {
  test.each([
    'let node;',
    'var node = 1;',
    'export let node: string | undefined;',
    'const seen = new Map<string, number>();',
    'export const seen = new Set();',
    'const seen = new WeakMap<object, string>();',
    'const seen = new Array(3);',
    'const names = [];',
    'const names = ["a", "b"];',
    'const names: string[] = ["a"];',
    'const names: Array<string> = load();',
    'const names = ["a"] satisfies string[];',
    'const names = Array.from("ab");',
    'const table = {};',
    'const table: Table = {};',
    'const table = { a: 1 };',
    'const table = { ...other };',
    'const table: Record<string, number> = { a: 1 };',
    'const table: { [K in Name]: number } = { a: 1 };',
    'const table: { a: number } = { a: 1 };',
    'const table = { a: 1 } as Record<string, number>;',
    'const table = Object.create(null);',
    'const table: Table = { a: 1 }; export function grow() { table.a = 2; }',
    'const table: Table = load(); export function grow() { delete table.a.b; }',
    'const scratch = new Uint8Array(16); function f() { scratch[0] = 1; }',
    'const scratch = new Uint8Array(16); const g = () => scratch.fill(0);',
    'const counter: Counter = { n: 0 }; function f() { counter.n++; }',
    'const table: Table = load(); function f() { Object.assign(table, {}); }',
    'class Node { static count = 0; }',
    'export class Node { static readonly all = new Map(); }',
    'const events = new EventEmitter();',
  ])('refuses %s', (text) => {
    expect(faults(text)).toHaveLength(1);
  });

  test.each([
    'export const PORT = 3540;',
    'const NAMES = ["a", "b"] as const;',
    'const CODES = { A: 1 } as const satisfies Record<string, number>;',
    'const NAMES: readonly string[] = ["a"];',
    'const NAMES = Object.freeze(["a"]);',
    'const CODES: Readonly<Record<string, number>> = { A: 1 };',
    'const CODES: ReadonlyMap<string, number> = new Map([["a", 1]]);',
    'const CODES: { readonly [K in Name]: number } = { a: 1 };',
    'const LIMITS: { readonly depth: number; check(): void } = { depth: 1, check };',
    'const CODES = new Set([1]) as ReadonlySet<number>;',
    'const ids: ReadonlyArray<number> = Array.from([1]);',
    'export const cpa: Codec<Cpa> = { name: "CPA", length, write, read };',
    'export const text = { encode() {}, decode: () => 1 };',
    'const decoder = new TextDecoder("utf-16le");',
    'const ZERO = new Uint8Array(16);',
    'const { subtle } = webcrypto;',
    'export function f() { let n = 0; const seen = new Map(); seen.set(n++, []); }',
    'const NAMES = ["a"] as const; function f(NAMES: string[]) { NAMES.push("b"); }',
    'class Node { static readonly PORT = 3540; #seen = new Map(); }',
    'for (let i = 0; i < 2; i++) f(i);',
    'declare let global: string;',
    'export { a } from "./a.js";',
  ])('accepts %s', (text) => {
    expect(faults(text)).toEqual([]);
  });

  test('names the place', () => {
    expect(faults('\n\nexport let node = 1;')).toEqual([
      { path: 'sample.ts', line: 3, message: 'node is module state: a top-level `let`' },
    ]);
  });
});
