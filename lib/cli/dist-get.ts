import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { ContentOptions, ContentResponse, FetchProgress } from '../distribution/index.js';
import { isPeerError, PeerError } from '../errors.js';
import { byteText, rateText } from './byte-text.js';
import { parseContentUrl, parseHostedCache } from './endpoint.js';
import { ANYBODY, refuseFolder, replaceFile } from './files.js';
import { action, type Session } from './session.js';

/** Not Found, Gone. */
const NOT_THERE: readonly number[] = [404, 410];

interface GetOptions {
  readonly out: string;
  readonly peers?: boolean;
  readonly hostedCache?: string;
  readonly share?: boolean;
}

export function addGet(dist: Command): void {
  dist
    .command('get')
    .description('fetch a content, from peers where they have it')
    .argument('<url>', 'where a content server has it', parseContentUrl)
    .requiredOption('--out <file>', 'where the content goes')
    .option('--peers', 'ask the peers of this subnet')
    .option('--hosted-cache <url>', 'ask this hosted cache, and offer it what it lacks', parseHostedCache)
    .option('--share', 'keep the content in this machine’s cache, for peers; so does --hosted-cache')
    .action(action(get));
}

export async function get({ platform, out, signal }: Session, url: string, options: GetOptions): Promise<void> {
  await refuseFolder(options.out);
  const begin = performance.now();
  const meter = rateText(begin);
  const { peers, hostedCache, share = hostedCache === undefined ? undefined : true } = options;
  const asked = {
    ...(peers === undefined ? {} : { peers }),
    ...(share === undefined ? {} : { share }),
    ...(hostedCache === undefined ? {} : { hostedCache }),
  };
  const fetched = (sources: ContentOptions): Promise<ContentResponse> =>
    platform.distribution.fetchContent(url, {
      ...sources,
      signal,
      progress: (progress) => out.progress(meter(received(progress), progress.total)),
    });
  const response = await fetched({ peers: false, share: false, ...asked })
    .catch((error: unknown) => {
      // Windows has set for the machine what was not asked for, too.
      if (isPeerError(error, 'ERROR_NOT_SUPPORTED')) return fetched(asked);
      throw error;
    })
    .catch((error: unknown) => {
      throw explained(error);
    });
  const { ok, status, statusText, body } = response;
  if (!ok || body === null) {
    await body?.cancel();
    const sentence = `${url} was answered with ${status} ${statusText}`;
    throw NOT_THERE.includes(status) ? new PeerError('PEER_E_NOT_FOUND', 'dist get', sentence) : new Error(sentence);
  }
  await replaceFile(options.out, ANYBODY, (to) => pipeline(Readable.from(body), to.createWriteStream(), { signal }));
  out.progress('sharing');
  await response.shared;
  const { fromServer, fromPeers, fromHostedCache, fromCache } = response.sources;
  const bytes = fromServer + fromPeers + fromHostedCache + fromCache;
  const ms = Math.round(performance.now() - begin);
  const parts = [
    [fromServer, 'the server'],
    [fromPeers, 'peers'],
    [fromHostedCache, 'the hosted cache'],
    [fromCache, 'this machine’s cache'],
  ] as const;
  const origins = parts.filter(([count]) => count > 0).map(([count, where]) => `${byteText(count)} from ${where}`);
  out.print(
    { bytes, fromServer, fromPeers, fromHostedCache, fromCache, ms },
    `${byteText(bytes)} in ${ms / 1000} s${origins.length === 0 ? '' : `: ${origins.join(', ')}`}`,
  );
}

/** `fetch` says that it failed, and keeps why to itself. */
function explained(error: unknown): unknown {
  const { message, cause } = error as Error;
  if (!(error instanceof TypeError) || !(cause instanceof Error)) return error;
  const { code } = cause as NodeJS.ErrnoException;
  return Object.assign(new Error(`${message}: ${cause.message}`, { cause }), code === undefined ? {} : { code });
}

function received({ fromServer, fromPeers, fromHostedCache, fromCache }: FetchProgress): number {
  return fromServer + fromPeers + fromHostedCache + fromCache;
}
