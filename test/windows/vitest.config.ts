import { defineConfig } from 'vitest/config';

/** For `npm run test:windows` alone: on the DLLs of a Windows machine, one file after the other. */
export default defineConfig({
  test: {
    include: ['test/windows/*.windows.ts'],
    globalSetup: ['test/needs.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
