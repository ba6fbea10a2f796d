import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createPlatform, type Platform } from 'winpeer';
import type { ContentServer } from 'winpeer/distribution';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Headers of a current Windows client, [MS-PCCRTP] 4. */
export const WINDOWS = {
  'accept-encoding': 'gzip, deflate, peerdist',
  'x-p2p-peerdist': 'Version=1.1',
  'x-p2p-peerdistex': 'MinContentInformation=1.0, MaxContentInformation=2.0',
};
/** Of one of Windows 7. */
export const WINDOWS_7 = { 'accept-encoding': 'peerdist', 'x-p2p-peerdist': 'Version=1.0' };

/** Folders, platforms and HTTP servers of a test, which end with it. */
export class Scene {
  readonly #folders: string[] = [];
  readonly #platforms: Platform[] = [];
  readonly #servers: Server[] = [];

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'winpeer-test-'));
    this.#folders.push(folder);
    return folder;
  }

  /** Writes a file that nobody has touched for an hour. */
  file(folder: string, name: string, content: Uint8Array | string, age = 3600): string {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    const then = Date.now() / 1000 - age;
    utimesSync(file, then, then);
    return file;
  }

  platform(options: { readonly home?: string; readonly readings?: Readonly<Record<string, string>> } = {}): Platform {
    const platform = createPlatform({ backend: 'fallback', home: this.folder(), ...options });
    this.#platforms.push(platform);
    return platform;
  }

  /** The URL of its root. */
  async listen(listener: RequestListener): Promise<string> {
    // What waits for the end of a connection shall not get it from a timer.
    const server = createServer({ keepAliveTimeout: 0 }, listener);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await Promise.all(this.#platforms.map((platform) => platform.close({ abrupt: true })));
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** One request whose answer nobody decodes. */
export function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    // The path as it is: a URL object would tidy it.
    const path = url.slice(url.indexOf('/', 'http://'.length));
    const asked = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (bytes: Buffer) => parts.push(bytes));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Asks as a client of Windows does, until the content information is there: once, then when the hashes are. */
export async function askForInformation(
  server: ContentServer,
  url: string,
  headers: Record<string, string> = WINDOWS,
): Promise<Answer> {
  await ask(url, headers);
  await server.settled();
  return ask(url, headers);
}

/** Bytes that differ everywhere: X(n) of the published check values. */
export function content(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let x = 0x12345678;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x & 0xff;
  }
  return bytes;
}
