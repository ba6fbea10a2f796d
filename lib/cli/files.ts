import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { Exit } from './session.js';

/** Modes of new files: for the user alone, and whatever the user's mask leaves. */
export const OWNER = 0o600;
export const ANYBODY = 0o666;

/** Before the work whose result goes there is begun. */
export async function refuseFolder(out: string): Promise<void> {
  const there = await stat(out).catch(() => undefined);
  if (there?.isDirectory()) throw new Exit('USAGE', `--out takes a file, and ${out} is a folder`);
}

/** For what is secret: nobody else reads it, no file is overwritten by mistake, and a part of it is not left. */
export async function writeNewFile(path: string, content: string | Uint8Array): Promise<void> {
  await create(path, OWNER, async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
}

/** Who looks at the file finds all of it, with this mode, or what was there before. */
export async function replaceFile(
  path: string,
  mode: number,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${randomUUID()}.part`;
  await create(draft, mode, write);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function create(path: string, mode: number, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await write(file);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
