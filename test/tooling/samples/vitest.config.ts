import { defineConfig } from 'vitest/config';
import { CountsReporter } from '../../reporter.ts';

/** Runs the samples beside it, whose outcomes test/tooling/counts.test.ts knows. */
export default defineConfig({
  test: {
    dir: import.meta.dirname,
    include: ['*.sample.ts'],
    globalSetup: ['test/needs.ts'],
    reporters: ['default', new CountsReporter()],
    pool: 'threads',
  },
});
