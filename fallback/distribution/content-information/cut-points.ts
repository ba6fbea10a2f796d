import { SEGMENT_LIMIT_2 } from './model.js';
import { type MatchFinder, WINDOW } from './rolling-hash.js';

/** No segment is shorter but the last. */
const MINIMUM = 0x8000;
const MAXIMUM = SEGMENT_LIMIT_2;

/** Of a full match the low 16 bits are 0x5555; of a candidate as many as its mask has: the first is the strongest. */
const FULL_MATCH = 0x5555;
const MASKS = [0xffff, 0x7fff, 0x3fff, 0x1fff] as const;

/** What is known of the segment that is not at its end yet; positions count from its first byte. */
export interface CutState {
  /** Its bytes so far. */
  readonly length: number;
  /** Every position up to this one has been looked at. */
  readonly scanned: number;
  /** The last match of each strength, where there was one. */
  readonly candidates: readonly (number | undefined)[];
}

export const AT_START: CutState = { length: 0, scanned: 0, candidates: [] };

/** What the published pages do not settle. */
export interface CutRules {
  /** A run of zeros of more than the least length is a segment of its own. */
  readonly zeroRuns: boolean;
  /** A segment that gets too long ends at its best match in part; else at the greatest length. */
  readonly partialMatches: boolean;
}

export interface Cuts {
  /** Where segments end, rising. */
  readonly ends: readonly number[];
  /** Of the segment that goes on behind the bytes. */
  readonly state: CutState;
}

/**
 * Cuts the finder's bytes from `from`, where the segment of `state` begins, to `end`. With `final` there are no more,
 * and the last segment ends there. Windows' data deduplication cuts so.
 */
export function cutSegments(
  finder: MatchFinder,
  from: number,
  end: number,
  final: boolean,
  state: CutState,
  rules: CutRules,
): Cuts {
  const ends: number[] = [];
  let start = from;
  let { scanned, candidates } = state;

  /** The next segment begins there; positions up to `known`, and of the matches those that are far enough, hold for it too. */
  const cutAt = (position: number, known: number, kept: readonly (number | undefined)[]): void => {
    ends.push(position);
    const moved = position - start;
    scanned = known - position;
    candidates = kept.map((it) => (it === undefined || it - moved < MINIMUM ? undefined : it - moved));
    start = position;
  };

  while (end - start >= MINIMUM) {
    const limit = Math.min(end, start + MAXIMUM);
    const exhausted = limit < start + MAXIMUM;
    if (scanned < WINDOW && rules.zeroRuns) {
      const zeros = zerosEnd(finder.bytes, start, limit);
      if (zeros === end && exhausted && !final) break; // It may go on.
      if (zeros - start >= MINIMUM) {
        cutAt(zeros, zeros, []);
        continue;
      }
    }
    const found = scan(finder, start, Math.max(MINIMUM, scanned), limit, candidates);
    if (found.full !== undefined) {
      cutAt(found.full, found.full, []);
      continue;
    }
    candidates = found.candidates;
    scanned = limit - start;
    if (exhausted) break;
    const strongest = rules.partialMatches ? candidates.findIndex((it) => it !== undefined) : -1;
    const others = candidates.map((it, strength) => (strength === strongest ? undefined : it));
    cutAt(start + (candidates[strongest] ?? MAXIMUM), limit, others);
  }
  if (!final) return { ends, state: { length: end - start, scanned, candidates } };
  if (end > start) ends.push(end);
  return { ends, state: AT_START };
}

/** The first full match from `from` to `limit`, or which matches in part there are besides those known. */
function scan(
  finder: MatchFinder,
  start: number,
  from: number,
  limit: number,
  known: readonly (number | undefined)[],
): { readonly full?: number; readonly candidates: readonly (number | undefined)[] } {
  const candidates = [...known];
  for (let position = finder.next(start + from, limit); position >= 0; position = finder.next(position + 1, limit)) {
    const bits = finder.lowBits(position);
    let strength = MASKS.length;
    // One that has the bits of a mask is a candidate of the next strength, too.
    do {
      strength--;
      candidates[strength] = position - start;
    } while (strength > 0 && matches(bits, strength));
    if (strength === 0 && matches(bits, 0)) return { full: position, candidates };
  }
  return { candidates };
}

function matches(bits: number, strength: number): boolean {
  return ((bits ^ FULL_MATCH) & (MASKS[strength] as number)) === 0;
}

/** The first position from `from` up to `limit` whose byte is not zero. */
function zerosEnd(bytes: Uint8Array, from: number, limit: number): number {
  let position = from;
  while (position < limit && bytes[position] === 0) position++;
  return position;
}
