import { describe, expect, test } from 'vitest';
import { type AuthorityBuffer, authorityBufferCodec } from '#fallback/pnrp/authority-buffer';
import { cpaCodec } from '#fallback/pnrp/cpa';
import { extendedPayloadCodec } from '#fallback/pnrp/extended-payload';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { toBeSigned } from '#fallback/pnrp/signature';
import { hexOf } from '#fallback/wire/byte-string';
import { decode, encode } from '#fallback/wire/codec';
import { Readings } from '#fallback/wire/readings';
import { plain } from './codec-law.js';
import { join, patched, refused, same, sample } from './pnrp-expect.js';
import { BINARY_PAYLOAD, bytes, CPA, ENDPOINT, FULL_BUFFER, signWithKey, vectors, verifies } from './pnrp-samples.js';

const readings = new Readings();
const cpa = cpaCodec(readings);
const extendedPayload = extendedPayloadCodec(readings);
const authorityBuffer = authorityBufferCodec(readings);

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
  const path = `009e001e0001001a009d00120dd4${hexOf(ENDPOINT.a.address)}`;
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

  test('an element without body is one', () => {
    const value: AuthorityBuffer = { leafSet: false, busy: false, notFound: false, certChain: new Uint8Array() };
    same(authorityBuffer, join(flags, '00800004'), value);
    refused(authorityBuffer, join(flags, '00800003'));
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
