import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import type { ContentAnswer } from '../distribution/index.js';
import { type Endpoint, listenAdvice, parseEndpoint } from './endpoint.js';
import { readSecret, type SecretOptions, withSecret } from './secret.js';
import { action, Exit, interrupted, type Session } from './session.js';

interface ServeOptions extends SecretOptions {
  readonly listen?: Endpoint;
}

export function addServe(dist: Command): void {
  withSecret(dist.command('serve'))
    .description('serve a folder over HTTP, with content information for clients with BranchCache, until Ctrl-C')
    .argument('<dir>')
    .option('--listen <address>', 'address:port, [ipv6]:port or port (default 8080)', parseEndpoint)
    .action(action(serve));
}

export async function serve({ platform, out, signal }: Session, root: string, options: ServeOptions): Promise<void> {
  const secret = await readSecret(options, out);
  if (!(await stat(root)).isDirectory()) throw new Exit('USAGE', `${root} is no folder`);
  const content = platform.distribution.contentServer({
    root,
    ...(secret === undefined ? {} : { secret }),
    onHashed: ({ path, bytes }) => out.print({ event: 'hashed', path, bytes }, `hashed ${path}`),
    onAnswer: (answer) => out.print({ event: 'request', ...answer }, readable(answer)),
  });
  // A secret that can't be is said before anybody asks.
  await content.settled();
  const server = createServer(content.handler);
  await listen(server, options.listen ?? { port: 8080 });
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address === '::' ? '::1' : address}]` : address}:${port}/`;
  out.print({ event: 'listening', url }, `serving ${root} at ${url}`);
  await interrupted(signal);
  server.close();
  server.closeAllConnections();
  await content.close();
}

async function listen(server: Server, { address, port }: Endpoint): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenAdvice(error, port)));
    server.listen({ port, ...(address === undefined ? {} : { host: address }) }, resolve);
  });
}

function readable({ method, path, status, kind, bytes, remote }: ContentAnswer): string {
  const what = kind === 'none' ? '' : `, ${bytes} bytes of ${kind === 'content' ? 'content' : 'content information'}`;
  return `${remote} ${method} ${path}: ${status}${what}`;
}
