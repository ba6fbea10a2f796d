import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { FileLook, ThreadFiles } from '../../lib/backend/contract/host.js';

/** Files of this machine, for threads that may wait for a disk. */
export const threadFiles: ThreadFiles = {
  look: (path) => lookOf(path, statSync(path)),
  read(path, { version }, position, into) {
    const file = openSync(path, 'r');
    try {
      let done = 0;
      for (let read = -1; read !== 0; done += read) {
        read = readSync(file, into, done, into.length - done, position + done);
      }
      // Behind the reading: what was read belongs to no later version.
      if (done < into.length || lookOf(path, fstatSync(file)).version !== version) {
        throw systemError('ESTALE', `${path} has changed while it was read`);
      }
    } finally {
      closeSync(file);
    }
  },
};

function lookOf(path: string, stats: Stats): FileLook {
  if (!stats.isFile()) {
    throw systemError(stats.isDirectory() ? 'EISDIR' : 'EINVAL', `${path} is no regular file`);
  }
  return { length: stats.size, version: `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}` };
}

function systemError(code: string, sentence: string): Error {
  return Object.assign(new Error(`${code}: ${sentence}`), { code });
}
