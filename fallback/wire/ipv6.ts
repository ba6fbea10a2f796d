import { isIPv6 } from 'node:net';
import type { ByteString } from './byte-string.js';

/** An IPv6 address as codecs carry it: its 16 bytes. */
export type PackedAddress = ByteString;

export function packAddress(text: string): PackedAddress {
  if (!isIPv6(text)) throw new RangeError(`not an IPv6 address: ${text}`);
  const bare = text.split('%', 1)[0] as string;
  const dotted = bare.includes('.') ? /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare) : undefined;
  const hexOnly = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : bare;
  const zeros = hexOnly.indexOf('::');
  if (zeros < 0) return packGroups(hexOnly);
  const [head, tail] = [packGroups(hexOnly.slice(0, zeros)), packGroups(hexOnly.slice(zeros + 2))];
  return `${head}${'\0'.repeat(16 - head.length - tail.length)}${tail}`;
}

function packGroups(text: string): string {
  let packed = '';
  for (const digits of text === '' ? [] : text.split(':')) {
    const group = Number.parseInt(digits, 16);
    packed += String.fromCharCode(group >> 8, group & 0xff);
  }
  return packed;
}

/** The shortest text, RFC 5952. */
export function addressText(packed: PackedAddress): string {
  const groups = Array.from({ length: 8 }, (_, index) => groupAt(packed, index));
  // The first of the longest runs of zeros, where one has more than a single group.
  let zeros = { start: 8, end: 9 };
  for (let start = 0, end = 0; start < 8; start = end + 1) {
    end = start;
    while (groups[end] === 0) end += 1;
    if (end - start > zeros.end - zeros.start) zeros = { start, end };
  }
  const text = (some: readonly number[]): string => some.map((group) => group.toString(16)).join(':');
  const before = text(groups.slice(0, zeros.start));
  return zeros.start === 8 ? before : `${before}::${text(groups.slice(zeros.end))}`;
}

export type AddressScope = 'loopback' | 'link-local' | 'site-local' | 'global' | 'unusable';

/** Unspecified, multicast and mapped addresses are `unusable`: no node can be reached at one. */
export function addressScope(packed: PackedAddress): AddressScope {
  if (packed === LOOPBACK) return 'loopback';
  if (packed.startsWith('\xff') || packed.startsWith('\0'.repeat(10))) return 'unusable';
  const top = groupAt(packed, 0) & 0xffc0;
  if (top === 0xfe80) return 'link-local';
  return top === 0xfec0 ? 'site-local' : 'global';
}

const LOOPBACK = packAddress('::1');

function groupAt(packed: PackedAddress, index: number): number {
  return (packed.charCodeAt(2 * index) << 8) | packed.charCodeAt(2 * index + 1);
}

function pair(high: string | undefined, low: string | undefined): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}
