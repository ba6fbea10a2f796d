import { describe, expect, test } from 'vitest';
import { type AuthorityBuffer, authorityBufferCodec } from '#fallback/pnrp/authority-buffer';
import { cpaCodec } from '#fallback/pnrp/cpa';
import { message, type PnrpMessage } from '#fallback/pnrp/messages';
import { routeEntry } from '#fallback/pnrp/route-entry';
import { encodeSigned, signatureOrders, toBeSigned } from '#fallback/pnrp/signature';
import { decode, encode } from '#fallback/wire/codec';
import { packAddress } from '#fallback/wire/ipv6';
import { Readings } from '#fallback/wire/readings';
import { plain } from './codec-law.js';
import { refused, same, sample } from './pnrp-expect.js';
import {
  bytes,
  CPA,
  ENTRY_A,
  ENTRY_B,
  INQUIRE_NONCE,
  REVOKE_CPA,
  SECURE_CPA,
  SYNC_HASH,
  signWithKey,
  vectors,
  verifies,
} from './pnrp-samples.js';

const readings = new Readings();
const cpa = cpaCodec(readings);
const authorityBuffer = authorityBufferCodec(readings);

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
    const loopback = { ...ENTRY_A, addresses: [packAddress('::1')] };
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
