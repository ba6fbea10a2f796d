import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the Node.js for Windows: gone with it, never in git. */
const FOLDER = join(import.meta.dirname, 'windows', 'node_modules', '.cache');

/** Nothing here takes as long to make: who claimed it was ended. */
const ABANDONED_MS = 300_000;

/** A folder that is slow to make, kept under a name that says all that went into it. One worker makes it, others wait. */
export function cached(name: string, make: (folder: string) => void): string {
  const kept = join(FOLDER, name);
  const claim = `${kept}.claim`;
  mkdirSync(FOLDER, { recursive: true });
  while (!existsSync(kept)) {
    if (claimed(claim)) {
      const folder = scratch(`${name}-`);
      try {
        make(folder);
        if (!existsSync(kept)) renameSync(folder, kept);
      } finally {
        rmSync(folder, { recursive: true, force: true });
        rmSync(claim, { recursive: true, force: true });
      }
    } else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  return kept;
}

/** A new folder on the same file system. */
export function scratch(prefix: string): string {
  mkdirSync(FOLDER, { recursive: true });
  return mkdtempSync(join(FOLDER, prefix));
}

function claimed(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > ABANDONED_MS) rmSync(path, { recursive: true, force: true });
    return false;
  }
}
