import { isIPv6 } from 'node:net';
import { packAddress } from '#fallback/wire/ipv6';
import type { SocketAddress } from '#lib/backend/contract/host';

/** A datagram as it went to a socket. */
export interface SentDatagram {
  readonly from: SocketAddress;
  readonly to: SocketAddress;
  readonly bytes: Uint8Array;
}

const MAGIC = 0xa1b2c3d4;
const SNAPSHOT_LENGTH = 0x10000;
/** Packets begin with their IPv6 header. */
const LINKTYPE_IPV6 = 229;
const NEXT_HEADER_UDP = 17;
const UDP_HEADER_LENGTH = 8;

/** A capture file of UDP over IPv6, one second apart. https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap */
export function pcap(datagrams: readonly SentDatagram[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(MAGIC);
  header.writeUInt16BE(2, 4); // Major Version
  header.writeUInt16BE(4, 6); // Minor Version
  header.writeUInt32BE(SNAPSHOT_LENGTH, 16);
  header.writeUInt32BE(LINKTYPE_IPV6, 20);
  const records = datagrams.flatMap((datagram, second) => {
    const packet = ipv6Packet(datagram);
    return [u32(second), u32(0), u32(packet.length), u32(packet.length), packet];
  });
  return Buffer.concat([header, ...records]);
}

function ipv6Packet({ from, to, bytes }: SentDatagram): Buffer {
  const addresses = [from, to].map(({ address }) => Buffer.from(packAddress(checked(address)), 'latin1'));
  const udp = Buffer.concat([Buffer.alloc(UDP_HEADER_LENGTH), bytes]);
  udp.writeUInt16BE(from.port);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(udp.length, 4);
  // RFC 8200 8.1: the sum is over a pseudo-header too, and zero is sent as its other form.
  const pseudoHeader = Buffer.concat([...addresses, u32(udp.length), u32(NEXT_HEADER_UDP)]);
  udp.writeUInt16BE(checksum(Buffer.concat([pseudoHeader, udp])) || 0xffff, 6);
  const header = Buffer.from([0x60, 0, 0, 0, udp.length >> 8, udp.length & 0xff, NEXT_HEADER_UDP, 64]);
  return Buffer.concat([header, ...addresses, udp]);
}

/** The ones' complement of the ones' complement sum of 16-bit words. RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of bytes.entries()) sum += at % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

function checked(address: string): string {
  if (!isIPv6(address)) throw new RangeError(`not an IPv6 address: ${address}`);
  return address;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
