import { isIPv6 } from 'node:net';

/** An IPv6 address as codecs carry it: 32 lower-case hexadecimal digits. */
export type PackedAddress = string;

export function packAddress(text: string): PackedAddress {
  if (!isIPv6(text)) throw new RangeError(`not an IPv6 address: ${text}`);
  const bare = text.split('%')[0] as string;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare);
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
  const groups = (packed.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const zeros = [...groups.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)];
  const longest = zeros.reduce((best, run) => (run[0].length > best.length ? run[0] : best), '');
  if (longest === '') return groups.join(':');
  const text = groups.join(':');
  const at = zeros.find((run) => run[0] === longest)?.index ?? 0;
  const before = text.slice(0, at).replace(/:$/, '');
  const after = text.slice(at + longest.length).replace(/^:/, '');
  return `${before}::${after}`;
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
