// What hashes on a thread, with the rolling hash in TypeScript although the process has WebAssembly.
import { start as startTasks } from '#fallback/distribution/content-information/hash-tasks';
import { rollingFinder } from '#fallback/distribution/content-information/rolling-hash';

/** @param {import('#lib/backend/contract/host').ThreadFiles} files */
export const start = (files) => startTasks(files, rollingFinder);
