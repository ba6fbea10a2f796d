import type { PnrpAddress } from 'winpeer/pnrp';
import { byteStringFromHex } from '#fallback/wire/byte-string';
import { addressText, packAddress } from '#fallback/wire/ipv6';

/** SOCKADDR_IN6 in hexadecimal, without interface: the machines here have one each. */
export function socketAddress({ address, port }: PnrpAddress): string {
  const bytes = Buffer.from(packAddress(address), 'latin1').toString('hex');
  return `1700${port.toString(16).padStart(4, '0')}00000000${bytes}00000000`;
}

export function readSocketAddress(hex: string): PnrpAddress {
  const address = addressText(byteStringFromHex(hex.slice(16, 48)));
  return { address, port: Number.parseInt(hex.slice(4, 8), 16) };
}
