// `npm run build:doubles`: makes ahead what tests under Wine share, as many pieces at a time as there are cores. Without
// it, the first test that wants a piece makes it, and others wait.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** @type {{ module: typeof import('../test/native/pieces.ts') }} */
const {
  module: { PIECES },
} = await runnerImport('/test/native/pieces.ts', { configFile: false });

const [piece] = process.argv.slice(2);
if (piece === undefined) {
  const left = Object.keys(PIECES);
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [status] = await once(fork(fileURLToPath(import.meta.url), [next]), 'exit');
        if (status !== 0) throw new Error(`${next} can't be made`);
      }
    }),
  );
} else {
  PIECES[piece]?.();
}
