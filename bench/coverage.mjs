// Which branches of our own modules a program went through, by V8's own count.
import { Session } from 'node:inspector/promises';

/** @typedef {{ readonly taken: number, readonly all: number, readonly missed: readonly string[] }} Branches */

/**
 * Runs a task and tells how many of the branches that V8 distinguishes were taken in each module whose URL ends as
 * asked. A function that was never called is one that was not.
 *
 * @template T
 * @param {readonly string[]} modules
 * @param {() => T | Promise<T>} task
 * @returns {Promise<{ result: T, branches: Map<string, Branches> }>}
 */
export async function withBranches(modules, task) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  try {
    const result = await task();
    const { result: scripts } = await session.post('Profiler.takePreciseCoverage');
    const branches = new Map(modules.map((name) => [name, branchesOf(scripts.find(({ url }) => url.endsWith(name)))]));
    return { result, branches };
  } finally {
    session.disconnect();
  }
}

/** @param {import('node:inspector').Profiler.ScriptCoverage | undefined} script @returns {Branches} */
function branchesOf(script) {
  const ranges = (script?.functions ?? []).flatMap(({ functionName, ranges }) =>
    ranges.map(({ count, startOffset, endOffset }) => ({
      count,
      where: `${functionName}:${startOffset}-${endOffset}`,
    })),
  );
  const missed = ranges.filter(({ count }) => count === 0).map(({ where }) => where);
  return { taken: ranges.length - missed.length, all: ranges.length, missed };
}
