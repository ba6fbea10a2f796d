import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SsdpMessage, ssdpMessage } from '#fallback/ssdp/messages';
import { decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { addressText } from '#fallback/wire/ipv6';
import { proveCodecLaw } from '../wire/codec-law.js';
import { mutate } from '../wire/mutations.mjs';

const TARGET = 'urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal';
const ENDPOINT = { address: 'fe80::aaaa:bbbb:cccc:dddd', port: 3540 };
const AL = '[fe80::aaaa:bbbb:cccc:dddd]:3540';
const NLS = '0123456789abcdef0123456789abcdef';

const SEARCH: SsdpMessage = { type: 'M-SEARCH', target: TARGET, maxWait: 3 };
const ANSWER: SsdpMessage = { type: '200 OK', target: TARGET, endpoint: ENDPOINT, networkSignature: NLS };
const ALIVE: SsdpMessage = { ...ANSWER, type: 'ssdp:alive' };
const BYEBYE: SsdpMessage = { type: 'ssdp:byebye', target: TARGET, endpoint: ENDPOINT };
const SAMPLES: readonly SsdpMessage[] = [
  SEARCH,
  { type: 'M-SEARCH', target: 'ssdp:all' },
  ANSWER,
  { type: '200 OK', target: TARGET, endpoint: { address: '2001:db8::1', port: 65_535 } },
  ALIVE,
  BYEBYE,
];

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\r\n`).join('');
const read = (text: string): SsdpMessage => decode(ssdpMessage, Buffer.from(text, 'latin1'));
const written = (message: SsdpMessage): string => Buffer.from(encode(ssdpMessage, message)).toString('latin1');

describe('SSDP messages', () => {
  test('a search is byte for byte what Windows sends', () => {
    expect(written(SEARCH)).toBe(
      lines('M-SEARCH * HTTP/1.1', 'Host:[FF02::C]:1900', `ST:${TARGET}`, 'Man:"ssdp:discover"', 'MX:3', ''),
    );
    expect(encode(ssdpMessage, SEARCH)).toHaveLength(146);
  });

  test('an answer has the headers of Windows in their order', () => {
    expect(written(ANSWER)).toBe(
      lines(
        'HTTP/1.1 200 OK',
        `ST:${TARGET}`,
        `USN:${AL}`,
        'Location:fe80::aaaa:bbbb:cccc:dddd',
        `AL:${AL}`,
        'OPT:"http://schemas.upnp.org/upnp/1/0/"; ns=01',
        `01-NLS:${NLS}`,
        'Cache-Control:max-age=14400',
        'Server:Node.js UPnP/1.0 winpeer',
        'Ext:',
        '',
      ),
    );
  });

  test('an announcement and its end', () => {
    expect(written(ALIVE)).toBe(
      written(ANSWER)
        .replace('HTTP/1.1 200 OK\r\nST', 'NOTIFY * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nNT')
        .replace('USN', 'NTS:ssdp:alive\r\nUSN')
        .replace('Ext:\r\n', ''),
    );
    const end = lines('NOTIFY * HTTP/1.1', 'Host:[FF02::C]:1900', `NT:${TARGET}`, 'NTS:ssdp:byebye', `USN:${AL}`, '');
    expect(written(BYEBYE)).toBe(end);
  });

  test('the answer that was captured from Windows is read', () => {
    const captured = lines(
      'HTTP/1.1 200 OK',
      `ST:${TARGET}`,
      `USN:${AL}`,
      'Location:192.168.1.1',
      `AL:${AL}`,
      'OPT:"http://schemas.upnp.org/upnp/1/0/"; ns=01',
      '01-NLS:abcdef0123456789abcdef012345678',
      'Cache-Control:max-age=14400',
      'Server:Microsoft-Windows-NT/5.1 UPnP/1.0 UPnP-Device-Host/1.0',
      'Ext:',
      '',
    );
    expect(read(captured)).toEqual({ ...ANSWER, networkSignature: 'abcdef0123456789abcdef012345678' });
  });

  test.each([
    ['headers in any case and order', lines('M-SEARCH * HTTP/1.1', 'mx:3', 'MAN:"SSDP:Discover"', `sT:${TARGET}`, '')],
    [
      'blanks around values',
      lines('m-search  *  HTTP/1.0 ', `ST : \t${TARGET} `, 'Man: "ssdp:discover"', 'MX: 3 ', ''),
    ],
    ['lines that end in LF', `M-SEARCH * HTTP/1.1\nST:${TARGET}\nMan:ssdp:discover\nMX:3\n\n`],
    [
      'unknown and empty headers, one twice',
      lines(
        'M-SEARCH * HTTP/1.1',
        `ST:${TARGET}`,
        'ST:x',
        'Man:"ssdp:discover"',
        'MX:3',
        'X-Y:',
        'CPFN.UPNP.ORG:z',
        '',
      ),
    ],
    ['more behind the end', `${written(SEARCH)}\x00\xff\r\n\r\n`],
  ])('%s are taken', (_, text) => {
    expect(read(text)).toEqual(SEARCH);
  });

  test('an address in any form is taken in the shortest', () => {
    const long = written(ANSWER).replaceAll(AL, '[FE80:0:0:0:AAAA:BBBB:CCCC:DDDD]:3540');
    expect(read(long)).toEqual(ANSWER);
  });

  test.each([
    ['an empty datagram', ''],
    ['no end of the head', written(SEARCH).slice(0, -2)],
    ['another method', written(SEARCH).replace('M-SEARCH', 'SUBSCRIBE')],
    ['another status', written(ANSWER).replace('200', '404')],
    ['a search without target', written(SEARCH).replace(/ST:.*\r\n/, '')],
    ['a search with an empty target', written(SEARCH).replace(/ST:.*\r\n/, 'ST:\r\n')],
    ['a search that is none', written(SEARCH).replace('discover', 'other')],
    ['a search without Man', written(SEARCH).replace(/Man:.*\r\n/, '')],
    ['MX that is no number', written(SEARCH).replace('MX:3', 'MX:-1')],
    ['a header without colon', written(SEARCH).replace('MX:3', 'MX 3')],
    ['a header without name', written(SEARCH).replace('MX:3', ':3')],
    ['a header name of two words', written(SEARCH).replace('MX:3', 'M X:3')],
    ['a continued line', written(SEARCH).replace('MX:3', 'MX:3\r\n 4')],
    ['a value with a control character', written(SEARCH).replace('MX:3', 'X:\x00')],
    ['a lone CR', written(SEARCH).replace('MX:3', 'X:1\r2')],
    ['no AL', written(ANSWER).replace(/AL:.*\r\n/, '')],
    ['an IPv4 AL', written(ANSWER).replace(`AL:${AL}`, 'AL:192.168.1.1:3540')],
    ['an AL without port', written(ANSWER).replace(`AL:${AL}`, 'AL:[fe80::1]')],
    ['an AL without brackets', written(ANSWER).replace(`AL:${AL}`, 'AL:fe80::1:3540')],
    ['an AL with a scope', written(ANSWER).replace(`AL:${AL}`, 'AL:[fe80::1%5]:3540')],
    ['an AL that is no address', written(ANSWER).replace(`AL:${AL}`, 'AL:[fe80::1::2]:3540')],
    ['port 0', written(ANSWER).replace(`AL:${AL}`, 'AL:[fe80::1]:0')],
    ['port 65536', written(ANSWER).replace(`AL:${AL}`, 'AL:[fe80::1]:65536')],
    ['a NOTIFY of another kind', written(ALIVE).replace('ssdp:alive', 'ssdp:update')],
    ['an alive without NT', written(ALIVE).replace(/NT:.*\r\n/, '')],
    ['a byebye without USN', written(BYEBYE).replace(/USN:.*\r\n/, '')],
  ])('%s is a DecodeError', (_, text) => {
    expect(() => read(text)).toThrow(DecodeError);
  });

  test('64 headers and 4096 bytes are taken, more are not', () => {
    const withHeaders = (count: number): string =>
      written(SEARCH).replace('MX:3\r\n', `MX:3\r\n${'X:\r\n'.repeat(count - 4)}`);
    expect(read(withHeaders(64))).toEqual(SEARCH);
    expect(() => read(withHeaders(65))).toThrow(DecodeError);
    expect(read(written(SEARCH).padEnd(4096))).toEqual(SEARCH);
    expect(() => read(written(SEARCH).padEnd(4097))).toThrow(DecodeError);
  });

  test('a target can’t bring in headers of its own', () => {
    expect(() => written({ type: 'M-SEARCH', target: 'a\r\nMX:120' })).toThrow(RangeError);
  });

  test('keep the codec law', () => {
    const target = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/);
    const address = fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((it) => addressText(Buffer.from(it).toString('hex')));
    const endpoint = fc.record({ address, port: fc.integer({ min: 1, max: 0xffff }) });
    const networkSignature = fc.option(fc.stringMatching(/^[0-9a-f]{32}$/), { nil: undefined });
    const maxWait = fc.option(fc.nat(999_999_999), { nil: undefined });
    const message: fc.Arbitrary<SsdpMessage> = fc.oneof(
      fc.record({ type: fc.constant('M-SEARCH' as const), target, maxWait }),
      fc.record({
        type: fc.constantFrom('200 OK' as const, 'ssdp:alive' as const),
        target,
        endpoint,
        networkSignature,
      }),
      fc.record({ type: fc.constant('ssdp:byebye' as const), target, endpoint }),
    );
    proveCodecLaw(ssdpMessage, SAMPLES);
    fc.assert(
      fc.property(message, (value) => proveCodecLaw(ssdpMessage, [value])),
      { numRuns: 20, seed: 1 },
    );
  });

  test('20000 damaged messages give a value or a DecodeError', () => {
    const startsOfLines = (bytes: Uint8Array): number[] => [...bytes.keys()].filter((at) => bytes[at - 1] === 0x0a);
    const vectors = SAMPLES.map((sample) => encode(ssdpMessage, sample));
    const { values, errors } = mutate(1, vectors, 20_000, (bytes) => decode(ssdpMessage, bytes), startsOfLines);
    expect(values + errors).toBe(20_000);
  });
});
