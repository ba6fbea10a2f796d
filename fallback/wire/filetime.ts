/** FILETIME: 100 ns ticks since 1601-01-01 UTC. */
const EPOCH_DIFFERENCE_MS = 11_644_473_600_000n;

export const TICKS_PER_SECOND = 10_000_000n;

export function filetimeFromDate(date: Date): bigint {
  return (BigInt(date.getTime()) + EPOCH_DIFFERENCE_MS) * 10_000n;
}

/** Precision below a millisecond is lost. */
export function dateFromFiletime(ticks: bigint): Date {
  return new Date(Number(ticks / 10_000n - EPOCH_DIFFERENCE_MS));
}
