import { hexOf } from '../wire/byte-string.js';
import type { PackedAddress } from '../wire/ipv6.js';

/*
 * A PNRP ID is 256 bits, as 64 hexadecimal digits: the P2P ID of the peer name above the service location, which is a
 * prefix of 64 bits above a suffix of 64. [MS-PNRP] 1.3.1.2, 3.1.4.4.1.
 */

/** The suffix with which a resolver searches: the middle of all registrations with its prefix. 3.1.4.4. */
const RESOLVER_SUFFIX = '8000000000000000';

export function pnrpId(p2pId: string, serviceLocation: string): string {
  return p2pId + serviceLocation;
}

/** The prefix of service locations near a node with `address`. 3.2.4.1. */
export function servicePrefix(address: PackedAddress): string {
  return hexOf(address.slice(0, 8));
}

/** `prefix` of 8 bytes and `suffix` of 8, which a publisher draws at random (D-22). 3.2.4.1. */
export function serviceLocation(prefix: string, suffix: Uint8Array): string {
  return prefix + Buffer.from(suffix).toString('hex');
}

/** What a resolver looks for. 3.1.4.4. */
export function resolverTarget(p2pId: string, prefix: string): string {
  return p2pId + prefix + RESOLVER_SUFFIX;
}

/** The lower 128 bits. */
export function serviceLocationOf(id: string): string {
  return id.slice(32);
}
