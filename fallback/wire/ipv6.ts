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

const COLON = 58;
const NINE = 57;

function packGroups(text: string): string {
  if (text === '') return '';
  let packed = '';
  let group = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : COLON;
    if (code === COLON) {
      packed += String.fromCharCode(group >> 8, group & 0xff);
      group = 0;
    } else {
      // '0' to '9' end in 0 to 9, 'a' to 'f' and 'A' to 'F' in 1 to 6.
      group = (group << 4) + (code & 0xf) + (code > NINE ? 9 : 0);
    }
  }
  return packed;
}

/** The shortest text, RFC 5952. */
export function addressText(packed: PackedAddress): string {
  // The first of the longest runs of zeros, where one has more than a single group.
  let zeros = { start: 8, end: 9 };
  for (let start = 0, end = 0; start < 8; start = end + 1) {
    end = start;
    while (end < 8 && groupAt(packed, end) === 0) end += 1;
    if (end - start > zeros.end - zeros.start) zeros = { start, end };
  }
  let text = zeros.start === 0 ? ':' : '';
  for (let index = 0; index < 8; index++) {
    if (index === zeros.start) {
      text += ':';
      index = zeros.end;
    }
    if (index < 8) text += groupAt(packed, index).toString(16) + (index < 7 ? ':' : '');
  }
  return text;
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
