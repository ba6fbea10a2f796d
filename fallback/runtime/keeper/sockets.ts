import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { createServer, type Socket, connect as startConnecting } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The shortest that a system allows for a socket's path, macOS, without the end of the text. */
const PATH_MAX = 103;

/** How a socket says that nobody listens on it any more. */
const DEAD: readonly unknown[] = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];

/** Where a keeper listens: in its folder, or, where that is too long a path, in one of its own; a pipe has a name only. */
export async function choosePath(folder: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\winpeer-${randomBytes(16).toString('hex')}`;
  const path = join(folder, 'socket');
  return Buffer.byteLength(path) <= PATH_MAX ? path : join(await mkdtemp(join(tmpdir(), 'winpeer-')), 'socket');
}

/** Takes connections, which wait until somebody answers them. It keeps no process alive. */
export interface Listener {
  answer(take: (socket: Socket) => void): void;
  /** Connections that were answered stay. */
  close(): void;
}

/** For this user alone. */
export async function listen(path: string): Promise<Listener> {
  const waiting: Socket[] = [];
  let take = (socket: Socket): void => void waiting.push(socket);
  const server = createServer({ pauseOnConnect: true }, (socket) => take(forgetErrors(socket)));
  // Windows gives a pipe to its maker and to administrators.
  server.listen({ path, readableAll: false, writableAll: false });
  await once(server, 'listening');
  // Of a connection that could not be accepted; whoever made it tries again.
  server.on('error', () => undefined);
  if (process.platform !== 'win32') await chmod(path, 0o600);
  server.unref();
  return {
    answer: (by) => {
      take = by;
      for (const socket of waiting.splice(0)) take(socket);
    },
    close: () => {
      server.close();
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}

/** Undefined where nobody listens. */
export async function connect(path: string, folder: string): Promise<Socket | undefined> {
  try {
    await checkOwner(path, folder);
    const socket = startConnecting(path);
    await once(socket, 'connect');
    return forgetErrors(socket);
  } catch (error) {
    if (DEAD.includes((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/** Removes what `choosePath` and `listen` made outside of the folder; a listener that goes on is not heard any more. */
export async function removePath(path: string, folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await rm(path, { force: true });
  if (dirname(path) !== folder) await rmdir(dirname(path)).catch(() => undefined);
}

/** In the folder for everybody's temporary files somebody else may have made what a keeper left. */
async function checkOwner(path: string, folder: string): Promise<void> {
  if (process.platform === 'win32' || dirname(path) === folder) return;
  const { uid, mode } = await lstat(dirname(path));
  if (uid === process.getuid?.() && (mode & 0o077) === 0) return;
  throw Object.assign(new Error(`${dirname(path)} is not this user's alone`), { code: 'EACCES' });
}

/** What broke a connection matters to nobody: what was lost is asked for again. */
function forgetErrors(socket: Socket): Socket {
  return socket.on('error', () => undefined);
}
