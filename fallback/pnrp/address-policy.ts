import type { PnrpAddress } from '../../lib/backend/contract/pnrp.js';
import type { Endpoint, RingEntry } from '../routing/entry.js';
import { type AddressScope, addressScope, addressText, type PackedAddress } from '../wire/ipv6.js';
import { Limit } from './constants.js';

/**
 * Which addresses a cloud takes and gives: those of its own scope. So no peer can make a node send to loopback, to a
 * multicast group or into another scope; a cloud bound to loopback speaks to nothing else.
 */
export class AddressPolicy {
  readonly scope: AddressScope;
  /** The interface that a link-local cloud is on. */
  readonly #zone: string | undefined;

  constructor(scope: AddressScope, zone: string | undefined) {
    this.scope = scope;
    this.#zone = zone;
  }

  /** An endpoint as programs write it: without its interface a link-local address is of no use. */
  locate({ address, port }: Endpoint): PnrpAddress {
    const linkLocal = this.#zone !== undefined && addressScope(address) === 'link-local';
    return { address: addressText(address), port, ...(linkLocal ? { scope: this.#zone } : {}) };
  }

  accepts(address: PackedAddress): boolean {
    return addressScope(address) === this.scope;
  }

  /** 3.1.5.11, D-14: an entry with a port of at most 1024 is ignored. */
  acceptsEntry(entry: RingEntry): boolean {
    return entry.port > Limit.RESERVED_PORTS && entry.addresses.every((address) => this.accepts(address));
  }

  /** The same for what is no entry: a seed, or a node that was found otherwise. */
  acceptsEndpoint({ address, port }: Endpoint): boolean {
    return port > Limit.RESERVED_PORTS && this.accepts(address);
  }

  /** Where to send to: RFC 3484 section 6, which among addresses of one scope comes down to the longest common prefix. */
  choose(entry: RingEntry, local: readonly Endpoint[]): Endpoint {
    const { port } = entry;
    if (entry.addresses.length === 1) return { address: entry.addresses[0] as PackedAddress, port };
    return this.sorted(
      entry.addresses.map((address) => ({ address, port })),
      local,
    )[0] as Endpoint;
  }

  /** The nearest to this node first. */
  sorted(endpoints: readonly Endpoint[], local: readonly Endpoint[]): Endpoint[] {
    const common = ({ address }: Endpoint): number =>
      Math.max(0, ...local.map((own) => commonPrefix(own.address, address)));
    return endpoints.toSorted((a, b) => common(b) - common(a));
  }
}

/**
 * Which of the own addresses a datagram leaves from, as its index: RFC 6724 section 5, of which rules 6 and 8 tell
 * addresses of one scope apart. The prefix of an own address is taken for one of 64 bits.
 */
export function sourceFor(to: PackedAddress, own: readonly Endpoint[]): number {
  let best = 0;
  let bestRank = -1;
  for (const [index, { address }] of own.entries()) {
    const rank = (label(address) === label(to) ? 128 : 0) + Math.min(64, commonPrefix(address, to));
    if (rank > bestRank) [best, bestRank] = [index, rank];
  }
  return best;
}

/** RFC 6724 2.1: what unique local, 6to4 and Teredo addresses are told by, and all others. */
function label(address: PackedAddress): number {
  if ((address.charCodeAt(0) & 0xfe) === 0xfc) return 13;
  if (address.startsWith('\x20\x02')) return 2;
  return address.startsWith('\x20\x01\0\0') ? 5 : 1;
}

/** In bits. */
function commonPrefix(a: PackedAddress, b: PackedAddress): number {
  let bytes = 0;
  while (bytes < a.length && a[bytes] === b[bytes]) bytes += 1;
  const difference = a.charCodeAt(bytes) ^ b.charCodeAt(bytes); // 0 behind the end
  return 8 * bytes + Math.clz32(difference << 24);
}
