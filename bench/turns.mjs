// Figures that a busy machine does not bend: the candidates take turns, the median of their rounds counts, and time in
// which the processor was another process' does not.

/** @param {readonly number[]} values @param {number} [share] */
export function quantile(values, share = 0.5) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * The nanoseconds of the processor that a call of each candidate took in each round; every round runs them all, each for about `ms`.
 * @param {readonly ((index: number) => unknown)[]} candidates
 * @param {{ readonly rounds: number, readonly ms: number }} options
 */
export function inTurns(candidates, { rounds, ms }) {
  for (const call of candidates) spend(call, ms); // Compiles it.
  const turns = candidates.map((call) => {
    return { call, calls: Math.ceil((ms * 1e6) / spend(call, ms)), figures: /** @type {number[]} */ ([]) };
  });
  for (let round = 0; round < rounds; round++) {
    for (const { call, calls, figures } of turns) {
      const start = processorTime();
      repeat(call, calls);
      figures.push((processorTime() - start) / calls);
    }
  }
  return turns.map(({ figures }) => figures);
}

/** What a call takes on average, by calling it for `ms`. @param {(index: number) => unknown} call @param {number} ms */
function spend(call, ms) {
  const start = processorTime();
  for (let calls = 0; ; ) {
    repeat(call, 1000);
    calls += 1000;
    const spent = processorTime() - start;
    if (spent > ms * 1e6) return spent / calls;
  }
}

/** @param {(index: number) => unknown} call @param {number} calls */
function repeat(call, calls) {
  let last;
  for (let index = 0; index < calls; index++) last = call(index);
  return last;
}

/** In nanoseconds. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return 1000 * (user + system);
}
