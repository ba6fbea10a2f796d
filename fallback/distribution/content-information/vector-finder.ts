import { MATCH_FINDER } from './match-finder-wasm.js';
import { lowTables, type MatchFinder } from './rolling-hash.js';

/** As far as it is used here; undefined where the process forbids it. */
declare const WebAssembly:
  | {
      validate(code: Uint8Array): boolean;
      readonly Module: new (code: Uint8Array) => object;
      readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
      readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
    }
  | undefined;

/** Where the module has its tables, and behind them the bytes. */
const LOW_TABLES = 256;
const BYTES = LOW_TABLES + 8 * 512;
/** How far it reads behind the end. */
const OVERREAD = 64;
const PAGE = 0x1_0000;

type OfPosition = (position: number) => number;

/** By vectors, in WebAssembly; undefined where this process has none. Finds what `rollingFinder` finds. */
export function vectorFinder(length: number): MatchFinder | undefined {
  const code = Buffer.from(MATCH_FINDER, 'base64');
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(code)) return undefined;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((BYTES + length + OVERREAD) / PAGE) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { winpeer: { memory } });
  const { next, low } = exports as { next: (from: number, to: number) => number; low: OfPosition };
  const tables = lowTables();
  new Uint8Array(memory.buffer).set(halfTables(tables));
  // WebAssembly is little-endian on every machine.
  for (const [i, number] of tables.entries()) new DataView(memory.buffer).setUint16(LOW_TABLES + 2 * i, number, true);
  return {
    bytes: new Uint8Array(memory.buffer, BYTES, length),
    next(from, to) {
      const found = next(BYTES + from, BYTES + to);
      return found < 0 ? -1 : found - BYTES;
    },
    lowBits: (position) => low(BYTES + position),
  };
}

/** What each half of the first eight bytes of a window adds to the low byte of its hash. */
function halfTables(tables: Uint16Array): Uint8Array {
  const halves = new Uint8Array(8 * 32);
  for (let place = 0; place < 8; place++) {
    for (let half = 0; half < 16; half++) {
      halves[32 * place + half] = tables[256 * place + half] as number;
      halves[32 * place + 16 + half] = tables[256 * place + 16 * half] as number;
    }
  }
  return halves;
}
