import { isIPv6 } from 'node:net';
import type { NetworkInterface, SocketAddress } from '../../lib/backend/contract/host.js';
import { hexOf } from './byte-string.js';
import { packAddress } from './ipv6.js';

/** The interface on whose link an address is, as far as its scope or the subnets of the machine tell. */
export function linkOf(
  interfaces: readonly NetworkInterface[],
  { address, scope }: Omit<SocketAddress, 'port'>,
): NetworkInterface | undefined {
  if (scope !== undefined) return interfaces.find((it) => it.name === scope);
  return interfaces.find((it) => neighbour(it, address) !== undefined);
}

/** The own address on a link that is in one subnet with another; undefined where none is. */
export function neighbour({ addresses, prefixes, loopback }: NetworkInterface, address: string): string | undefined {
  if (loopback) return undefined;
  return addresses.find((own, index) => sameSubnet(own, address, prefixes?.[index] ?? (isIPv6(own) ? 64 : 24)));
}

/** Whether groups of a family are spoken to on a link. */
export function carries({ addresses, loopback }: NetworkInterface, group: string): boolean {
  return !loopback && addresses.some((address) => isIPv6(address) === isIPv6(group));
}

/** Whether two addresses of one family agree in their first `prefix` bits. */
function sameSubnet(a: string, b: string, prefix: number): boolean {
  if (isIPv6(a) !== isIPv6(b)) return false;
  const width = isIPv6(a) ? 128 : 32;
  return (bits(a) ^ bits(b)) >> BigInt(width - prefix) === 0n;
}

function bits(address: string): bigint {
  if (isIPv6(address)) return BigInt(`0x${hexOf(packAddress(address))}`);
  return address.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
