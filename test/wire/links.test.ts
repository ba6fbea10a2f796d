import { describe, expect, test } from 'vitest';
import { carries, linkOf, neighbour } from '#fallback/wire/links';

const eth0 = {
  name: 'eth0',
  index: 2,
  addresses: ['192.0.2.130', 'fe80::2', '2001:db8:1::2'],
  prefixes: [25, 64, 48],
  loopback: false,
};
const eth1 = { name: 'eth1', index: 3, addresses: ['10.0.0.1', 'fe80::3'], loopback: false };
const lo = { name: 'lo', index: 1, addresses: ['127.0.0.1', '::1'], loopback: true };
const ALL = [lo, eth0, eth1];

describe('the link of an address', () => {
  test.each([
    ['192.0.2.129', 'eth0'],
    ['192.0.2.255', 'eth0'],
    ['192.0.2.127', undefined],
    ['2001:db8:1:ffff::', 'eth0'],
    ['2001:db8:2::2', undefined],
    ['10.0.0.200', 'eth1'],
    ['10.0.1.1', undefined],
    ['127.0.0.1', undefined],
    ['::1', undefined],
    ['::ffff:10.0.0.2', undefined],
    ['239.255.255.250', undefined],
  ])('%s is %s', (address, name) => {
    expect(linkOf(ALL, { address })?.name).toBe(name);
  });

  test('is that of its scope, whatever the address', () => {
    expect(linkOf(ALL, { address: 'fe80::77', scope: 'eth1' })).toBe(eth1);
    expect(linkOf(ALL, { address: 'fe80::77', scope: 'eth7' })).toBeUndefined();
  });
});

test('the neighbour is the own address of the same family and subnet', () => {
  expect(neighbour(eth0, 'fe80::99')).toBe('fe80::2');
  expect(neighbour(eth0, '192.0.2.200')).toBe('192.0.2.130');
  expect(neighbour(eth0, '10.0.0.2')).toBeUndefined();
  expect(neighbour(lo, '127.0.0.1')).toBeUndefined();
});

test('a link carries groups of the families that it has addresses of, and loopback none', () => {
  const links = [eth0, lo, { ...eth1, addresses: ['10.0.0.1'] }];
  expect(links.map((it) => [carries(it, 'ff02::c'), carries(it, '239.255.255.250')])).toEqual([
    [true, true],
    [false, false],
    [false, true],
  ]);
});
