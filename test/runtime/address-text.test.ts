import { isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressText } from '#fallback/runtime/socket-address';

const LINK = { name: 'Local Area Connection* 2', index: 12, addresses: ['fe80::1'], loopback: false };
const interfaces = { list: () => [LINK], watch: () => ({ hold() {}, close() {} }) };
const address = { address: 'fe80::1', port: 7 };

describe('the interface of a link-local address', () => {
  test('is a number for Windows, and its name for us', () => {
    const { toText, fromText } = addressText(interfaces, true);
    expect(toText({ ...address, scope: LINK.name })).toBe('fe80::1%12');
    expect(fromText('fe80::1%12', 7)).toEqual({ ...address, scope: LINK.name });
  });

  test('is its name elsewhere', () => {
    const { toText, fromText } = addressText(interfaces, false);
    expect(toText({ ...address, scope: 'eth0' })).toBe('fe80::1%eth0');
    expect(fromText('fe80::1%eth0', 7)).toEqual({ ...address, scope: 'eth0' });
  });

  test('that Windows does not know makes no address; one that came from it keeps its number', () => {
    const { toText, fromText } = addressText(interfaces, true);
    expect(isIP(toText({ ...address, scope: 'Ethernet' }))).toBe(0);
    expect(fromText('fe80::1%13', 7)).toEqual({ ...address, scope: '13' });
  });

  test.each([true, false])('is not there for other addresses (numbered: %s)', (numbered) => {
    const { toText, fromText } = addressText(interfaces, numbered);
    expect(toText({ address: '::1', port: 7 })).toBe('::1');
    expect(fromText('::1', 7)).toEqual({ address: '::1', port: 7 });
  });
});
