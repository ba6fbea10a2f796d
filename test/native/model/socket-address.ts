import type { PnrpAddress } from 'winpeer/pnrp';
import { addressText, packAddress } from '#fallback/wire/ipv6';

/** SOCKADDR_IN6 in hexadecimal, without interface: the machines here have one each. */
export function socketAddress({ address, port }: PnrpAddress): string {
  return `1700${port.toString(16).padStart(4, '0')}00000000${packAddress(address)}00000000`;
}

export function readSocketAddress(hex: string): PnrpAddress {
  return { address: addressText(hex.slice(16, 48)), port: Number.parseInt(hex.slice(4, 8), 16) };
}
