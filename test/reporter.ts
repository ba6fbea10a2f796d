import { relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { installLine } from './needs.ts';

/** Closes a run with the slowest files, the tools that skipped suites lack, and one line of counts. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      // A file that failed to load, or a suite whose hooks failed, has no failed test of its own.
      if (module.errors().length > 0) counts.failed++;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state]++;
      }
    }
    if (modules.length > 0) console.log(`slowest: ${slowest(modules).join(', ')}`);
    const suites = modules.flatMap((module) => [...module.children.allSuites()]);
    for (const need of new Set(suites.flatMap((suite) => suite.meta().missing ?? []))) console.log(installLine(need));
    const { passed, failed, skipped } = counts;
    // A run that proved nothing is no success.
    if (passed === 0 || failed > 0) process.exitCode = 1;
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}

function slowest(modules: readonly TestModule[]): string[] {
  return modules
    .map((module) => {
      const { collectDuration, duration } = module.diagnostic();
      return { path: relative(process.cwd(), module.moduleId), seconds: (collectDuration + duration) / 1000 };
    })
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
    .map(({ path, seconds }) => `${path} ${seconds.toFixed(1)} s`);
}
