import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the Node.js for Windows: gone with it, never in git. */
const FOLDER = join(import.meta.dirname, 'windows', 'node_modules', '.cache');

/** A folder that is slow to make, kept under a name that says all that went into it. */
export function cached(name: string, make: (folder: string) => void): string {
  const kept = join(FOLDER, name);
  if (existsSync(kept)) return kept;
  const folder = scratch(`${name}-`);
  try {
    make(folder);
    renameSync(folder, kept);
  } catch (error) {
    rmSync(folder, { recursive: true });
    // Another worker may have been faster.
    if (!existsSync(kept)) throw error;
  }
  return kept;
}

/** A new folder on the same file system. */
export function scratch(prefix: string): string {
  mkdirSync(FOLDER, { recursive: true });
  return mkdtempSync(join(FOLDER, prefix));
}
