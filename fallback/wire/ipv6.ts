import { isIPv6 } from 'node:net';

/** An IPv6 address as codecs carry it: 32 lower-case hexadecimal digits. */
export type PackedAddress = string;

export function packAddress(text: string): PackedAddress {
  if (!isIPv6(text)) throw new RangeError(`not an IPv6 address: ${text}`);
  const bare = text.split('%')[0] as string;
  const dotted = bare.includes('.') ? /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare) : undefined;
  const hexOnly = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : bare;
  const [head = '', tail] = hexOnly.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right]
    .map((group) => group.padStart(4, '0'))
    .join('')
    .toLowerCase();
}

/** The shortest text, RFC 5952. */
export function addressText(packed: PackedAddress): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number.parseInt(packed.slice(4 * index, 4 * index + 4), 16));
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
  if (packed === '00000000000000000000000000000001') return 'loopback';
  if (packed.startsWith('ff') || packed.startsWith('00000000000000000000')) return 'unusable';
  const top = Number.parseInt(packed.slice(0, 3), 16);
  if (top >= 0xfe8 && top <= 0xfeb) return 'link-local';
  if (top >= 0xfec && top <= 0xfef) return 'site-local';
  return 'global';
}

function pair(high: string | undefined, low: string | undefined): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}
