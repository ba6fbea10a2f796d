import * as fc from 'fast-check';
import type { Endpoint, RingEntry } from '#fallback/routing/entry';
import type { RingId } from '#fallback/routing/ring';

/** A node at an address of its own, with one id. */
export function node(id: RingId, name: number | string = id.toString(16)): RingEntry {
  return { id, port: 3540, addresses: [`address of ${name}`] };
}

export function endpointOf(entry: RingEntry): Endpoint {
  return { address: entry.addresses[0] ?? '', port: entry.port };
}

export const self: Endpoint = { address: 'own address', port: 3540 };

/** Places all over the ring, and close together. */
export const anyId: fc.Arbitrary<RingId> = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  fc.bigInt({ min: 0n, max: 64n }),
  fc.bigInt({ min: (1n << 256n) - 64n, max: (1n << 256n) - 1n }),
  fc.bigInt({ min: (1n << 255n) - 64n, max: (1n << 255n) + 64n }),
);
