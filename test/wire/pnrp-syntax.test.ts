import { describe, expect, test } from 'vitest';
import { type AuthorityBuffer, authorityBufferCodec, splitAuthority } from '#fallback/pnrp/authority-buffer';
import { type Cpa, cpaCodec } from '#fallback/pnrp/cpa';
import { type ExtendedPayload, extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { routeEntry } from '#fallback/pnrp/route-entry';
import { encodeSigned, signatureOrders, toBeSigned } from '#fallback/pnrp/signature';
import { type Codec, decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { Readings } from '#fallback/wire/readings';
import { plain } from './codec-law.js';
import {
  BINARY_PAYLOAD,
  bytes,
  CPA,
  ENDPOINT,
  ENTRY_A,
  ENTRY_B,
  FULL_BUFFER,
  INQUIRE_NONCE,
  MESSAGES,
  REVOKE_CPA,
  SECURE_CPA,
  STRING_PAYLOAD,
  SYNC_HASH,
  signWithKey,
  vectors,
  verifies,
} from './pnrp-samples.js';

const readings = new Readings();
const cpa = cpaCodec(readings);
const extendedPayload = extendedPayloadCodec(readings);
const authorityBuffer = authorityBufferCodec(readings);

/** `hex` with the bytes at `offset` replaced. */
function patched(hex: string, ...patches: readonly (readonly [offset: number, hex: string])[]): Uint8Array {
  const out = bytes(hex);
  for (const [offset, patch] of patches) out.set(bytes(patch), offset);
  return out;
}

function join(...parts: readonly string[]): Uint8Array {
  return bytes(parts.join(''));
}

function refused<T>(codec: Codec<T>, input: Uint8Array): DecodeError {
  try {
    decode(codec, input);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

function same<T>(codec: Codec<T>, input: Uint8Array, as: T): void {
  expect(plain(decode(codec, input))).toEqual(plain(as));
}

function sample(name: string): PnrpMessage {
  const found = MESSAGES.find(([vector]) => vector === name);
  if (found === undefined) throw new Error(name);
  return found[2];
}

describe('PNRP header, 2.2.1', () => {
  const ack = vectors['B-8'].ack;
  test.each([
    ['FieldID', 0, '0011'],
    ['Length', 2, '000d'],
    ['Identifier', 4, '50'],
    ['VersionMajor', 5, '03'],
    ['VersionMinor', 6, '01'],
  ])('another %s is refused', (_, offset, value) => {
    refused(message, patched(ack, [offset, value]));
  });

  test.each(['00', '05', '06', '0a', '0c', 'ff'])('MessageType 0x%s does not exist', (type) => {
    expect(refused(message, patched(ack, [7, type])).field).toBe('MessageType');
  });

  test('an error names field and offset', () => {
    const error = refused(message, patched(vectors['B-11'].lookup, [20, '03']));
    expect([error.field, error.offset]).toEqual(['ResolveCriteria', 21]);
    expect(error.message).toContain('is 3');
  });
});

describe('reserved bits, reserved bytes and padding never refuse a message, 2.2.2', () => {
  test.each<[string, string, readonly (readonly [number, string])[]]>([
    [
      'B-6',
      vectors['B-6'].solicit,
      [
        [16, 'ff'],
        [18, 'ffff'],
        [60, 'ff'],
        [78, 'ffff'],
      ],
    ],
    [
      'B-9',
      vectors['B-9'].flood,
      [
        [16, 'ffff'],
        [18, 'ff'],
        [19, 'ff'],
        [114, 'ffff'],
      ],
    ],
    [
      'B-14',
      vectors['B-14'].liveness,
      [
        [16, 'ffe0'],
        [18, 'ffff'],
      ],
    ],
    [
      'B-12',
      vectors['B-12'].lookup,
      [
        [16, 'fffd'],
        [22, 'ffff'],
        [154, 'ffff'],
      ],
    ],
    ['B-10 ACK', vectors['B-10'].ack, [[24, 'ffff']]],
  ])('%s', (name, hex, patches) => {
    const value = sample(name);
    same(message, patched(hex, ...patches), value);
  });

  test('reason codes that nobody defined', () => {
    const value = { ...sample('B-11'), reasonCode: 0xee };
    same(message, patched(vectors['B-11'].lookup, [21, 'ee']), value as PnrpMessage);
  });

  test('Encoded CPA, whose signature still covers the bytes that arrived', async () => {
    const canonical = encode(cpa, CPA);
    canonical[6] = (canonical[6] as number) | 0xc0; // Flags
    canonical[7] = 0xff; // Reserved
    canonical.set(bytes('ffff'), 124); // Public Key Reserved
    canonical[128] = 0x07; // PublicKey Unused
    canonical.set(await signWithKey(toBeSigned(canonical)), canonical.length - 128);
    const received = decode(cpa, canonical);
    expect(plain({ ...received, signature: undefined })).toEqual(plain({ ...CPA, signature: undefined }));
    expect(verifies(received.publicKey, toBeSigned(canonical), received.signature)).toBe(true);
    expect(verifies(received.publicKey, toBeSigned(encode(cpa, received)), received.signature)).toBe(false);
  });

  test('EXTENDED_PAYLOAD', () => {
    const wire = encode(extendedPayload, BINARY_PAYLOAD);
    wire.set(bytes('ffff'), 4);
    same(extendedPayload, wire, BINARY_PAYLOAD);
  });

  test('AUTHORITY_BUFFER', () => {
    const wire = encode(authorityBuffer, { leafSet: false, busy: false, notFound: false });
    wire.set(bytes('fdf6ffff'), 4);
    same(authorityBuffer, wire, { leafSet: false, busy: false, notFound: false });
  });
});

describe('order and presence of elements, 2.2.2', () => {
  const header = (type: string): string => `0010000c510400${type}01020304`;
  const acked = '0018000801020305';
  const hash = `00920018${vectors.inputs.syncNonceHash}`;
  const nonce = `00930014${vectors.inputs.syncNonce}`;
  const ids = '0060000c0000000800300020';
  const endpoints = '009e000c00000008009d0012';
  const path = `009e001e0001001a009d00120dd4${ENDPOINT.a.address}`;
  const validate = `00390024${'00'.repeat(32)}`;
  const target = `00380024${'00'.repeat(32)}`;
  const entry = `009a003a${vectors['B-4'].routeEntry}0000`;
  const revoke = '009c00050000000000000000'.slice(0, 16);
  const flags = '0040000600000000';
  const solicitControls = '0044000600000000';
  const floodControls = '0043000700000000';
  const lookupControls = '0045000c0000000000000000';
  const split = '0098000800000000';

  const ROWS: readonly (readonly [string, string, readonly string[], readonly number[]])[] = [
    ['SOLICIT', '01', [solicitControls, entry, hash], [0, 1]],
    ['ADVERTISE', '02', [acked, ids, hash], []],
    ['REQUEST', '03', [nonce, ids], []],
    ['FLOOD', '04', [floodControls, validate, revoke, entry, endpoints], [2, 3]],
    ['INQUIRE', '07', [flags, validate, nonce], [2]],
    ['AUTHORITY', '08', [acked, split], []],
    ['ACK', '09', [acked, flags], [1]],
    ['LOOKUP', '0b', [lookupControls, target, validate, entry, path], [3]],
  ];

  test.each(ROWS)('%s', (type, code, elements, optional) => {
    const parts = [header(code), ...elements];
    expect(decode(message, join(...parts)).type).toBe(type);
    for (const i of elements.keys()) {
      const without = join(...parts.toSpliced(i + 1, 1));
      if (optional.includes(i)) expect(decode(message, without).type).toBe(type);
      else refused(message, without);
      // AUTHORITY ends with bytes of any kind, so nothing can be too much behind its SPLIT_CONTROLS.
      if (type === 'AUTHORITY' && i === 1) continue;
      refused(message, join(...parts.toSpliced(i + 1, 0, elements[i] as string)));
      refused(message, join(...parts.toSpliced(i + 1, 0, '00a0000800000000')));
      if (i > 0) refused(message, join(...parts.toSpliced(i, 2, elements[i] as string, elements[i - 1] as string)));
    }
  });

  test('an AUTHORITY_BUFFER', () => {
    const wire = encode(authorityBuffer, FULL_BUFFER);
    same(authorityBuffer, wire, FULL_BUFFER);
    const fields = ['certChain', 'classifier', 'extendedPayload', 'routeEntry', 'validateCpa'] as const;
    for (const field of fields) {
      const value: AuthorityBuffer = { ...FULL_BUFFER, [field]: undefined };
      same(authorityBuffer, encode(authorityBuffer, value), value);
    }
    const element = (id: string): string => `${id}000500000000`.slice(0, 16);
    same(authorityBuffer, join(flags, element('0080'), element('009b')), {
      leafSet: false,
      busy: false,
      notFound: false,
      certChain: new Uint8Array(1),
      validateCpa: new Uint8Array(1),
    });
    refused(authorityBuffer, join(flags, element('009b'), element('0080')));
    refused(authorityBuffer, join(element('0080')));
    refused(authorityBuffer, join(flags, element('009c')));
  });

  test('a Length that is too small, too large or not the fixed one', () => {
    refused(message, join(header('09'), '0018000301020305'));
    refused(message, join(header('09'), '0018000901020305'));
    refused(message, join(header('09'), '0018000c0102030500000000'));
    refused(message, join(header('04'), floodControls, validate, '009cffff00000000', endpoints));
    refused(message, join(header('01'), `009a004a${vectors['B-4'].routeEntry}`, '00'.repeat(18), hash));
  });

  test.each([
    ['Length', 2, '002f'],
    ['NumEntries', 4, '0003'],
    ['ArrayLength', 6, '002d'],
    ['ElementFieldType', 8, '0030'],
    ['EntryLength', 10, '0010'],
  ])('an array whose %s does not fit', (_, offset, value) => {
    refused(message, patched(vectors['B-10'].flood, [116 + offset, value]));
  });
});

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

describe('decided defects of the specification', () => {
  test.each(['present', 'absent'])('D-06: the nonce of a revoke CPA is %s', async (layout) => {
    const canonical = await encodeSigned(cpa, REVOKE_CPA, signWithKey);
    expect(Buffer.from(canonical).toString('hex')).toBe(vectors['B-19'].cpa);
    let wire = canonical;
    if (layout === 'absent') {
      wire = new Uint8Array(Buffer.concat([canonical.subarray(0, 32), canonical.subarray(48)]));
      wire.set(bytes('6d01'), 0); // CPA Length, 16 less
      wire.set(await signWithKey(toBeSigned(wire)), wire.length - 128);
    }
    const received = decode(cpa, wire);
    expect(plain({ ...received, signature: undefined })).toEqual(plain({ ...REVOKE_CPA, signature: undefined }));
    expect(verifies(received.publicKey, toBeSigned(wire), received.signature)).toBe(true);
  });

  test('D-06: any other CPA has its nonce', () => {
    const wire = encode(cpa, CPA);
    const without = new Uint8Array(Buffer.concat([wire.subarray(0, 32), wire.subarray(48)]));
    new DataView(without.buffer).setUint16(0, without.length, true);
    refused(cpa, without);
  });

  test('D-07: padding is written where the specification has it, and may be missing or present at the end', () => {
    for (const name of ['B-8 ACK', 'B-10 ACK', 'B-10', 'B-11'] as const) {
      const value = sample(name);
      const wire = encode(message, value);
      const padding = -wire.length & 3;
      for (let i = 0; i <= padding; i++) same(message, Buffer.concat([wire, Buffer.alloc(i, 0xff)]), value);
      refused(message, Buffer.concat([wire, Buffer.alloc(padding + 1)]));
    }
  });

  test('D-07: every element of an AUTHORITY_BUFFER but the last CPA may lack its padding at the end', () => {
    const last: readonly Partial<AuthorityBuffer>[] = [
      {},
      { certChain: new Uint8Array(5) },
      { classifier: 'odd' },
      { extendedPayload: new Uint8Array(223) },
      { routeEntry: ENTRY_B },
    ];
    for (const fields of last) {
      const value: AuthorityBuffer = { leafSet: true, busy: false, notFound: true, ...fields };
      const padded = encode(authorityBuffer, value);
      const unpadded = encode(authorityBufferCodec(new Readings({ 'pnrp.authority-padding': 'unpadded' })), value);
      expect(padded.length % 4).toBe(0);
      expect(unpadded.length % 4).not.toBe(0);
      for (let end = unpadded.length; end <= padded.length; end++) {
        same(authorityBuffer, padded.subarray(0, end), value);
      }
      refused(authorityBuffer, padded.subarray(0, unpadded.length - 1));
    }
  });

  test('D-08: the low bits of an INQUIRE are carried, A, X and C alone are sent as 0x001c', () => {
    const value = sample('B-14 with nonce');
    expect(Buffer.from(encode(message, value).subarray(16, 18)).toString('hex')).toBe('001c');
    for (const lowBits of [0, 1, 2, 3]) {
      const inquire = { ...value, lowBits } as PnrpMessage;
      same(message, encode(message, inquire), inquire);
    }
  });

  test('D-09: an AUTHORITY_BUFFER may bring a CPA without the route entry', () => {
    const value = { leafSet: false, busy: false, notFound: false, validateCpa: encode(cpa, CPA) };
    same(authorityBuffer, encode(authorityBuffer, value), value);
  });

  test('D-14: ports that are not valid reach the engine, which ignores the entry and not its message', () => {
    const value = sample('B-10');
    for (const port of [0, 1023, 1024, 1025]) {
      const flood = { ...value, routeEntry: { ...ENTRY_A, port } } as PnrpMessage;
      same(message, encode(message, flood), flood);
    }
    const loopback = { ...ENTRY_A, addresses: ['00000000000000000000000000000001'] };
    same(routeEntry, encode(routeEntry, loopback), loopback);
  });

  test('D-16: the BinaryAuthority of a delegated name is carried whatever the key is', () => {
    const value = { ...SECURE_CPA, binaryAuthority: vectors.A.authority };
    same(cpa, encode(cpa, value), value);
  });

  test('a FLOOD with a revoke CPA that is none still brings its route entry', () => {
    const flood: PnrpMessage = { ...sample('B-10'), revokeCpa: new Uint8Array(7) } as PnrpMessage;
    same(message, encode(message, flood), flood);
  });

  test('the parts of the wire that callers get wrong are refused before they are sent', () => {
    const solicit: PnrpMessage = { type: 'SOLICIT', messageId: 1, hashedNonce: SYNC_HASH.subarray(1) };
    expect(() => encode(message, solicit)).toThrow(RangeError);
    expect(() => encode(cpa, { ...CPA, nonce: INQUIRE_NONCE.subarray(1) })).toThrow(RangeError);
    expect(() => encode(routeEntry, { ...ENTRY_A, pnrpId: 'xyz' })).toThrow(RangeError);
  });

  test('signatureOrders gives both orders of the same bytes', () => {
    const signature = Uint8Array.from({ length: 128 }, (_, i) => i);
    const [first, second] = signatureOrders(signature);
    expect(first).toEqual(signature);
    expect(second[0]).toBe(127);
    expect(signature[0]).toBe(0);
  });
});
