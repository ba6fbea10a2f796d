import { isIPv6 } from 'node:net';

/** One address of a machine is good for one link only; so is every group of IPv4, whose datagrams no router carries on. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('fe80:') || /^ff.2:/.test(address) || (isGroup(address) && !isIPv6(address));
}

export function isGroup(address: string): boolean {
  return address.startsWith('ff') || /^2(?:2[4-9]|3\d)\./.test(address);
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** What a socket is bound to that has its port at every address of the family. */
export function everyAddress(address: string): '::' | '0.0.0.0' {
  return address.includes(':') ? '::' : '0.0.0.0';
}
