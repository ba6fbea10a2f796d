import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { CountsReporter } from './test/reporter.ts';
import { LongFirst } from './test/sequencer.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/needs.ts'],
    reporters: ['default', new CountsReporter()],
    pool: 'threads',
    // One more than cores: much of the time is waiting for other processes and for the protocol's own time-outs.
    maxWorkers: availableParallelism() + 1,
    // No module of the package holds state, so files can share them.
    isolate: false,
    sequence: { sequencer: LongFirst },
    // Against what hangs; a machine that others use may be ten times slower than one's own.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
