import { isIPv6 } from 'node:net';
import type { NetworkInterface, SocketAddress } from '../../lib/backend/contract/host.js';
import { sameSubnet } from '../wire/subnet.js';

type Address = Omit<SocketAddress, 'port'>;

/** The interface on whose link an address is, as far as its scope or the subnets of the machine tell. */
export function linkOf(
  interfaces: readonly NetworkInterface[],
  { address, scope }: Address,
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
