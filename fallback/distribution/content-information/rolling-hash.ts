/**
 * The rolling hash that segments of version 2 are cut by: of the last 16 bytes, as a polynomial over GF(2) modulo
 * x^64 + p. It is the one of Windows' data deduplication, and cuts as Windows did where it could be compared.
 */
export const WINDOW = 16;

/** Bit k is the coefficient of x^k. */
const POLYNOMIAL = 0xf2b5_d42c_384a_2167n;

/** i·x^power modulo the polynomial, for each byte i. */
export function multiples(power: number): readonly bigint[] {
  const values = [0n];
  for (let i = 1; i < 256; i++) {
    const lowest = i & -i;
    const rest = values[i ^ lowest] as bigint;
    values.push(rest === 0n ? shifted(BigInt(i), power) : rest ^ (values[lowest] as bigint));
  }
  return values;
}

function shifted(value: bigint, power: number): bigint {
  let result = value;
  for (let i = 0; i < power; i++) {
    result = BigInt.asUintN(64, result << 1n) ^ (result >> 63n === 1n ? POLYNOMIAL : 0n);
  }
  return result;
}

/**
 * For each of the eight first bytes of a window what it adds to the low 16 bits of its hash: 256 numbers each. Of the
 * others the last one is those bits 0 to 7, the one before it 8 to 15, and the rest are above them.
 */
export function lowTables(): Uint16Array {
  const tables = new Uint16Array(8 * 256);
  for (let i = 0; i < 8; i++) {
    tables.set(
      multiples(120 - 8 * i).map((value) => Number(value & 0xffffn)),
      256 * i,
    );
  }
  return tables;
}

/** The low 16 bits of the hash of the window that ends before `position`. */
function lowBits(tables: Uint16Array, bytes: Uint8Array, position: number): number {
  const start = position - WINDOW;
  let low = (bytes[position - 1] as number) | ((bytes[position - 2] as number) << 8);
  for (let i = 0; i < 8; i++) low ^= tables[256 * i + (bytes[start + i] as number)] as number;
  return low;
}

/** Looks for places where a segment may end. */
export interface MatchFinder {
  /** What it looks at. */
  readonly bytes: Uint8Array;
  /**
   * The first position from `from` up to and with `to` whose window's hash ends in 0x555: its low 12 bits; -1 where
   * there is none. `from` has a window before it.
   */
  next(from: number, to: number): number;
  /** The low 16 bits of the hash at a position. */
  lowBits(position: number): number;
}

const MATCH = 0x555;
const MATCH_MASK = 0xfff;

/** Of `length` bytes. It rolls the hash from byte to byte, in halves of 32 bits. */
export function rollingFinder(length: number): MatchFinder {
  const bytes = new Uint8Array(length);
  const tables = lowTables();
  // What leaves at the top comes back by TD, and what leaves the window has been shifted by all of its 16 bytes.
  const [topHigh, topLow] = halves(multiples(64));
  const [outHigh, outLow] = halves(multiples(8 * WINDOW));

  return {
    bytes,
    lowBits: (position) => lowBits(tables, bytes, position),
    next(from, to) {
      let high = 0;
      let low = 0;
      for (let i = from - WINDOW; i < from; i++) {
        const top = high >>> 24;
        high = ((high << 8) | (low >>> 24)) ^ (topHigh[top] as number);
        low = ((low << 8) | (bytes[i] as number)) ^ (topLow[top] as number);
      }
      for (let position = from; position <= to; position++) {
        if ((low & MATCH_MASK) === MATCH) return position;
        const top = high >>> 24;
        const out = bytes[position - WINDOW] as number;
        high = ((high << 8) | (low >>> 24)) ^ (topHigh[top] as number) ^ (outHigh[out] as number);
        low = ((low << 8) | (bytes[position] as number)) ^ (topLow[top] as number) ^ (outLow[out] as number);
      }
      return -1;
    },
  };
}

function halves(values: readonly bigint[]): [high: Int32Array, low: Int32Array] {
  return [
    Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value >> 32n))),
    Int32Array.from(values, (value) => Number(BigInt.asIntN(32, value))),
  ];
}
