import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreFormatError } from '../../../lib/errors.js';

const FORMAT = 'winpeer-cache';
/** Of the folder: names of files and the index. */
const VERSION = 1;

/** Whether the folder's content is what this release writes, as it says from now on. Rejects what a newer one wrote. */
export async function checkFormat(folder: string): Promise<boolean> {
  const file = join(folder, 'format.json');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { format, version } = await read(file);
  if (format === FORMAT && Number(version) > VERSION) throw new StoreFormatError(file, 'newer');
  if (format === FORMAT && version === VERSION) return true;
  const draft = `${file}.draft`;
  await writeFile(draft, `${JSON.stringify({ format: FORMAT, version: VERSION })}\n`, { mode: 0o600 });
  await rename(draft, file);
  return false;
}

async function read(file: string): Promise<{ readonly format?: unknown; readonly version?: unknown }> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) ?? {};
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
