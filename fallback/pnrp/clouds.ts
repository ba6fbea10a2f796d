import type { NetworkInterface } from '../../lib/backend/contract/host.js';
import type { PnrpAddress, PnrpScope } from '../../lib/backend/contract/pnrp.js';
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
  return [global, ...interfaces.filter((it) => !it.loopback).flatMap((it) => [...linkPlace(it), ...sitePlace(it)])];
}

function linkPlace(network: NetworkInterface): CloudPlace[] {
  const addresses = network.addresses.filter((address) => scopeOf(address) === 'link-local');
  if (addresses.length === 0) return [];
  const prefix = globalPrefix(network);
  return [
    {
      // An interface without a global address is named as Windows named one in an invitation, [MS-HGRP] 4.1: the form
      // with an adapter's GUID exists on Windows alone.
      name: `LinkLocal_${prefix ?? `ff00::%${network.index}/8`}`,
      scope: 'link-local',
      scopeId: network.index,
      addresses: addresses.map((address) => ({ address, scope: network.name })),
    },
  ];
}

function sitePlace(network: NetworkInterface): CloudPlace[] {
  const addresses = network.addresses.filter((address) => scopeOf(address) === 'site-local');
  if (addresses.length === 0) return [];
  return [
    {
      name: `SiteLocal_${globalPrefix(network) ?? `%${network.index}`}`,
      scope: 'site-local',
      scopeId: network.index,
      addresses: addresses.map((address) => ({ address, scope: network.name })),
    },
  ];
}

/** `2001:db8:1:2::/64` of the interface's first global address. */
function globalPrefix(network: NetworkInterface): string | undefined {
  const global = network.addresses.find((address) => scopeOf(address) === 'global');
  if (global === undefined) return undefined;
  return `${addressText(packAddress(global).slice(0, 16).padEnd(32, '0'))}/64`;
}

function scopeOf(address: string): AddressScope | undefined {
  return address.includes(':') ? addressScope(packAddress(address)) : undefined;
}
