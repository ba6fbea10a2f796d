import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SocketAddress } from '../distribution/index.js';
import { parseCount } from './arguments.js';
import { byteText } from './byte-text.js';
import { type Endpoint, everywhere, formatEndpoint, parseEndpoint, parseLoopback, parseRedis } from './endpoint.js';
import { fields } from './output.js';
import { action, Exit, interrupted, type Session } from './session.js';

/** The commands of the caches: a peer's, a hosted one, this machine's. */
export function addCaches(dist: Command): void {
  dist
    .command('peer')
    .description('serve this machine’s cache to the subnet until Ctrl-C')
    .option('--listen <address>', 'address:port, [ipv6]:port or port (default a free port)', parseEndpoint)
    .action(action(peer));

  dist
    .command('cache')
    .description('run a hosted cache until Ctrl-C')
    .requiredOption('--listen <address>', 'address:port, [ipv6]:port or port; clients of Windows use 80', parseEndpoint)
    .option('--https <address>', 'where clients of Windows 7 offer; they use 443', parseEndpoint)
    .option('--certificate <file>', 'PEM, for --https')
    .option('--key <file>', 'PEM, for --https')
    .option('--metrics <address>', 'where /metrics is, on loopback', parseLoopback)
    .option('--dir <dir>', 'folder of the cache (default the home’s)')
    .option('--redis <url>', 'a Redis server in place of the folder, which several hosted caches may share', parseRedis)
    .option('--size <bytes>', 'that it may take (default 5 % of the disk, 1 GiB of Redis)', parseCount)
    .action(action(cache));

  dist.command('status').description('what the home keeps of contents').action(action(status));
  dist.command('flush').description('remove what the home keeps of contents').action(action(flush));
}

async function peer({ platform, out, signal }: Session, { listen }: { readonly listen?: Endpoint }): Promise<void> {
  await using served = await platform.distribution.peerCache(
    listen === undefined ? {} : { listen: everywhere(listen) },
  );
  const { fault } = await platform.distribution.cache.usage();
  if (fault !== undefined) out.warn(fault);
  const addresses = served.addresses.map(formatEndpoint);
  out.print({ event: 'listening', addresses }, `serving this machine’s cache at ${addresses.join(', ')}`);
  await interrupted(signal);
}

interface CacheOptions {
  readonly listen: Endpoint;
  readonly https?: Endpoint;
  readonly certificate?: string;
  readonly key?: string;
  readonly metrics?: Required<Endpoint>;
  readonly dir?: string;
  readonly redis?: string;
  readonly size?: number;
}

async function cache({ platform, out, signal }: Session, options: CacheOptions): Promise<void> {
  const { listen, metrics, dir, redis, size } = options;
  if (dir !== undefined && redis !== undefined) throw new Exit('USAGE', 'give either --dir or --redis');
  const https = await readHttps(options);
  await using hosted = await platform.distribution.hostedCache({
    listen: everywhere(listen),
    ...(https === undefined ? {} : { https }),
    ...(metrics === undefined ? {} : { metrics }),
    store: {
      ...(dir === undefined ? {} : { folder: dir }),
      ...(redis === undefined ? {} : { redis }),
      ...(size === undefined ? {} : { limit: size }),
    },
  });
  const { fault } = await hosted.usage();
  if (fault !== undefined) out.warn(fault);
  const { addresses, httpsAddresses, metricsAddress } = hosted;
  const urls = {
    url: `http://${formatEndpoint(addresses[0] as SocketAddress)}`,
    addresses: addresses.map(formatEndpoint),
    https: httpsAddresses.map((it) => `https://${formatEndpoint(it)}`),
    metrics: metricsAddress === undefined ? null : `http://${formatEndpoint(metricsAddress)}/metrics`,
  };
  const more = [...urls.https, urls.metrics].filter((it) => it !== null);
  out.print({ event: 'listening', ...urls }, `hosted cache at ${[...urls.addresses, ...more].join(', ')}`);
  await interrupted(signal);
}

async function readHttps({ https, certificate, key }: CacheOptions) {
  if (https === undefined && certificate === undefined && key === undefined) return undefined;
  if (https === undefined || certificate === undefined || key === undefined) {
    throw new Exit('USAGE', '--https, --certificate and --key go together');
  }
  const [pem, privateKey] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')]);
  const parsed = readable(certificate, 'certificate', () => new X509Certificate(pem));
  const parsedKey = readable(key, 'private key', () => createPrivateKey(privateKey));
  if (!parsed.checkPrivateKey(parsedKey)) throw new Exit('USAGE', `${key} is not the key of ${certificate}`);
  return { listen: everywhere(https), certificate: pem, privateKey };
}

/** OpenSSL does not say which file it refuses. */
function readable<T>(file: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Exit('USAGE', `${file} holds no ${what} in PEM: ${(error as Error).message}`);
  }
}

async function status({ platform, out }: Session): Promise<void> {
  const { status: state, minVersion, maxVersion } = await platform.distribution.status();
  const usage = await platform.distribution.cache.usage();
  const { segments, blocks, bytes, limit, fault } = usage;
  const share = limit > 0 ? ` (${Math.round((100 * bytes) / limit)} %)` : '';
  out.print(
    { status: state, minVersion, maxVersion, ...usage },
    fields([
      ['status', state],
      ['content information', `version ${minVersion} to ${maxVersion}`],
      ['cache', `${byteText(bytes)} of ${byteText(limit)}${share}, ${blocks} blocks of ${segments} segments`],
      ...(fault === undefined ? [] : [['problem', fault] as const]),
    ]),
  );
}

async function flush({ platform, out }: Session): Promise<void> {
  const { bytes } = await platform.distribution.cache.usage();
  await platform.distribution.cache.clear();
  out.print({ bytes }, bytes === 0 ? 'the cache was empty' : `removed ${byteText(bytes)}`);
}
