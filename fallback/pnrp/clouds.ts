import type { NetworkInterface } from '../../lib/backend/contract/host.js';
import type { PnrpAddress, PnrpScope } from '../../lib/backend/contract/pnrp.js';
import { PeerError } from '../../lib/errors.js';
import { type AddressScope, addressScope, addressText, packAddress } from '../wire/ipv6.js';

/** A cloud that this machine could take part in. [MS-PNRP] 1.3.3, [MS-PPSEC] 2.2.1.1. */
export interface CloudPlace {
  readonly name: string;
  readonly scope: PnrpScope;
  /** Interface index; 0 for the global cloud. */
  readonly scopeId: number;
  /** Where a node of it could listen. */
  readonly addresses: readonly Omit<PnrpAddress, 'port'>[];
}

export const GLOBAL_CLOUD = 'Global_';
/** PEER_PNRP_ALL_LINK_CLOUDS. */
export const ALL_LINK_CLOUDS = 'PEER_PNRP_ALL_LINKS';

/** The clouds of a machine with these interfaces: none without IPv6. */
export function cloudPlaces(interfaces: readonly NetworkInterface[]): CloudPlace[] {
  const addresses = interfaces.flatMap((it) => it.addresses.filter((address) => address.includes(':')));
  if (addresses.length === 0) return [];
  const global: CloudPlace = {
    name: GLOBAL_CLOUD,
    scope: 'global',
    scopeId: 0,
    addresses: addresses.filter((address) => scopeOf(address) === 'global').map((address) => ({ address })),
  };
  const links = interfaces.filter((it) => !it.loopback);
  const prefixes = links.map(globalPrefix);
  // Where two interfaces share a prefix, it would name two clouds. [MS-PPSEC] 2.2.1.1.
  const isOwn = (prefix: string | undefined): boolean => prefixes.filter((it) => it === prefix).length === 1;
  return [
    global,
    ...links.flatMap((it, index) => {
      const prefix = isOwn(prefixes[index]) ? prefixes[index] : undefined;
      return [
        // An interface without a prefix of its own is named as Windows named one in an invitation, [MS-HGRP] 4.1: the
        // form with an adapter's GUID exists on Windows alone.
        ...linkPlace(it, 'link-local', `LinkLocal_${prefix ?? `ff00::%${it.index}/8`}`),
        ...linkPlace(it, 'site-local', `SiteLocal_${prefix ?? `%${it.index}`}`),
      ];
    }),
  ];
}

export function noAddress(scope: AddressScope, cloud: string, operation: string): PeerError {
  const why = `this machine has no ${scope} IPv6 address to take part in ${cloud}`;
  return new PeerError('PEER_E_CLOUD_IS_DEAD', operation, why);
}

/** A node of a cloud is at an address of its scope and link; or, for tests, at loopback. */
export function checkInCloud({ address, scope: zone }: PnrpAddress, place: CloudPlace, operation: string): void {
  const scope = addressScope(packAddress(address));
  const link = place.addresses[0]?.scope;
  if (scope === 'loopback') return;
  if (scope !== place.scope) {
    const why = `${address} is no address of ${place.name}, whose nodes are at ${place.scope} ones`;
    throw new PeerError('E_INVALIDARG', operation, why);
  }
  if (zone !== undefined && link !== undefined && zone !== link) {
    throw new PeerError('E_INVALIDARG', operation, `${address} is on ${zone}, and ${place.name} on ${link}`);
  }
}

/** The interfaces that have one of these addresses and can be searched by multicast. */
export function linksOf(interfaces: readonly NetworkInterface[], addresses: readonly PnrpAddress[]): string[] {
  return interfaces
    .filter(
      ({ loopback, name, addresses: own }) =>
        !loopback && addresses.some(({ address, scope }) => own.includes(address) && (scope ?? name) === name),
    )
    .map(({ name }) => name);
}

function linkPlace(network: NetworkInterface, scope: 'link-local' | 'site-local', name: string): CloudPlace[] {
  const addresses = network.addresses.filter((address) => scopeOf(address) === scope);
  if (addresses.length === 0) return [];
  const places = addresses.map((address) => ({ address, scope: network.name }));
  return [{ name, scope, scopeId: network.index, addresses: places }];
}

/** `2001:db8:1:2::/64` of the interface's first global address. */
function globalPrefix(network: NetworkInterface): string | undefined {
  const global = network.addresses.find((address) => scopeOf(address) === 'global');
  if (global === undefined) return undefined;
  return `${addressText(packAddress(global).slice(0, 8).padEnd(16, '\0'))}/64`;
}

function scopeOf(address: string): AddressScope | undefined {
  return address.includes(':') ? addressScope(packAddress(address)) : undefined;
}
