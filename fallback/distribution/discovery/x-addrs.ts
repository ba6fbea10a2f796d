import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterface, SocketAddress } from '../../../lib/backend/contract/host.js';
import { addressScope, addressText, packAddress } from '../../wire/ipv6.js';
import { linkOf } from '../../wire/links.js';
import { isServicePort } from '../service-port.js';

/** Where the retrieval server of an answer can be reached: `address:port`, without a scheme. [MS-PCCRD] 2.2.3.8 */
export function formatXAddr({ address, port }: SocketAddress, zone?: number): string {
  if (isIPv4(address)) return `${address}:${port}`;
  return zone === undefined ? `[${address}]:${port}` : `[${address}%${zone}]:${port}`;
}

/**
 * The address that a word of XAddrs stands for, where it is on the link that the answer came from: whoever answers must
 * not make others connect to somebody else's network, nor to any port. [MS-PCCRD] 3.1.4.1
 */
export function readXAddr(word: string, link: NetworkInterface, from: SocketAddress): SocketAddress | undefined {
  const [, v6, v4, digits = ''] = /^(?:\[([\da-f:.]+)(?:%[^\]]*)?\]|([\d.]+)):(\d{1,5})$/i.exec(word) ?? [];
  const port = Number(digits);
  if (!isServicePort(port)) return undefined;
  if (v4 !== undefined) return isIPv4(v4) && isNeighbour(v4, link, from) ? { address: v4, port } : undefined;
  if (v6 === undefined || !isIPv6(v6)) return undefined;
  const packed = packAddress(v6);
  const address = addressText(packed);
  // A zone is known to its owner alone: here the interface counts by which the answer came.
  if (addressScope(packed) === 'link-local') return { address, port, scope: link.name };
  return isNeighbour(address, link, from) ? { address, port } : undefined;
}

function isNeighbour(address: string, link: NetworkInterface, from: SocketAddress): boolean {
  return address === from.address || linkOf([link], { address }) !== undefined;
}
