import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

/** What a content server serves: contents by the path of their URL. A folder of files, or anything of the program's own. */
export interface ContentStore {
  /** The content at a path, which begins with `/` and is decoded; undefined where there is none. */
  find(path: string): Promise<StoredContent | undefined>;
}

/** One content as it is now: what it gives must be what `etag` stands for. */
export interface StoredContent {
  /** Bytes. */
  readonly length: number;
  /** A strong validator with its quotes, another one whenever the bytes are others. */
  readonly etag: string;
  readonly lastModified?: Date;
  /** `Content-Type`; `application/octet-stream` unless given. */
  readonly type?: string;
  /** The bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes of a file that are read at a time. */
const PIECE = 256 * 1024;

/** The files of a folder. Names that begin with a dot are not served, nor is what a link finds outside of it. */
export function folderStore(root: string): ContentStore {
  const top = resolve(root);
  return {
    async find(path) {
      const parts = path.split('/').slice(1);
      if (parts.at(-1) === '') parts[parts.length - 1] = 'index.html';
      if (parts.some((it) => it === '' || it.startsWith('.') || /[\0\\]/.test(it) || it.includes(sep)))
        return undefined;
      try {
        const [base, file] = await Promise.all([realpath(top), realpath(join(top, ...parts))]);
        if (!file.startsWith(base.endsWith(sep) ? base : base + sep)) return undefined;
        // One handle for all that is said about it: whatever takes the file's name meanwhile is another content.
        return await storedFile(await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)), file);
      } catch (error) {
        if (NOT_THERE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
        throw error;
      }
    },
  };
}

const NOT_THERE: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
]);

async function storedFile(handle: FileHandle, file: string): Promise<StoredContent | undefined> {
  const stats = await handle.stat({ bigint: true });
  if (!stats.isFile()) {
    await handle.close();
    return undefined;
  }
  const { default: mime } = await import('mime/lite');
  const stamp = [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].map((it) => it.toString(36)).join('-');
  return {
    length: Number(stats.size),
    etag: `"${stamp}"`,
    lastModified: stats.mtime,
    type: mime.getType(file) ?? 'application/octet-stream',
    read: (start, end) => readFile(handle, start, end),
    close: () => handle.close(),
  };
}

async function* readFile(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const { bytesRead, buffer } = await handle.read(
      Buffer.allocUnsafe(Math.min(PIECE, end - at)),
      0,
      Math.min(PIECE, end - at),
      at,
    );
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
