import type { RingId } from './ring.js';

/** Where a node can be reached. To the ring an address is an opaque key. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the ring knows of a registered id: where its node is. All addresses of a node share one port. */
export interface RingEntry {
  readonly id: RingId;
  readonly port: number;
  readonly addresses: readonly string[];
}

/**
 * What makes a node a member of a list of endpoints: one of its endpoints, or one of its addresses with whatever
 * port. The two differ where several nodes share a host.
 */
// UNCONFIRMED: pnrp.path-membership
export type Membership = 'endpoint' | 'address';

/** One text for an address and port, to look things up by. */
export function endpointKey(address: string, port: number): string {
  return `${address}:${port}`;
}

export function endpointKeys(entry: RingEntry): string[] {
  return entry.addresses.map((address) => endpointKey(address, entry.port));
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/** The same port and the same set of addresses, in any order. */
export function sameEndpoints(a: RingEntry, b: RingEntry): boolean {
  return a.port === b.port && includesAll(a.addresses, b.addresses) && includesAll(b.addresses, a.addresses);
}

/** Whether one of `listed` belongs to the node of `entry`. */
export function isListed(entry: RingEntry, listed: readonly Endpoint[], membership: Membership): boolean {
  return listed.some(
    ({ address, port }) => (membership === 'address' || port === entry.port) && entry.addresses.includes(address),
  );
}

function includesAll(all: readonly string[], some: readonly string[]): boolean {
  return some.every((address) => all.includes(address));
}
