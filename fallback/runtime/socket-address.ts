import { isIP } from 'node:net';
import type { SocketAddress } from '../../lib/backend/contract/host.js';

/** Node.js writes the interface of a link-local address behind a percent sign. */
export function toText({ address, scope }: SocketAddress): string {
  return scope === undefined ? address : `${address}%${scope}`;
}

export function fromText(text: string, port: number): SocketAddress {
  const [address = text, scope] = text.split('%');
  return scope === undefined ? { address, port } : { address, port, scope };
}

/** In place of DNS: what is no address is an error, not a question to a name server. */
export function literalLookup(
  text: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = isIP(text);
  callback(family === 0 ? notAnAddress(text) : null, text, family);
}

export function notAnAddress(text: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`not an IP address: ${text}`), { code: 'EINVAL' });
}
