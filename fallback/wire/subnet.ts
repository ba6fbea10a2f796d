import { isIPv6 } from 'node:net';
import { packAddress } from './ipv6.js';

/** Whether two addresses of one family agree in their first `prefix` bits. */
export function sameSubnet(a: string, b: string, prefix: number): boolean {
  if (isIPv6(a) !== isIPv6(b)) return false;
  const width = isIPv6(a) ? 128 : 32;
  return (bits(a) ^ bits(b)) >> BigInt(width - prefix) === 0n;
}

function bits(address: string): bigint {
  if (isIPv6(address)) return BigInt(`0x${packAddress(address)}`);
  return address.split('.').reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
