import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { HeldBlock } from './index-records.js';

/*
 * Blocks as files, `<two digits of the identifier>/<identifier>.<index>`. A file says nothing: the index tells which are
 * blocks, how long they are and their checksum. So one that was cut short, or that nobody asks for, does no harm, and nobody
 * waits for the disk: what the system was given survives the process, and what a power cut takes away costs a miss.
 */
export class BlockFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(id: string, index: number, bytes: Uint8Array): Promise<void> {
    const handle = await this.#create(id, index);
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
  }

  /** Undefined where the file is not what the index says. */
  async read(id: string, index: number, { length, checksum }: HeldBlock): Promise<Uint8Array | undefined> {
    const handle = await open(this.#path(id, index), 'r').catch(missing);
    if (handle === undefined) return undefined;
    try {
      // A byte more, which must not be there.
      const buffer = new Uint8Array(length + 1);
      const { bytesRead } = await handle.read(buffer, 0, length + 1, 0);
      const bytes = buffer.subarray(0, length);
      return bytesRead === length && crc32(bytes) === checksum ? bytes : undefined;
    } finally {
      await handle.close();
    }
  }

  async remove(id: string, index: number): Promise<void> {
    await rm(this.#path(id, index), { force: true });
  }

  /** The names of the folders. */
  async folders(): Promise<string[]> {
    return (await readdir(this.#folder).catch(missing)) ?? [];
  }

  /** Blocks that have a file in a folder. */
  async names(folder: string): Promise<{ readonly id: string; readonly index: number }[]> {
    const files = (await readdir(join(this.#folder, folder)).catch(missing)) ?? [];
    return files.flatMap((file) => {
      const [, id, index] = /^([0-9a-f]{64,128})\.(\d{1,3})$/.exec(file) ?? [];
      return id === undefined ? [] : [{ id, index: Number(index) }];
    });
  }

  /** For its owner alone: blocks are plain. */
  async #create(id: string, index: number): Promise<FileHandle> {
    const path = this.#path(id, index);
    const handle = await open(path, 'w', 0o600).catch(missing);
    if (handle !== undefined) return handle;
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    return open(path, 'w', 0o600);
  }

  #path(id: string, index: number): string {
    return join(this.#folder, id.slice(0, 2), `${id}.${index}`);
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
