// Which branches a program went through, by V8's own count, the one that c8 shows. It starts with this module: imported
// first, it also sees what the others do when they are loaded.
import { Session } from 'node:inspector/promises';

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** @typedef {{ readonly module: string, readonly all: number, readonly missed: readonly string[] }} Branches */

/**
 * The branches in the modules whose URLs end as asked; of those in `entered` only in functions that were called. Once:
 * V8 begins to count anew.
 *
 * @param {{ readonly whole: readonly string[], readonly entered: readonly string[] }} modules
 * @returns {Promise<Branches[]>}
 */
export async function branchesOf({ whole, entered }) {
  const { result: scripts } = await session.post('Profiler.takePreciseCoverage');
  return [...whole, ...entered].map((module) => {
    const ranges = scripts
      .filter(({ url }) => url.endsWith(module))
      .flatMap(({ functions }) => functions)
      .filter((it) => whole.includes(module) || Number(it.ranges[0]?.count) > 0)
      .flatMap(({ functionName, ranges: own }) => own.map((range) => ({ functionName, ...range })));
    const missed = ranges.filter(({ count }) => count === 0);
    return { module, all: ranges.length, missed: missed.map((it) => `${it.functionName}:${it.startOffset}`) };
  });
}
