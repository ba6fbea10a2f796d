import { describe, expect, test } from 'vitest';
import { splitAuthority } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { type ExtendedPayload, extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { routeEntry } from '#fallback/pnrp/route-entry';
import { decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { patched, refused, same, sample } from './pnrp-expect.js';
import { BINARY_PAYLOAD, bytes, CPA, ENDPOINT, ENTRY_A, STRING_PAYLOAD, vectors } from './pnrp-samples.js';

const readings = new Readings();
const cpa = cpaCodec(readings);
const extendedPayload = extendedPayloadCodec(readings);

describe('limits', () => {
  const lookup = sample('B-11');
  const flood = sample('B-10');
  const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  test.each([
    [1, true],
    [22, true],
    [0, false],
    [23, false],
  ])('Flagged Path of %i, 2.2.2.8', (count, fits) => {
    const wire = encode(message, { ...lookup, flaggedPath: many(count, ENDPOINT.a) } as PnrpMessage);
    if (fits) expect(decode(message, wire)).toHaveProperty('flaggedPath.length', count);
    else refused(message, wire);
  });

  test.each([
    [0, true],
    [22, true],
    [23, false],
  ])('Already Flooded List of %i, 2.2.2.4', (count, fits) => {
    const wire = encode(message, { ...flood, alreadyFloodedList: many(count, ENDPOINT.a) } as PnrpMessage);
    if (fits) expect(decode(message, wire)).toHaveProperty('alreadyFloodedList.length', count);
    else refused(message, wire);
  });

  test.each([
    [1, true],
    [20, true],
    [0, false],
    [21, false],
  ])('ROUTE_ENTRY with %i addresses, 2.2.3.4', (count, fits) => {
    const wire = encode(routeEntry, { ...ENTRY_A, addresses: many(count, ENDPOINT.a.address) });
    if (fits) expect(decode(routeEntry, wire).addresses.length).toBe(count);
    else refused(routeEntry, wire);
  });

  test('ROUTE_ENTRY of another version, 2.2.3.4', () => {
    refused(routeEntry, patched(vectors['B-4'].routeEntry, [32, '05']));
    refused(routeEntry, patched(vectors['B-4'].routeEntry, [33, '01']));
  });

  test('SolicitType and ResolveCriteria are enumerations, 2.2.2.1, 2.2.2.8', () => {
    refused(message, patched(vectors['B-6'].solicit, [17, '02']));
    for (const criteria of ['03', '05', '06', '07', '09', '10']) {
      refused(message, patched(vectors['B-11'].lookup, [20, criteria]));
    }
  });

  test('AUTHORITY: Size and Offset, 2.2.2.6', () => {
    const { padded } = vectors['B-13'];
    expect(decode(message, patched(padded, [24, '91e4']))).toHaveProperty('size', 0x91e4);
    expect(refused(message, patched(padded, [24, '91e5'])).field).toBe('Size');
    expect(decode(message, patched(padded, [26, '04a4']))).toHaveProperty('offset', 1188);
    expect(refused(message, patched(padded, [26, '04a5'])).field).toBe('Offset');
  });

  test('an AUTHORITY_BUFFER that is too large is not sent, one of the largest size takes 32 messages', () => {
    expect(splitAuthority(new Uint8Array(0x91e4), 1, 2).length).toBe(32);
    expect(splitAuthority(new Uint8Array(1188), 1, 2).length).toBe(1);
    expect(() => splitAuthority(new Uint8Array(0x91e5), 1, 2)).toThrow(RangeError);
  });

  test.each<[string, Partial<Cpa>]>([
    ['no service address', { serviceAddresses: [] }],
    ['5 service addresses', { serviceAddresses: many(5, ENDPOINT.a) }],
    ['11 application endpoints', { applicationEndpoints: many(11, { ...ENDPOINT.a, protocol: 6 }) }],
    ['an empty friendly name', { friendlyName: { text: '', encoding: 'utf-16' } }],
    ['a friendly name of 80 bytes', { friendlyName: { text: 'x'.repeat(40), encoding: 'utf-16' } }],
    ['neither authority nor classifier', { classifierHash: undefined }],
  ])('a CPA with %s, 2.2.3.1', (_, fields) => {
    refused(cpa, encode(cpa, { ...CPA, ...fields }));
  });

  test.each<[string, Partial<Cpa>]>([
    ['4 service addresses', { serviceAddresses: many(4, ENDPOINT.a) }],
    ['no application endpoint', { applicationEndpoints: [] }],
    ['10 application endpoints', { applicationEndpoints: many(10, { ...ENDPOINT.a, protocol: 6 }) }],
    ['a friendly name of 78 bytes', { friendlyName: { text: 'x'.repeat(39), encoding: 'utf-16' } }],
    ['a friendly name in UTF-8', { friendlyName: { text: 'Grüße', encoding: 'utf-8' } }],
  ])('a CPA with %s is fine, 2.2.3.1', (_, fields) => {
    const value = { ...CPA, ...fields };
    same(cpa, encode(cpa, value), value);
  });

  test.each([
    ['CPA Length', 0, 'aa01'],
    ['Cpa MinorVersion', 2, '01'],
    ['Cpa MajorVersion', 3, '01'],
    ['PnrpMinorVersion', 4, '01'],
    ['PnrpMajorVersion', 5, '03'],
    ['U without F', 6, '0a'],
    ['ServiceAddressLength', 70, '1100'],
    ['NumPayloads', 90, '0200'],
    ['Total Bytes', 92, '1f00'],
    ['Type', 94, '02000000'],
    ['DataLength', 98, '1500'],
    ['Public Key Field Length', 120, 'aa00'],
    ['Algorithm ObjId Length', 122, '1500'],
    ['PublicKey cbData', 126, '8d00'],
    ['Algorithm ObjId', 129, '32'],
    ['Signature Field Length', 289, '8900'],
    ['Signature Length', 291, '8100'],
    ['ALG_ID', 293, '0c800000'],
  ])('a CPA with a wrong %s, 2.2.3.1', (_, offset, value) => {
    refused(cpa, patched(vectors['B-16'].cpa, [offset, value]));
  });

  test('a friendly name that is not in its encoding, 2.2.3.1', () => {
    const utf8 = encode(cpa, { ...CPA, friendlyName: { text: 'abc', encoding: 'utf-8' } });
    const broken = Uint8Array.from(utf8);
    broken[70] = 0xff;
    expect(refused(cpa, broken).field).toBe('FriendlyName');
    utf8[6] = (utf8[6] as number) & ~0x02; // three bytes of UTF-16
    expect(refused(cpa, utf8).field).toBe('FriendlyName');
  });

  const text = (value: string, encoding: 'utf-16' | 'utf-8' = 'utf-16'): Partial<ExtendedPayload> => ({
    payload: { text: value, encoding },
  });
  test.each<[string, Partial<ExtendedPayload>, boolean]>([
    ['no bytes', { payload: new Uint8Array() }, false],
    ['1 byte', { payload: new Uint8Array(1) }, true],
    ['4096 bytes', { payload: new Uint8Array(4096) }, true],
    ['4097 bytes', { payload: new Uint8Array(4097) }, false],
    ['an empty text', text(''), false],
    ['one unit of UTF-16', text('x'), true],
    ['one byte of UTF-8', text('x', 'utf-8'), false],
    ['three bytes of UTF-8', text('xyz', 'utf-8'), true],
    ['2047 units of UTF-16', text('x'.repeat(2047)), true],
    ['2048 units of UTF-16', text('x'.repeat(2048)), false],
  ])('an extended payload of %s, 2.2.3.3', (_, fields, fits) => {
    const value = { ...BINARY_PAYLOAD, ...fields };
    const wire = encode(extendedPayload, value);
    if (fits) same(extendedPayload, wire, value);
    else refused(extendedPayload, wire);
  });

  test.each([
    ['Length', 0, 'e100'],
    ['Minor Version', 2, '01'],
    ['Major Version', 3, '01'],
    ['Signature Offset', 6, '5900'],
    ['Number of Payloads', 64, '0200'],
    ['Total Payload Bytes', 66, '1900'],
    ['Payload Type', 68, '01000080'],
    ['Payload Length', 72, '0d00'],
    ['String Type', 74, '0200'],
    ['terminator', 86, '2100'],
  ])('an extended payload with a wrong %s, 2.2.3.3', (_, offset, value) => {
    const { string } = vectors['B-20'];
    same(extendedPayload, bytes(string), { ...STRING_PAYLOAD, signature: bytes(string.slice(-256)) });
    refused(extendedPayload, patched(string, [offset, value]));
  });
});
