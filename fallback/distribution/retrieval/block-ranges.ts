/** BLOCK_RANGE and SEGMENT_RANGE: consecutive blocks of a segment, or segments of a list. [MS-PCCRR] 2.2.1.1, 2.2.1.2 */
export interface BlockRange {
  readonly index: number;
  readonly count: number;
}

/** Ranges as Windows sends them: rising, none that overlaps or touches another. [MS-PCCRR] note 4 */
export function rangesOf(rising: Iterable<number>): BlockRange[] {
  const ranges: { index: number; count: number }[] = [];
  for (const index of rising) {
    const last = ranges.at(-1);
    if (last !== undefined && last.index + last.count === index) last.count += 1;
    else ranges.push({ index, count: 1 });
  }
  return ranges;
}

/**
 * Which indexes below `size` any ranges select, rising. What they select beyond is nothing there; many that overlap
 * take no longer than their number and `size`.
 */
export function selected(ranges: readonly BlockRange[], size: number): number[] {
  /** How many ranges begin at an index, less those that ended before it. */
  const begun = new Int32Array(size + 1);
  for (const { index, count } of ranges) {
    const end = Math.min(index + count, size);
    if (index >= end) continue;
    begun[index] = (begun[index] as number) + 1;
    begun[end] = (begun[end] as number) - 1;
  }
  const indexes: number[] = [];
  for (let index = 0, depth = 0; index < size; index++) {
    depth += begun[index] as number;
    if (depth > 0) indexes.push(index);
  }
  return indexes;
}

/** What both have, rising. */
export function intersection(a: readonly number[], b: readonly number[]): number[] {
  const other = new Set(b);
  return a.filter((it) => other.has(it));
}
