import { describe, expect, test } from 'vitest';
import { Limit } from '#fallback/distribution/retrieval/constants';
import { decodeAges } from '#fallback/distribution/retrieval/extensible-blob';
import {
  decodeResponse,
  encodeRequest,
  type RetrievalMessage,
  retrievalMessage,
} from '#fallback/distribution/retrieval/messages';
import { decode, encode } from '#fallback/wire/codec';
import { DecodeError } from '#fallback/wire/decode-error';
import { bytes, changed, messageOf, NAMES, type Name, VALUES, vectors } from './samples.ts';

function fieldOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof DecodeError) return error.field;
    throw error;
  }
  return 'none';
}
const wrong = (name: Name, offset: number, number: number): string =>
  fieldOf(() => decode(retrievalMessage, changed(messageOf(name), offset, number)));
/** The message with MsgSize made right for what has been put behind it. */
const longer = (name: Name, tail: number): Uint8Array =>
  changed(Buffer.concat([messageOf(name), new Uint8Array(tail)]), 8, messageOf(name).length + tail);

describe('messages that are not well-formed', () => {
  test.each(NAMES)('%s: MsgSize is that of the bytes', (name) => {
    const { length } = messageOf(name);
    for (const size of [0, 15, 16, length - 4, length + 4, 0xffff_ffff]) {
      expect(wrong(name, 8, size)).not.toBe('none');
    }
    expect(fieldOf(() => decode(retrievalMessage, longer(name, 4)))).toBe('MsgSize');
  });

  test('MsgType is 0 to 7', () => {
    for (const type of [8, 0x0100_0000, 0xffff_ffff]) expect(wrong('NEGO_REQ 1.0-2.0', 4, type)).toBe('MsgType');
  });

  test('identifiers are of 32, 48 or 64 bytes', () => {
    for (const name of ['GETBLKLIST [0,1]', 'GETBLKS block 0', 'BLKLIST [0,1]', 'BLK AES-128'] as const) {
      for (const size of [0, 16, 31, 33, 36, 0xffff_fff0]) expect(wrong(name, 16, size)).toBe('SizeOfSegmentID');
    }
    expect(wrong('GETSEGLIST', 36, 20)).toBe('SizeOfSegmentID');
  });

  test('counts are those of what follows', () => {
    expect(wrong('GETBLKLIST [0,1]', 52, 10)).toBe('NeededBlocksRangeCount');
    expect(wrong('GETBLKLIST [0,1]', 52, 0)).toBe('MsgSize');
    expect(wrong('GETBLKS block 0', 52, 2)).toBe('ReqBlockRangeCount');
    expect(wrong('BLKLIST [0,1]', 52, 2)).toBe('BlockRangeCount');
    expect(wrong('GETSEGLIST', 32, 2)).toBe('SizeOfSegmentID');
    expect(wrong('GETSEGLIST', 32, 0xffff_ffff)).toBe('SizeOfSegmentID');
    expect(wrong('GETSEGLIST', 32, 0)).toBe('CountOfSegmentIDs');
    expect(wrong('SEGLIST [0,1]', 32, 2)).toBe('ExtensibleBlob');
    expect(wrong('SEGLIST [0,1]', 32, 3)).toBe('SegmentRangeCount');
    expect(wrong('SEGLIST [0,1]', 44, 9)).toBe('ExtensibleBlob');
    expect(wrong('BLK AES-128', 60, 33)).toBe('SizeOfIVBlock');
    expect(wrong('BLK AES-128', 60, 0xffff_ffff)).toBe('Block');
    expect(wrong('BLK AES-128', 96, 4)).toBe('IVBlock');
    expect(wrong('BLK AES-128', 100, 17)).toBe('IVBlock');
    expect(wrong('GETBLKS block 0', 64, 1)).toBe('DataForVrfBlock');
  });

  test('more ranges than a segment has are too many', () => {
    const ranges = (length: number) => Array.from({ length }, (_, index) => ({ index, count: 1 }));
    const fits = (message: RetrievalMessage) =>
      fieldOf(() => decode(retrievalMessage, encode(retrievalMessage, message)));
    const list = { ...VALUES['GETBLKLIST [0,1]'], ranges: ranges(256) };
    expect(fits(list)).toBe('none');
    expect(fits({ ...list, ranges: ranges(257) })).toBe('NeededBlocksRangeCount');
    expect(fits({ ...VALUES['GETBLKS block 0'], ranges: ranges(257) })).toBe('ReqBlockRangeCount');
    expect(fits({ ...VALUES['BLKLIST [0,1]'], ranges: ranges(513) })).toBe('BlockRangeCount');
    expect(fits({ ...VALUES['SEGLIST [0,1]'], ranges: ranges(2730) })).toBe('SegmentRangeCount');
  });

  test('no ranges at all is well-formed', () => {
    for (const name of ['GETBLKLIST [0,1]', 'GETBLKS block 0', 'BLKLIST [0,1]', 'SEGLIST [0,1]'] as const) {
      const none = { ...VALUES[name], ranges: [] };
      expect(decode(retrievalMessage, encode(retrievalMessage, none))).toMatchObject({ ranges: [] });
    }
  });

  test('a request may have 98,304 bytes, and so 2,729 identifiers of 32; a response 393,216', () => {
    const list = { ...VALUES.GETSEGLIST, segmentIds: Array.from({ length: 2729 }, () => vectors.id1) };
    expect(encodeRequest(list).length).toBeLessThanOrEqual(Limit.REQUEST);
    expect(decode(retrievalMessage, encodeRequest(list))).toMatchObject({ type: 'MSG_GETSEGLIST' });
    const more = { ...list, segmentIds: [...list.segmentIds, vectors.id1] };
    expect(fieldOf(() => decode(retrievalMessage, encodeRequest(more)))).toBe('MsgSize');
    const blk = (length: number) =>
      encode(retrievalMessage, { ...VALUES['BLK missing'], block: new Uint8Array(length) });
    expect(blk(393_144).length).toBe(Limit.RESPONSE);
    expect(decode(retrievalMessage, blk(393_144))).toMatchObject({ type: 'MSG_BLK' });
    expect(fieldOf(() => decode(retrievalMessage, blk(393_148)))).toBe('MsgSize');
  });

  test('what fills gaps is not looked at', () => {
    const padded = Buffer.from(messageOf('BLK plaintext'));
    padded.fill(0xff, 85, 88);
    expect(decode(retrievalMessage, padded)).toMatchObject({ type: 'MSG_BLK' });
  });

  test('Size of an answer is that of its message, and it is no request', () => {
    const wire = bytes(vectors.messages['BLKLIST [0,1]']);
    for (const size of [0, 67, 69, 72]) expect(fieldOf(() => decodeResponse(changed(wire, 0, size)))).toBe('Size');
    expect(fieldOf(() => decodeResponse(wire.subarray(0, 3)))).toBe('Size');
    const request = messageOf('GETBLKS block 0');
    const size = Buffer.alloc(4);
    size.writeUInt32BE(request.length);
    expect(fieldOf(() => decodeResponse(Buffer.concat([size, request])))).toBe('MsgType');
  });
});

describe('the extensible blob', () => {
  test.each([
    ['none', ''],
    ['a byte', '00'],
    ['another version', '0002030100f40100'],
    ['no count', '000103'],
    ['units 0', '0001000100f40100'],
    ['units 5', '0001050100f40100'],
    ['an age too few', '0001030200f40100'],
  ])('%s: as if there were no blob', (_, blob) => {
    expect(decodeAges(bytes(blob))).toEqual([]);
  });

  test.each([
    [1, 0x01f4 * 1000],
    [2, 0x01f4 * 100],
    [3, 0x01f4 * 10],
    [4, 0x01f4],
  ])('units %i', (units, ms) => {
    expect(decodeAges(bytes(`00010${units}0107f40100`))).toEqual([{ index: 7, ms }]);
  });

  test('room for more than is in it is fine, and a high part counts', () => {
    expect(decodeAges(bytes('0001040100010203aaaaaa'))).toEqual([{ index: 0, ms: 0x03_0201 }]);
  });
});
