import { networkInterfaces } from 'node:os';
import type { SocketAddress } from '../../lib/backend/contract/host.js';

/**
 * A zone is what follows the `%` of a link-local address: the interface's name, but on Windows its number. The contract
 * speaks of names only.
 */
export function withZone(address: SocketAddress): string {
  return address.scope === undefined ? address.address : `${address.address}%${zoneOf(address.scope)}`;
}

/** Takes the zone off an address as the system prints it. */
export function withoutZone(text: string, port: number): SocketAddress {
  const [address = '', zone] = text.split('%');
  return zone === undefined ? { address, port } : { address, port, scope: nameOf(zone) };
}

export function zoneOf(interfaceName: string): string {
  if (process.platform !== 'win32') return interfaceName;
  return String(scopeIdOf(networkInterfaces()[interfaceName]));
}

export function scopeIdOf(infos: ReturnType<typeof networkInterfaces>[string]): number {
  return Math.max(0, ...(infos ?? []).map((info) => (info.family === 'IPv6' ? info.scopeid : 0)));
}

function nameOf(zone: string): string {
  if (process.platform !== 'win32') return zone;
  const found = Object.entries(networkInterfaces()).find(([, infos]) => scopeIdOf(infos) === Number(zone));
  return found?.[0] ?? zone;
}
