import { isIPv6 } from 'node:net';
import type { HostedCacheLocation } from '../../lib/backend/contract/distribution.js';
import type { HttpRemote } from '../../lib/backend/contract/http.js';
import { invalidParameter } from './checks.js';

/** [MS-PCCRR] 2.1, [MS-PCHC] 2.1 */
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Where a hosted cache is. */
export interface HostedCachePlace {
  /** Of the protocol of offers. */
  readonly version: 1 | 2;
  readonly offers: HttpRemote;
  readonly retrieval: HttpRemote;
}

export function readHostedCache(given: string | HostedCacheLocation, operation: string): HostedCachePlace {
  const { url, retrievalPort, roots }: HostedCacheLocation = typeof given === 'string' ? { url: given } : given;
  const { protocol, hostname, port, pathname, search, username } = parse(url, operation);
  const secure = protocol === 'https:';
  if ((!secure && protocol !== 'http:') || hostname === '' || pathname !== '/' || search !== '' || username !== '') {
    throw invalidParameter(operation, `a hosted cache is http://host:port or https://host:port, not ${url}`);
  }
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  const address = isIPv6(bare) ? bare : hostname;
  const offersPort = port === '' ? (secure ? HTTPS_PORT : HTTP_PORT) : Number(port);
  const blocksPort = retrievalPort ?? (secure ? HTTP_PORT : offersPort);
  if (!(Number.isInteger(blocksPort) && blocksPort >= 1 && blocksPort <= 0xffff)) {
    throw invalidParameter(operation, `a port is from 1 to 65535, not ${blocksPort}`);
  }
  const tls = roots === undefined ? {} : { roots };
  return {
    version: secure ? 1 : 2,
    offers: { address, port: offersPort, ...(secure ? { tls } : {}) },
    retrieval: { address, port: blocksPort },
  };
}

function parse(url: string, operation: string): URL {
  try {
    return new URL(url);
  } catch (error) {
    throw invalidParameter(operation, `${url} is no URL: ${(error as Error).message}`);
  }
}
